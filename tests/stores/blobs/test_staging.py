"""Uploads on their way in."""

from __future__ import annotations

import errno
import hashlib
import itertools
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.stores.blobs.full_disk import FullDisk

from safelight.errors import StorageFull, Unavailable
from safelight.stores.blobs.staging import Staging

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


class Counting:
    """An `entropy` whose bytes a test can tell."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def __call__(self, length: int) -> bytes:
        return next(self._numbers).to_bytes(length, "big")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "staging"


@pytest.fixture
def staging(folder: Path) -> Staging:
    return Staging(folder, Counting())


def test_a_sealed_file_is_what_was_written(staging: Staging) -> None:
    with staging.begin() as staged:
        staged.write(b"li")
        staged.write(b"")
        staged.write(b"ght")
        assert staged.size == 5
        sealed = staged.seal()
    assert sealed.path.read_bytes() == b"light"
    assert sealed.size == 5
    assert sealed.sha256 == hashlib.sha256(b"light").hexdigest()
    assert sealed.md5 == hashlib.md5(b"light").hexdigest()


def test_only_the_owner_may_look(staging: Staging, folder: Path) -> None:
    sealed = staging.begin().seal()
    assert stat.S_IMODE(sealed.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_two_uploads_do_not_meet(staging: Staging) -> None:
    one, other = staging.begin(), staging.begin()
    one.write(b"one")
    other.write(b"other")
    assert one.seal().path.read_bytes() == b"one"
    assert other.seal().path.read_bytes() == b"other"


def test_an_upload_that_fails_leaves_no_file(staging: Staging, folder: Path) -> None:
    def receive() -> None:
        with staging.begin() as staged:
            staged.write(b"half")
            raise ConnectionError

    with pytest.raises(ConnectionError):
        receive()
    assert list(folder.iterdir()) == []


def test_discarding_may_be_repeated(staging: Staging, folder: Path) -> None:
    staged = staging.begin()
    sealed = staged.seal()
    staged.discard()
    staged.discard()
    assert not sealed.path.exists()
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_storage_full_and_leaves_no_file(full_disk: FullDisk) -> None:
    staging = Staging(full_disk.folder, Counting())
    staged = staging.begin()
    staged.write(b"x" * 65536)
    with full_disk.full(), pytest.raises(StorageFull):
        staged.write(b"x" * full_disk.too_much)
    assert list(full_disk.folder.iterdir()) == []
    assert staging.begin().seal().size == 0


def test_uploads_leave_some_of_the_disk_free(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    staging = Staging(folder, Counting(), keep_free=1000 * 4096)
    leave_free(monkeypatch, blocks=1000)
    staged = staging.begin()
    staged.write(b"fits")
    leave_free(monkeypatch, blocks=999)
    with pytest.raises(StorageFull):
        staged.write(b"does not")
    with pytest.raises(StorageFull):
        staging.begin()
    staging.check()
    assert list(folder.iterdir()) == []


def leave_free(monkeypatch: pytest.MonkeyPatch, *, blocks: int) -> None:
    """Blocks of 4,096 bytes that a user who is not root may write."""
    disk = os.statvfs_result((4096, 4096, 10_000, 5000, blocks, 1, 1, 1, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda path: disk)


@pytest.mark.parametrize(
    ("number", "error"), [(errno.ENOSPC, StorageFull), (errno.EIO, Unavailable)]
)
def test_a_disk_that_fails_at_the_end_leaves_no_file(
    staging: Staging,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    error: type[Unavailable],
) -> None:
    def fsync(handle: int) -> None:
        raise OSError(number, os.strerror(number))

    staged = staging.begin()
    staged.write(b"light")
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(error):
        staged.seal()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("age", "swept"),
    [
        (timedelta(days=1, microseconds=-1), 0),
        (timedelta(days=1), 1),
        (timedelta(days=1, microseconds=1), 1),
        (timedelta(days=-1), 0),
    ],
)
def test_leftovers_are_swept_when_they_are_a_day_old(
    staging: Staging, folder: Path, age: timedelta, swept: int
) -> None:
    sealed = staging.begin().seal()
    written_at = NOW - age
    moment = int((written_at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000
    os.utime(sealed.path, ns=(moment, moment))
    assert staging.sweep(NOW) == swept
    assert len(list(folder.iterdir())) == 1 - swept


def test_only_staged_files_are_swept(staging: Staging, folder: Path) -> None:
    (folder / "notes.txt").write_text("mine")
    os.utime(folder / "notes.txt", (0, 0))
    assert staging.sweep(NOW) == 0


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Unavailable):
        Staging(tmp_path / "file" / "staging", Counting())
