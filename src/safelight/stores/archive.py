"""Backups: one file with the database, the keys, the settings and the photos, verified before it is
trusted.

An archive is a tar file whose last member, `manifest.json`, lists every other one with its size
and SHA-256. It is complete only if that member is there and all of it holds.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

import msgspec

from safelight.errors import (
    ConfigurationError,
    Conflict,
    MalformedRequest,
    StorageFull,
    Unavailable,
)
from safelight.stores.blobs.disk import make_folder, sync
from safelight.stores.blobs.keys import is_key
from safelight.stores.sql.migrate import migrate

_MANIFEST = "manifest.json"
_DATABASE = "safelight.db"
_SETTINGS = "safelight.toml"
_FOLDERS = ("keys", "blobs")
_MADE_ANEW = "thumbnails/"
_CHUNK = 1024 * 1024
_LONGEST_MANIFEST = 1024 * _CHUNK
_TRIES = 3
_FORMAT = 1


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`size` in bytes, `sha256` in hex."""

    name: str
    size: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    format: int
    made_at: datetime
    members: tuple[Member, ...]


def write_archive(folder: Path, archive: Path, now: datetime, *, blobs_elsewhere: bool) -> Manifest:
    """Back `folder` up into a new file `archive`, beside a running server, and verify it.

    The database comes first, as of one instant; photos that are deleted while theirs are copied
    make it start again. With `blobs_elsewhere` the photos lie in another store and are left out.
    Raises Conflict when `archive` exists, Unavailable, StorageFull; no half-written file stays.
    """
    if archive.exists():
        raise Conflict(f"{archive} exists already.")
    with (
        _disk_errors(archive),
        tempfile.TemporaryDirectory(dir=archive.absolute().parent, prefix=".backup-") as work,
    ):
        partial = Path(work) / "archive"
        for _ in range(_TRIES):
            manifest = _write(folder, partial, now, blobs_elsewhere=blobs_elsewhere)
            if manifest is not None:
                break
        else:
            raise Unavailable("Photos are deleted faster than they are backed up. Try again.")
        verify_archive(partial)
        _publish(partial, archive)
    return manifest


def verify_archive(archive: Path) -> Manifest:
    """Read the whole archive. Raises MalformedRequest when a file is missing, added or changed."""
    return _read(archive, None)


def restore_archive(archive: Path, folder: Path, now: datetime) -> Manifest:
    """Make the data folder `folder` from `archive`, all of it or nothing, its database up to date.

    Raises Conflict when `folder` holds anything, MalformedRequest for an archive that is not
    whole or of a newer Safelight, StorageFull, Unavailable.
    """
    with _disk_errors(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Conflict(f"{folder} is not an empty folder: restore into a new one.")
        is_new = not folder.exists()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # Inside, since a folder that is a mount point can be neither replaced nor moved to.
            with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as work:
                manifest = _read(archive, Path(work))
                _bring_up(Path(work) / _DATABASE, archive, now)
                _move_all(Path(work), folder)
        except BaseException:
            _empty(folder)
            if is_new:
                folder.rmdir()
            raise
    return manifest


# --- writing --------------------------------------------------------------------------------


def _write(folder: Path, partial: Path, now: datetime, *, blobs_elsewhere: bool) -> Manifest | None:
    """None when a photo of the snapshot went away while the photos were copied."""
    snapshot = partial.with_name(_DATABASE)
    _take_snapshot(folder / _DATABASE, snapshot)
    needed = set() if blobs_elsewhere else _digests_of(snapshot)
    members: list[Member] = []
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            members.append(_add(tar, snapshot, _DATABASE))
            for path in _files_of(folder):
                name = path.relative_to(folder).as_posix()
                try:
                    members.append(_add(tar, path, name))
                except FileNotFoundError:
                    continue  # deleted meanwhile; `needed` tells whether that matters
            manifest = Manifest(format=_FORMAT, made_at=now, members=tuple(members))
            _add_bytes(tar, msgspec.json.encode(manifest))
        file.flush()
        os.fsync(file.fileno())
    held = {member.name.rpartition("/")[2] for member in members}
    return manifest if needed <= held else None


def _take_snapshot(source: Path, target: Path) -> None:
    """SQLite's own online backup: one consistent state, while others read and write."""
    if not source.exists():
        raise Unavailable(f"There is no database {source}.")
    target.unlink(missing_ok=True)
    try:
        with (
            contextlib.closing(sqlite3.connect(source)) as one,
            contextlib.closing(sqlite3.connect(target)) as other,
        ):
            one.backup(other)
    except sqlite3.DatabaseError as error:
        raise Unavailable(f"The database {source} cannot be read: {error}.") from None
    if not _is_sound(target):
        raise Unavailable(f"The database {source} is damaged: restore an earlier backup.")


def _digests_of(snapshot: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(snapshot)) as connection:
        return {row[0] for row in connection.execute("SELECT DISTINCT digest FROM photo")}


def _files_of(folder: Path) -> Iterator[Path]:
    """In a fixed order. What is not finished has a name that is no key, and is left out; so are
    thumbnails, which are made anew when they are asked for."""
    if (folder / _SETTINGS).is_file():
        yield folder / _SETTINGS
    for name in _FOLDERS:
        place = folder / name
        for path in sorted(place.rglob("*")):
            key = path.relative_to(place).as_posix()
            if is_key(key) and not key.startswith(_MADE_ANEW) and path.is_file():
                yield path


def _add(tar: tarfile.TarFile, path: Path, name: str) -> Member:
    with path.open("rb") as file:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = os.fstat(file.fileno()).st_size, 0o600
        digested = _Digesting(file)
        tar.addfile(entry, digested)
        return Member(name=name, size=entry.size, sha256=digested.digest.hexdigest())


def _add_bytes(tar: tarfile.TarFile, content: bytes) -> None:
    entry = tarfile.TarInfo(_MANIFEST)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


class _Digesting:
    """A file whose content is hashed while it is read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


def _publish(partial: Path, archive: Path) -> None:
    try:
        os.link(partial, archive)  # unlike a rename, never over a file that came meanwhile
    except FileExistsError:
        raise Conflict(f"{archive} exists already.") from None
    except OSError:
        partial.rename(archive)  # a file system without links, as on a USB stick
    sync(archive.absolute().parent)


# --- reading --------------------------------------------------------------------------------


def _read(archive: Path, into: Path | None) -> Manifest:
    """Check every byte of `archive`; with `into`, lay its files down there on the way.

    Names are checked before a file is made, and nothing but plain files is taken, so that no
    archive can write outside `into`.
    """
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    with _opened(archive) as tar:
        for entry in tar:
            stream = tar.extractfile(entry) if _is_plain(entry) else None
            if stream is None or not _is_ours(entry.name) or entry.name in found:
                raise MalformedRequest(f"{archive}: {entry.name} does not belong there.")
            if entry.name == _MANIFEST:
                manifest = _read_manifest(archive, stream.read(_LONGEST_MANIFEST))
                continue
            digested = _Digesting(stream)
            size = _copy(digested, None if into is None else into / entry.name)
            digest = digested.digest.hexdigest()
            found[entry.name] = Member(name=entry.name, size=size, sha256=digest)
    if manifest is None:
        raise MalformedRequest(f"{archive}: it is not complete: the list of its files is missing.")
    listed = {member.name: member for member in manifest.members}
    for name in sorted(listed.keys() | found.keys()):
        if listed.get(name) != found.get(name):
            raise MalformedRequest(f"{archive}: {name} is missing or changed.")
    if _DATABASE not in found:
        raise MalformedRequest(f"{archive}: it has no database.")
    return manifest


def _copy(source: _Digesting, target: Path | None) -> int:
    """How many bytes there were. A new file, for its owner only, that lasts."""
    size = 0
    with contextlib.ExitStack() as stack:
        file = None
        if target is not None:
            make_folder(target.parent)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            file = stack.enter_context(os.fdopen(handle, "wb"))
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if file is not None:
                file.write(chunk)
        if file is not None:
            file.flush()
            os.fsync(file.fileno())
    return size


def _read_manifest(archive: Path, content: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedRequest(f"{archive}: the list of its files cannot be read.") from None
    if manifest.format != _FORMAT:
        raise MalformedRequest(f"{archive}: it was made by another version of Safelight.")
    return manifest


def _is_plain(entry: tarfile.TarInfo) -> bool:
    return entry.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not entry.issparse()


def _is_ours(name: str) -> bool:
    folder, _, key = name.partition("/")
    return name in (_MANIFEST, _DATABASE, _SETTINGS) or (folder in _FOLDERS and is_key(key))


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, mode="r:") as tar:
            yield tar
    except FileNotFoundError:
        raise MalformedRequest(f"There is no file {archive}.") from None
    except (tarfile.TarError, EOFError):
        raise MalformedRequest(f"{archive} is not a backup, or it is cut off.") from None


def _bring_up(database: Path, archive: Path, now: datetime) -> None:
    if not _is_sound(database):
        raise MalformedRequest(f"{archive}: its database is damaged.")
    try:
        migrate(database, now=now)
    except ConfigurationError as error:
        raise MalformedRequest(f"{archive}: {error.message}") from None


def _is_sound(database: Path) -> bool:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        try:
            found: str = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError:
            return False
    return found == "ok"


def _move_all(work: Path, folder: Path) -> None:
    """The database last: without it, a restore that was cut short does not look like one."""
    for path in sorted(work.iterdir(), key=lambda each: each.name == _DATABASE):
        path.rename(folder / path.name)
    sync(folder)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull(f"There is no room left for {path}.") from None
        raise Unavailable(f"{path}: {error.strerror}.") from None
