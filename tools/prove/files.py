"""Hostile files, sent in every way to a server with little memory: each is taken whole or refused
whole, and the server goes on."""

from __future__ import annotations

import re
import shutil
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.pictures.samples import picture

from safelight.bootstrap import DATABASE
from tools.prove.at_once import Call, at_once
from tools.prove.corpus import (
    Named,
    Specimen,
    black_png,
    bombs,
    names,
    no_pictures,
    torn,
    two_in_one,
)
from tools.prove.full_disk import the_disk_fills_up
from tools.prove.furnished import Answer
from tools.prove.kinds import Person
from tools.prove.operator import QUICK, operating
from tools.prove.pinned import Got, Pinned
from tools.prove.proof import Effort, Tally, Unable, require
from tools.prove.uploads import Library, Way, every_way
from tools.prove.wire_shapes import require_refused, require_sound
from tools.running import Server, running

MEMORY_LIMIT = 512 * 1024**2
"""What a worker may ask of the system for its data and its threads, in bytes."""

_AT_ONCE = 6

_OFFSETS = 40
_DISPOSITION = re.compile(
    r'inline; filename="[A-Za-z0-9._-]{1,150}"; '
    r"filename\*=UTF-8''[A-Za-z0-9._~%-]+"
)
_TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"


def prove(effort: Effort) -> Tally:
    tally = Tally()
    files_are_taken_or_refused(effort, tally)
    the_disk_fills_up(effort, tally)
    return tally


def files_are_taken_or_refused(effort: Effort, tally: Tally) -> None:
    """In a small share every n-th of each kind is sent."""
    step = round(1 / effort.share)
    with receiving() as receiver:
        small = [*no_pictures(), *torn(effort.times(_OFFSETS)), *two_in_one()]
        receiver.try_all(small[::step], tally)
        receiver.try_names(names()[::step], tally)
        receiver.try_all(list(bombs())[::step], tally)
        receiver.try_at_once(black_png(8_000, 8_000, interlaced=1), effort.times(_AT_ONCE), tally)
        tally["MiB at most"] = receiver.most_memory() // 1024**2


@dataclass(frozen=True)
class Receiver:
    """A server, the connection to its worker, and every way to send a file to it."""

    server: Server
    worker: Pinned
    name: str
    ways: tuple[Way, ...]
    library: Library

    def try_all(self, specimens: Iterable[Specimen], tally: Tally) -> None:
        for specimen in specimens:
            for way in self.ways:
                self._try(way, specimen, Named("boat.jpg"))
                tally["files sent"] += 1

    def try_names(self, tried: Iterable[Named], tally: Tally) -> None:
        for number, named in enumerate(tried):
            content = picture(width=20 + number, height=10)
            for way in self.ways:
                specimen = Specimen(
                    f"a file named {named.sent!r}", content, None if named.may_be_refused else True
                )
                self._try(way, specimen, named)
                tally["names sent"] += 1

    def try_at_once(self, content: bytes, count: int, tally: Tally) -> None:
        """Large ones, from several connections: one after the other is decoded."""
        calls: list[Call] = [lambda worker: self.ways[0].send(worker, "large.png", content)] * count
        statuses = Counter(got.status for got in at_once(self.server.port, calls))
        unknown = statuses.keys() - {201, 415, 503}
        require(not unknown, f"{count} large pictures at once get {statuses}")
        listed = self.library.photos(self.worker)
        require(len(listed) == statuses[201], f"{statuses}, and {len(listed)} are listed")
        for photo in listed:
            got = self.library.original(self.worker, photo["id"])
            require(got.body == content, "a large picture is not whole")
            self.library.delete(self.worker, photo["id"])
        require(self.worker.worker() == self.name, "large pictures at once: another worker")
        tally["large files at once"] += count

    def _try(self, way: Way, specimen: Specimen, named: Named) -> None:
        what = f"{specimen.what}, sent to {way.realm}"
        before = self._files()
        got = way.send(self.worker, named.sent, specimen.content)
        answer = Answer(got.status, [_bytes(each) for each in got.headers], got.body)
        if not _is_for_want_of_memory(got, specimen):
            require_sound(what, answer)
        listed = self.library.photos(self.worker)
        if got.status >= 400:
            require_refused(what, way.realm, f"{way.paths[0]}/", answer)
            require(specimen.accepted is not True, f"{what}: refused with {got.body!r:.200}")
            is_as_due = got.status == 413 or not specimen.too_large
            require(is_as_due, f"{what}: refused with {got.status} {got.body!r:.200}")
            require(not listed, f"{what}: refused, and listed")
        else:
            require(specimen.accepted is not False, f"{what}: taken")
            require(len(listed) == 1, f"{what}: taken, and {len(listed)} are listed")
            self._require_served(what, listed[0], specimen)
            self.library.delete(self.worker, listed[0]["id"])
        left = self._files() - before
        if got.status == 503:  # the parts of an upload wait for another try
            left = {name for name in left if not name.startswith("incoming/parts/")}
        require(not left, f"{what}: leaves {left}")
        require(self.worker.worker() == self.name, f"{what}: the worker is another one")

    def _require_served(self, what: str, photo: dict[str, object], specimen: Specimen) -> None:
        name = str(photo["name"])
        require(is_fit(name), f"{what}: is listed under the name {name!r}")
        got = self.library.original(self.worker, photo["id"])
        is_whole = got.status == 200 and got.body == specimen.content
        require(is_whole, f"{what}: {got.status}, or not whole")
        _require_harmless(what, got)
        thumbnail = self.library.thumbnail(self.worker, photo["id"], "square")
        if _is_for_want_of_memory(thumbnail, specimen):
            return
        require(thumbnail.status == 200, f"{what}: its thumbnail gets {thumbnail.status}")
        require(thumbnail.body[:3] == b"\xff\xd8\xff", f"{what}: its thumbnail is no JPEG")

    def _files(self) -> set[str]:
        """All but the database's and an empty one with locks: a refused or deleted photo leaves
        none."""
        folder = self.server.data
        return {
            str(path.relative_to(folder))
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith((DATABASE, ".digests"))
        }

    def most_memory(self) -> int:
        """The most that the worker has had in memory at any time, in bytes."""
        status = Path(f"/proc/{self.name}/status").read_text()
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Raises Unable where no program's memory can be limited."""
    if shutil.which("prlimit") is None:
        raise Unable("Memory is limited by prlimit, which is in Debian's util-linux.")
    with tempfile.TemporaryDirectory(prefix="safelight-prove-") as folder:
        data = Path(folder) / "data"
        with operating(data) as operator:
            person = Person(
                "ada", operator.add_account("ada").email, operator.add_application(), "", 0
            )
        with running(
            data,
            settings=QUICK,
            wrap=("prlimit", f"--data={MEMORY_LIMIT}", "--core=0"),
            log=Path(folder) / "log",
        ) as server:
            with Pinned(server.port) as worker:
                yield Receiver(
                    server,
                    worker,
                    worker.worker(),
                    every_way(worker, person),
                    Library(worker, person),
                )
            text = server.log.read_text("utf-8", "replace")
            require("Traceback" not in text, f"The server's log has a traceback:\n{text[-3000:]}")


def is_fit(name: str) -> bool:
    """Whether a photo may be called so: no path, nothing that cannot be seen or turns the text
    around it, and not too long."""
    return (
        0 < len(name) <= 255
        and not set("/\\") & set(name)
        and not any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in name)
        and not set(_TURNING) & set(name)
        and bool(name.strip(". "))
    )


def _is_for_want_of_memory(got: Got, specimen: Specimen) -> bool:
    """A picture that is none of the refused kinds may be too much for what memory there is."""
    return got.status == 503 and specimen.accepted is None and b"memory" in got.body


def _require_harmless(what: str, got: Got) -> None:
    """No browser shows it as anything but a picture."""
    require(got.header("content-type").startswith("image/"), f"{what}: {got.headers}")
    require("svg" not in got.header("content-type"), f"{what}: {got.headers}")
    require(got.header("x-content-type-options") == "nosniff", f"{what}: {got.headers}")
    require("default-src 'none'" in got.header("content-security-policy"), f"{what}: {got.headers}")
    disposition = got.header("content-disposition")
    require(bool(_DISPOSITION.fullmatch(disposition)), f"{what}: {disposition!r}")


def _bytes(pair: tuple[str, str]) -> tuple[bytes, bytes]:
    return pair[0].encode("latin-1"), pair[1].encode("latin-1")
