"""Blobs in a folder: the contract, and what only a folder can get wrong."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stores.blobs.blob_store_contract import (
    KEY,
    BlobStoreContract,
    bytes_of,
    collected,
    exists,
    keys_of,
    written,
)
from tests.stores.blobs.full_disk import FullDisk

from safelight.errors import MalformedRequest, StorageFull, Unavailable
from safelight.library.ports import BlobKey
from safelight.stores.blobs.filesystem import FilesystemBlobs
from safelight.stores.blobs.keys import require_key


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library" / "blobs"


@pytest.fixture
def store(folder: Path) -> Iterator[FilesystemBlobs]:
    store = FilesystemBlobs(folder)
    yield store
    store.close()


def tree(folder: Path) -> dict[str, int]:
    """Everything below `folder` with its permissions."""
    return {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.lstat().st_mode)
        for path in folder.rglob("*")
    }


class TestFilesystemBlobs(BlobStoreContract):
    """The contract, in a folder."""


async def test_only_the_owner_may_look(
    store: FilesystemBlobs, folder: Path, tmp_path: Path
) -> None:
    upload = written(tmp_path, b"light")
    make_readable(upload)
    await store.keep(KEY, upload)
    assert tree(folder) == {"photos": 0o700, "photos/ab": 0o700, "photos/ab/abcdef": 0o600}
    assert tree(folder.parent)["blobs"] == 0o700


async def test_what_is_no_blob_of_ours_is_passed_over(
    store: FilesystemBlobs, folder: Path, tmp_path: Path
) -> None:
    await store.keep(KEY, written(tmp_path, b"light"))
    written(folder, b"x", ".unfinished.part")
    written(folder, b"x", "README")
    secret = written(tmp_path, b"secret", "elsewhere")
    link(folder / "photos" / "link", secret)
    assert await keys_of(store, "") == {KEY}
    assert await store.size(BlobKey("photos/link")) is None
    assert await store.size(BlobKey("photos/ab")) is None
    assert await store.remove(BlobKey("photos/ab")) is False


async def test_a_key_below_a_blob_is_not_there(store: FilesystemBlobs, tmp_path: Path) -> None:
    await store.keep(KEY, written(tmp_path, b"light"))
    below = BlobKey(f"{KEY}/deeper")
    assert await store.size(below) is None
    with pytest.raises(Unavailable):
        await store.keep(below, written(tmp_path, b"x"))


async def test_a_file_that_got_shorter_does_not_pass_for_whole(
    store: FilesystemBlobs, folder: Path, tmp_path: Path
) -> None:
    await store.keep(KEY, written(tmp_path, b"x" * 600_000))
    chunks = store.read(KEY, 0, 600_000)
    await anext(chunks)
    written(folder, b"x" * 300_000, KEY)
    with pytest.raises(Unavailable):
        await collected(chunks)


async def test_a_file_from_another_disk_is_copied_whole(
    store: FilesystemBlobs, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = written(tmp_path, b"from afar" * 1000)
    put_on_another_disk(upload, monkeypatch)
    await store.keep(KEY, upload)
    assert await bytes_of(store, KEY) == b"from afar" * 1000
    assert not exists(upload)
    assert tree(folder) == {"photos": 0o700, "photos/ab": 0o700, "photos/ab/abcdef": 0o600}


async def test_a_full_disk_leaves_nothing_half_written(
    full_disk: FullDisk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FilesystemBlobs(full_disk.folder / "blobs")
    upload = written(tmp_path, b"x" * full_disk.too_much)
    put_on_another_disk(upload, monkeypatch)
    with full_disk.full(), pytest.raises(StorageFull):
        await store.keep(KEY, upload)
    assert await store.size(KEY) is None
    assert set(tree(full_disk.folder)) == {"blobs", "blobs/photos", "blobs/photos/ab"}
    assert exists(upload)
    store.close()


async def test_fetching_onto_a_full_disk_leaves_nothing_half_written(
    store: FilesystemBlobs, full_disk: FullDisk, tmp_path: Path
) -> None:
    await store.keep(KEY, written(tmp_path, b"x" * full_disk.too_much))
    with full_disk.full(), pytest.raises(StorageFull):
        await store.fetch(KEY, full_disk.folder / "copy")
    assert tree(full_disk.folder) == {}


async def test_a_copy_is_not_made_where_less_is_free_than_has_to_stay(
    folder: Path, tmp_path: Path
) -> None:
    store = FilesystemBlobs(folder, keep_free=2**62)
    await store.keep(KEY, written(tmp_path, b"there"))
    with pytest.raises(StorageFull):
        await store.fetch(KEY, tmp_path / "copy")
    assert await bytes_of(store, KEY) == b"there"
    store.close()


async def test_a_kept_blob_was_synced_with_its_folders(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def recording(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", recording)
    store = FilesystemBlobs(folder)
    upload = written(tmp_path, b"light")
    await store.keep(KEY, upload)
    store.close()
    assert str(upload) in synced
    assert str(folder / "photos" / "ab") == synced[-1]
    assert {str(folder), str(folder / "photos"), str(folder.parent)} <= set(synced)


def test_keys_are_judged_in_a_blink() -> None:
    began = time.process_time()
    for hostile in ("a/" * 300, "a" * 10_000_000, "-." * 299 + "/", "a." * 299 + "\n"):
        with pytest.raises(MalformedRequest):
            require_key(hostile)
    assert time.process_time() - began < 1


def put_on_another_disk(upload: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system say of `upload` what it says of a file on another disk than its new name."""
    replace = Path.replace

    def refusing(path: Path, target: Path) -> Path:
        if path == upload:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refusing)


def make_readable(path: Path) -> None:
    path.chmod(0o644)


def link(path: Path, target: Path) -> None:
    path.symlink_to(target)
