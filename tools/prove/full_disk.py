"""A disk without room: nothing acknowledged is lost, nothing half is listed, and it passes."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tools.prove.corpus import black_png
from tools.prove.kinds import EVERY, Credential, Person, native_token
from tools.prove.operator import QUICK, operating
from tools.prove.pinned import Pinned
from tools.prove.proof import Effort, Tally, Unable, require
from tools.prove.uploads import Library, Way, every_way
from tools.running import Server, running

_MEGABYTES = 24
_ROUNDS = 4
_SETTINGS = {
    **QUICK,
    "THROTTLE__ACCOUNT_FAILURES": "1000",
    "THROTTLE__ADDRESS_FAILURES": "1000",
}

_KEPT_FREE = 6 * 1024**2
"""More than SQLite's log grows to before it is begun anew, which is 4 MiB."""

_BALLAST = 4 * 1024**2

_SMALL = black_png(40, 30)


def the_disk_fills_up(effort: Effort, tally: Tally) -> None:
    """Several times each: by photos as far as they may, by another program, and by photos of a
    server that is set to leave no room."""
    for keep_free in (_KEPT_FREE, 1):
        with (
            _small_disk() as place,
            _serving_on(place, keep_free) as (server, person),
            Pinned(server.port) as worker,
        ):
            filling = Filling(server, worker, person, effort.seed)
            for _ in range(effort.times(_ROUNDS)):
                if keep_free == _KEPT_FREE:
                    _fill_in_turns(filling, place / "ballast")
                else:
                    _fill_to_the_last_byte(filling, place / "ballast")
                tally["times that a disk was full"] += 2
            tally["refused for want of room"] += filling.refused


def _fill_in_turns(filling: Filling, ballast: Path) -> None:
    filling.fill_with_photos()
    filling.require_answering(full=False)
    filling.free_by_deleting()
    filling.require_working()
    filling.fill_from_outside(ballast)
    filling.require_answering(full=True)
    ballast.unlink()
    filling.require_working()


def _fill_to_the_last_byte(filling: Filling, ballast: Path) -> None:
    """What another program gives back is room enough to go on."""
    ballast.write_bytes(bytes(_BALLAST))
    filling.fill_with_photos()
    filling.require_answering(full=True)
    filling.fill_from_outside(ballast.with_name("more"))
    filling.require_answering(full=True)
    ballast.with_name("more").unlink()
    ballast.unlink()
    filling.require_working()
    filling.free_by_deleting()


@contextmanager
def _small_disk() -> Iterator[Path]:
    """A file system of its own, in memory. Raises Unable when this user may not mount one."""
    with tempfile.TemporaryDirectory(prefix="safelight-prove-") as folder:
        options = f"size={_MEGABYTES}m,mode=0700"
        mounting = ("mount", "-t", "tmpfs", "-o", options, "safelight-prove", folder)
        done = subprocess.run(mounting, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Unable(f"A small disk cannot be mounted here: {done.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(("umount", folder), check=True)


@contextmanager
def _serving_on(place: Path, keep_free: int) -> Iterator[tuple[Server, Person]]:
    data = place / "data"
    with operating(data) as operator:
        person = Person("ada", operator.add_account("ada").email, operator.add_application(), "", 0)
    with (
        tempfile.NamedTemporaryFile(prefix="safelight-prove-log-") as log,
        running(
            data,
            settings=_SETTINGS | {"LIBRARY__KEEP_FREE_BYTES": str(keep_free)},
            log=Path(log.name),
        ) as server,
    ):
        yield server, person
        text = server.log.read_text("utf-8", "replace")
        require("Traceback" not in text, f"The server's log has a traceback:\n{text[-3000:]}")


class Filling:
    """What is known to be there, and what is done to the disk."""

    def __init__(self, server: Server, worker: Pinned, person: Person, seed: int) -> None:
        self._server = server
        self._worker = worker
        self._drawn = Random(seed)  # noqa: S311  # sizes of a test, no secret
        self._person = person
        self._library = Library(worker, person)
        self._ways = every_way(worker, person)
        self._made = 0
        # Digests of what was acknowledged, whatever the id that it got.
        self._kept: Counter[str] = Counter()
        first = self._upload(self._ways[0], len(_SMALL))
        require(first == 201, f"an upload on an empty disk gets {first}")
        photo = self._library.photos(worker)[0]
        ids = photo["wire_ids"]
        assert isinstance(ids, dict)
        self._person = person._replace(photo_hash=ids["librephotos"], photo_number=ids["pixieset"])
        self._credentials = self._sign_in()
        self.refused = 0

    def _sign_in(self) -> list[Credential]:
        """Those that open something without writing anything."""
        found = [each for make in EVERY for each in make(self._worker, self._person)]
        return [each for each in found if each.method == "GET"]

    def _upload(self, way: Way, size: int) -> int:
        """Content that nobody has sent before. The status."""
        self._made += 1
        content = _SMALL + f"{self._made} ".encode()
        content += self._drawn.randbytes(max(0, size - len(content)))
        got = way.send(self._worker, "boat.png", content)
        if got.status < 300:
            self._kept[hashlib.sha256(content).hexdigest()] += 1
        return got.status

    # --- filling ------------------------------------------------------------------------------

    def fill_with_photos(self) -> None:
        """Until nothing more goes in, smaller and smaller ones, in every way."""
        for size in (1_500_000, 300_000, 50_000, 5_000):
            full = 0
            while full < 2 * len(self._ways):
                way = self._ways[self._made % len(self._ways)]
                status = self._upload(way, self._drawn.randint(size // 2, size))
                is_due = status in (200, 201, 507)
                require(is_due, f"{way.realm} on a full disk: {status}")
                full = full + 1 if status == 507 else 0
                self.refused += status == 507

    def fill_from_outside(self, ballast: Path) -> None:
        """By another program, to the last byte."""
        with ballast.open("wb", buffering=0) as file:
            size = 1024 * 1024
            while size:
                try:
                    file.write(bytes(size))
                except OSError:
                    size //= 2
            os.fsync(file.fileno())

    # --- what must hold -----------------------------------------------------------------------

    def require_answering(self, *, full: bool) -> None:
        """Whoever is signed in stays so, and what was acknowledged is there. Others sign in, unless
        the disk is `full` to its last byte: then that is refused with 507."""
        no_room = {507} if full else set()
        for each in self._credentials:
            if full and not each.may_be_repeated:
                continue  # Basic signs in anew, which is written down
            each.require_good(self._worker)
        asked = {"identifier": self._person.username, "password": self._person.password}
        for _ in range(3):
            got = self._worker.send_json("POST", "/v1/sessions", asked)
            require(got.status in {201} | no_room, f"a sign-in on a full disk: {got.status}")
            wrong = asked | {"password": "wrong"}
            got = self._worker.send_json("POST", "/v1/sessions", wrong)
            require(got.status in {401} | no_room, f"a wrong password: {got.status}")
        for way in self._ways:
            status = self._upload(way, 1_000_000)
            require(status == 507, f"{way.realm} on a full disk: {status}")
        ready = self._worker.ask("GET", "/readyz")
        require(ready.status in (200, 503) if full else ready.status == 200, "/readyz")
        self._require_kept()

    def require_working(self) -> None:
        """Once there is room again, everything goes on, without a new start."""
        status = self._upload(self._ways[0], 20_000)
        require(status == 201, f"an upload once there is room again: {status}")
        native_token(self._worker, self._person)
        ready = self._worker.ask("GET", "/readyz")
        require(ready.status == 200, f"/readyz once there is room again: {ready.body!r:.200}")
        self._require_kept()

    def free_by_deleting(self) -> None:
        """As a person would who wants to add some more."""
        photos = self._all_photos()
        for photo in photos[: len(photos) // 2]:
            got = self._library.delete(self._worker, photo["id"])
            require(got.status == 204, f"a deletion on a full disk: {got.status} {got.body!r:.200}")
            self._kept[str(photo["sha256"])] -= 1

    def _require_kept(self) -> None:
        """Everything that was acknowledged is listed and whole, and nothing else is."""
        listed = self._all_photos()
        digests = Counter(str(each["sha256"]) for each in listed)
        require(digests == +self._kept, "what is listed is not what was acknowledged")
        for each in self._drawn.sample(listed, min(20, len(listed))):
            got = self._library.original(self._worker, each["id"])
            digest = hashlib.sha256(got.body).hexdigest()
            require(digest == each["sha256"], f"a photo gets {got.status}, or is not whole")
        left = [
            str(path)
            for path in (self._server.data / "incoming").rglob("*")
            if path.is_file() and path.suffix in (".staged", ".part")
        ]
        require(not left, f"{len(left)} files of refused uploads are left")
        blobs = {path.name for path in (self._server.data / "blobs/photos").rglob("*/*")}
        extra = blobs - digests.keys()
        require(not extra, f"{len(extra)} blobs of refused uploads are left")

    def _all_photos(self) -> list[dict[str, object]]:
        return self._library.all_photos(self._worker)
