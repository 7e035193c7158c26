"""Uploads that arrive in several requests: one file each, appended to until it is whole.

The file is the state: how far an upload has come is its size, whose it is says its folder, when it
was last added to says its time. So a restart loses nothing, and any process may take the next part.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from safelight.clock import Entropy
from safelight.errors import ChecksumMismatch, NotFound, OffsetMismatch
from safelight.identity.ids import AccountId
from safelight.library.ports import PartialUpload, ReceivedFile
from safelight.stores.blobs.disk import disk_errors, make_folder

_PIECE = 1024 * 1024
_HEXADECIMAL = frozenset("0123456789abcdef")
_ID_LENGTH = 32


class FilePartialUploads:
    """`library.ports.PartialUploads` in a folder for each account."""

    def __init__(self, folder: Path, whole: Path, entropy: Entropy) -> None:
        """`whole` is where finished files are handed over, on the same disk. Makes `folder`."""
        self._folder = folder
        self._whole = whole
        self._entropy = entropy
        with disk_errors():
            make_folder(folder)

    async def begin(self, account_id: AccountId, at: datetime) -> PartialUpload:
        return await asyncio.to_thread(self._begin, account_id, at)

    async def of_account(self, account_id: AccountId) -> list[PartialUpload]:
        return await asyncio.to_thread(self._of_account, account_id)

    async def find(self, account_id: AccountId, id: str) -> PartialUpload | None:
        return await asyncio.to_thread(self._find, account_id, id)

    async def append(
        self, account_id: AccountId, id: str, part: Path, *, offset: int, at: datetime
    ) -> int:
        return await asyncio.to_thread(self._append, self._place(account_id, id), part, offset, at)

    async def hand_over(self, account_id: AccountId, id: str, *, md5: str) -> ReceivedFile:
        return await asyncio.to_thread(self._hand_over, self._place(account_id, id), md5)

    async def remove(self, account_id: AccountId, id: str) -> None:
        await asyncio.to_thread(self._remove, self._place(account_id, id))

    def sweep(self, before: datetime) -> int:
        """Remove everybody's uploads that were last added to before that instant; how many."""
        removed = 0
        with disk_errors():
            for path in self._folder.glob("*/*"):
                try:
                    if path.stat().st_mtime < before.timestamp():
                        path.unlink()
                        removed += 1
                except FileNotFoundError:
                    continue  # another process was faster
        return removed

    def _place(self, account_id: AccountId, id: str) -> Path:
        """Raises NotFound for what is no id of ours, and so never a path that leads elsewhere."""
        if len(id) != _ID_LENGTH or not _HEXADECIMAL.issuperset(id):
            raise NotFound
        return self._folder / account_id / id

    def _begin(self, account_id: AccountId, at: datetime) -> PartialUpload:
        name = self._entropy(16).hex()
        place = self._place(account_id, name)
        with disk_errors():
            make_folder(place.parent)
            os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            _touch(place, at)
        return PartialUpload(id=name, size=0, changed_at=at)

    def _of_account(self, account_id: AccountId) -> list[PartialUpload]:
        with disk_errors():
            try:
                names = [entry.name for entry in os.scandir(self._folder / account_id)]
            except FileNotFoundError:
                return []
        found = (self._find(account_id, name) for name in names)
        return [each for each in found if each is not None]

    def _find(self, account_id: AccountId, id: str) -> PartialUpload | None:
        with disk_errors():
            try:
                found = self._place(account_id, id).stat()
            except (FileNotFoundError, NotFound):
                return None
        changed_at = datetime.fromtimestamp(found.st_mtime, UTC)
        return PartialUpload(id=id, size=found.st_size, changed_at=changed_at)

    def _append(self, place: Path, part: Path, offset: int, at: datetime) -> int:
        with disk_errors(), _locked(place) as handle, part.open("rb") as source:
            size = os.fstat(handle).st_size
            if size != offset:
                raise OffsetMismatch(size)
            try:
                os.lseek(handle, offset, os.SEEK_SET)
                with os.fdopen(os.dup(handle), "wb") as target:
                    shutil.copyfileobj(source, target, _PIECE)
            except BaseException:
                os.ftruncate(handle, offset)
                raise
            _touch(handle, at)
            return os.fstat(handle).st_size

    def _remove(self, place: Path) -> None:
        with disk_errors():
            try:
                with _locked(place):  # whoever hands it over at this moment needs its name
                    place.unlink()
            except NotFound:
                return  # it is gone, which is as good

    def _hand_over(self, place: Path, md5: str) -> ReceivedFile:
        """The file gets a second name: should the library not take it, the first is still there."""
        with disk_errors(), _locked(place) as handle:
            size, sha256, found = _digests(handle)
            if found != md5:
                raise ChecksumMismatch
            os.fsync(handle)
            whole = self._whole / f"{self._entropy(16).hex()}.staged"
            os.link(place, whole)
        return ReceivedFile(path=whole, size=size, sha256=sha256, md5=found)


@contextmanager
def _locked(place: Path) -> Iterator[int]:
    """The open file, to which no other process or thread adds meanwhile. Raises NotFound."""
    try:
        handle = os.open(place, os.O_RDWR)
    except FileNotFoundError:
        raise NotFound from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        # It may have been removed while we waited, and live on where it was handed over to.
        if not place.exists():
            raise NotFound
        yield handle
    finally:
        os.close(handle)


def _digests(handle: int) -> tuple[int, str, str]:
    """The size, the SHA-256 and the MD5 of the whole file."""
    # LibrePhotos' clients know a photo by its MD5; nothing here trusts it.
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    size = 0
    while piece := os.pread(handle, _PIECE, size):
        sha256.update(piece)
        md5.update(piece)
        size += len(piece)
    return size, sha256.hexdigest(), md5.hexdigest()


def _touch(file: int | Path, at: datetime) -> None:
    os.utime(file, (at.timestamp(), at.timestamp()))
