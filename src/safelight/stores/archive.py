"""Backups: one file with the database, the keys and the photos, verified before it is trusted.

An archive is a tar file whose last member, `manifest.json`, lists every other one with its size
and SHA-256. It is complete only if that member is there and all of it holds.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec

from safelight.errors import Conflict, MalformedRequest, StorageFull, Unavailable

_MANIFEST = "manifest.json"
_DATABASE = "safelight.db"
_FOLDERS = ("keys", "blobs")
_CHUNK = 1024 * 1024
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


def write_archive(folder: Path, archive: Path, now: datetime) -> Manifest:
    """Back `folder` up into a new file `archive`, beside a running server, and verify it.

    The database comes first, as of one instant; photos that are deleted while theirs are copied
    make it start again. Raises Conflict when `archive` exists, Unavailable, StorageFull; no
    half-written file stays.
    """
    if archive.exists():
        raise Conflict(f"{archive} exists already.")
    partial = archive.with_name(f".{archive.name}.partial")
    try:
        with _disk_errors(archive):
            for _ in range(_TRIES):
                manifest = _write(folder, partial, now)
                if manifest is not None:
                    break
            else:
                raise Unavailable("Photos are deleted faster than they are backed up. Try again.")
            verify_archive(partial)
            os.link(partial, archive)  # unlike a rename, never over a file that came meanwhile
    finally:
        partial.unlink(missing_ok=True)
    return manifest


def verify_archive(archive: Path) -> Manifest:
    """Read the whole archive. Raises MalformedRequest when a file is missing, added or changed."""
    found: dict[str, Member] = {}
    manifest: Manifest | None = None
    with _opened(archive) as tar:
        for entry in tar:
            stream = tar.extractfile(entry)
            if stream is None or not _is_ours(entry.name):
                raise MalformedRequest(f"{archive}: {entry.name} does not belong here.")
            if entry.name == _MANIFEST:
                manifest = _read_manifest(archive, stream.read(64 * _CHUNK))
                continue
            digest, size = hashlib.sha256(), 0
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
            found[entry.name] = Member(name=entry.name, size=size, sha256=digest.hexdigest())
    if manifest is None:
        raise MalformedRequest(f"{archive}: it is not complete: the list of its files is missing.")
    listed = {member.name: member for member in manifest.members}
    for name in sorted(listed.keys() | found.keys()):
        if listed.get(name) != found.get(name):
            raise MalformedRequest(f"{archive}: {name} is missing or changed.")
    return manifest


def restore_archive(archive: Path, folder: Path) -> Manifest:
    """Make the data folder `folder` from `archive`, all of it or nothing.

    Raises Conflict when `folder` holds anything, MalformedRequest for an archive that is not
    whole, StorageFull.
    """
    if folder.exists() and any(folder.iterdir()):
        raise Conflict(f"{folder} is not empty: restore into a new folder.")
    manifest = verify_archive(archive)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (
        _disk_errors(folder),
        tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as work,
    ):
        place = Path(work) / "data"
        place.mkdir(mode=0o700)
        with _opened(archive) as tar:
            for entry in tar:
                if entry.name != _MANIFEST:
                    tar.extract(entry, place, filter="data")
        _require_sound_database(place / _DATABASE, archive)
        for path in place.rglob("*"):
            path.chmod(0o700 if path.is_dir() else 0o600)
        if folder.exists():
            folder.rmdir()
        place.rename(folder)
    return manifest


def _write(folder: Path, partial: Path, now: datetime) -> Manifest | None:
    """None when a photo of the snapshot went away while the photos were copied."""
    members: list[Member] = []
    with tempfile.TemporaryDirectory(dir=partial.parent, prefix=".backup-") as work:
        snapshot = Path(work) / _DATABASE
        _take_snapshot(folder / _DATABASE, snapshot)
        needed = _digests_of(snapshot)
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
    held = {name.rpartition("/")[2] for name in (member.name for member in members)}
    in_folder = (folder / "blobs").exists()
    return manifest if not in_folder or needed <= held else None


def _take_snapshot(source: Path, target: Path) -> None:
    """SQLite's own online backup: one consistent state, while others read and write."""
    if not source.exists():
        raise Unavailable(f"There is no database {source}.")
    with (
        contextlib.closing(sqlite3.connect(source)) as one,
        contextlib.closing(sqlite3.connect(target)) as other,
    ):
        one.backup(other)


def _digests_of(snapshot: Path) -> set[str]:
    with contextlib.closing(sqlite3.connect(snapshot)) as connection:
        return {row[0] for row in connection.execute("SELECT DISTINCT digest FROM photo")}


def _files_of(folder: Path) -> Iterator[Path]:
    for name in _FOLDERS:
        yield from sorted(path for path in (folder / name).rglob("*") if path.is_file())


def _add(tar: tarfile.TarFile, path: Path, name: str) -> Member:
    with path.open("rb") as file:
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = os.fstat(file.fileno()).st_size, 0o600
        digested = _Digesting(file)
        tar.addfile(entry, digested)  # type: ignore[arg-type]  # only `read` is used
        return Member(name=name, size=entry.size, sha256=digested.digest.hexdigest())


def _add_bytes(tar: tarfile.TarFile, content: bytes) -> None:
    entry = tarfile.TarInfo(_MANIFEST)
    entry.size, entry.mode = len(content), 0o600
    tar.addfile(entry, io.BytesIO(content))


class _Digesting:
    """A file whose content is hashed while it is read."""

    def __init__(self, file: io.BufferedReader) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


def _read_manifest(archive: Path, content: bytes) -> Manifest:
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedRequest(f"{archive}: the list of its files cannot be read.") from None
    if manifest.format != _FORMAT:
        raise MalformedRequest(f"{archive}: it was made by another version of Safelight.")
    return manifest


def _is_ours(name: str) -> bool:
    parts = name.split("/")
    if ".." in parts or name.startswith("/"):
        return False
    return name in (_MANIFEST, _DATABASE) or (len(parts) > 1 and parts[0] in _FOLDERS)


@contextlib.contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, mode="r:") as tar:
            yield tar
    except FileNotFoundError:
        raise MalformedRequest(f"There is no file {archive}.") from None
    except (tarfile.TarError, EOFError):
        raise MalformedRequest(f"{archive} is not a backup, or it is cut off.") from None


def _require_sound_database(path: Path, archive: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        try:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
        except sqlite3.DatabaseError:
            found = "damaged"
    if found != "ok":
        raise MalformedRequest(f"{archive}: its database is damaged.")


@contextlib.contextmanager
def _disk_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise StorageFull(f"There is no room left for {path}.") from None
        raise Unavailable(f"{path}: {error.strerror}.") from None
