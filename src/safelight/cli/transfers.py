"""`safelight upload` and `safelight download`: files, one after another, none of them half."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from safelight.cli import exits
from safelight.cli.accounts import choose, open_account
from safelight.cli.exits import Answer, wants_json
from safelight.cli.library import GalleryName, find_gallery
from safelight.cli.options import Json, NoInput, ProfileName
from safelight.cli.output import print_json
from safelight.client.folders import folders
from safelight.client.things import Photo
from safelight.client.uploads import Upload
from safelight.errors import ConfigurationError, Conflict, MalformedRequest, SafelightError

Item = TypeVar("Item")

_ENDS_ALL = frozenset({exits.SIGN_IN_NEEDED, exits.RATE_LIMITED, exits.SERVICE_DOWN})
"""After these the next file would meet the same."""


_LONGEST_NAME_BYTES = 200
_LONGEST_ENDING = 10


class Transferred(msgspec.Struct, frozen=True, kw_only=True):
    """One file, and the photo's id at the service."""

    file: str
    photo: str


class Missed(msgspec.Struct, frozen=True, kw_only=True):
    """One file or photo that did not come through."""

    name: str
    code: str
    message: str


class Transfers(Answer, frozen=True, kw_only=True):
    """As `--json` prints it."""

    done: tuple[Transferred, ...]
    failed: tuple[Missed, ...]


def upload(
    files: Annotated[tuple[Path, ...], Parameter(metavar="FILE", negative="", help="Photos.")],
    /,
    *,
    gallery: GalleryName = "",
    create: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Make the gallery if there is none."),
    ] = False,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> int:
    """Upload photos. Exit code 3 when some of them came through."""
    if not files:
        raise ConfigurationError("Name the files to upload.")
    with open_account(choose(profile), no_input=no_input) as client, _progress() as tell:
        # A gallery is not made for nothing: if no file can be read, nothing will be sent.
        has_any = any(_is_readable(file) for file in files)
        target = find_gallery(client, gallery, create=create) if has_any else None
        unfinished = folders().sessions / "uploads" / client.auth.session.holding.key.name

        def send(file: Path) -> Transferred:
            photo = client.photos.upload(
                file, gallery=target, progress=tell(file.name), unfinished=unfinished
            )
            return Transferred(file=str(file), photo=photo.id)

        ledger = _each(files, str, send)
    code = _report(ledger, json, "Uploaded")
    if ledger.failed and any(unfinished.glob("[!.]*")):
        print("The same command goes on where an upload broke off.", file=sys.stderr)
    return code


def download(
    photos: Annotated[
        tuple[str, ...], Parameter(metavar="PHOTO", negative="", help="Ids of photos.")
    ] = (),
    /,
    *,
    gallery: GalleryName = "",
    to: Annotated[
        Path, Parameter(metavar="DIR", show_default=False, help="Where to; without it here.")
    ] = Path(),
    overwrite: Annotated[
        bool, Parameter(negative="", show_default=False, help="Replace files that are there.")
    ] = False,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> int:
    """Download originals, by their ids or a whole gallery. Exit code 3 when some came through."""
    if bool(photos) is bool(gallery):
        raise ConfigurationError("Name photos by their ids, or a gallery with --gallery.")
    if not to.is_dir():
        raise ConfigurationError(f"There is no folder {to}.")
    with open_account(choose(profile), no_input=no_input) as client, _progress() as tell:
        taken: set[str] = set()

        def fetch(photo: Photo) -> Transferred:
            known = photo if photo.name else client.photos.get(photo.id)
            name = _free_name(known, taken)
            path = to / name
            if path.exists() and not overwrite:
                raise Conflict(f"{path} is there already. Say --overwrite to replace it.")
            client.photos.download(photo.id, path, progress=tell(name))
            return Transferred(file=str(path), photo=photo.id)

        if gallery:
            found = client.photos.list(gallery=find_gallery(client, gallery))
            ledger = _each(found, lambda photo: photo.name or photo.id, fetch)
        else:
            ledger = _each(photos, str, lambda id: fetch(client.photos.get(id)))
    return _report(ledger, json, "Downloaded")


def _is_readable(file: Path) -> bool:
    try:
        Upload(file).close()
    except MalformedRequest:
        return False
    return True


class _Ledger:
    def __init__(self) -> None:
        self.done: list[Transferred] = []
        self.failed: list[Missed] = []
        self.code = exits.DONE

    def miss(self, name: str, error: SafelightError) -> None:
        self.failed.append(Missed(name=name, code=error.code, message=error.message))
        self.code = self.code or exits.code_of(error)


def _each(
    items: Iterable[Item], name: Callable[[Item], str], move: Callable[[Item], Transferred]
) -> _Ledger:
    """Move one after another, and go on after one that fails, unless the next would, too: then
    all that are left have failed with it."""
    ledger, ending = _Ledger(), None
    try:
        for item in items:
            if ending is not None:
                ledger.miss(name(item), ending)
                continue
            try:
                ledger.done.append(move(item))
            except SafelightError as error:
                ledger.miss(name(item), error)
                ending = error if exits.code_of(error) in _ENDS_ALL else None
    except SafelightError as error:
        ledger.miss("the rest of the list", error)
    return ledger


def _report(ledger: _Ledger, json: bool, word: str) -> int:
    if wants_json(json):
        print_json(Transfers(done=tuple(ledger.done), failed=tuple(ledger.failed)))
    else:
        for each in ledger.done:
            print(f"{word} {each.file} ({each.photo}).")
    for missed in ledger.failed:
        named = missed.message.startswith(f"{missed.name}:")
        message = missed.message if named else f"{missed.name}: {missed.message}"
        print(f"safelight: {message}", file=sys.stderr)
    return exits.PARTLY_DONE if ledger.done and ledger.failed else ledger.code


def _free_name(photo: Photo, taken: set[str]) -> str:
    """A file's name from what the service says: never a path, never hidden, never twice."""
    own = _harmless(photo.id.replace("/", "-")) or "photo"
    name = _harmless(photo.name.replace("\\", "/").rpartition("/")[2]) or own
    beginnings = chain(("", f"{own}-"), (f"{number}-{own}-" for number in count(2)))
    free = next(
        whole for beginning in beginnings if (whole := _fitting(beginning + name)) not in taken
    )
    taken.add(free)
    return free


def _harmless(text: str) -> str:
    return "".join(c for c in text if c.isprintable()).lstrip(".")


def _fitting(name: str) -> str:
    """A name that file systems have room for, which count bytes; its ending stays."""
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    room = _LONGEST_NAME_BYTES - len(f"{dot}{ending}".encode())
    return f"{stem.encode()[:room].decode(errors='ignore')}{dot}{ending}"


@contextmanager
def _progress() -> Iterator[Callable[[str], Callable[[int, int | None], None]]]:
    """Gives a function that begins the bar of a file, in the place of the last one. Bars are for a
    terminal's standard error."""
    columns = (
        TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(),
    )  # fmt: skip
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not sys.stderr.isatty()
    ) as bars:

        def begin(name: str) -> Callable[[int, int | None], None]:
            for earlier in bars.task_ids:
                bars.remove_task(earlier)
            task = bars.add_task(name if len(name) <= 30 else f"{name[:29]}…", total=None)

            def tell(count: int, total: int | None) -> None:
                bars.update(task, completed=count, total=total)

            return tell

        yield begin
