"""Where an upload lies while it arrives: whole before anything believes in it, gone if it fails."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from safelight.stores.blobs.disk import disk_errors, make_folder, require_room, sync

_SUFFIX = ".staged"
_AGE = timedelta(days=1)


class SealedFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that has arrived whole and is on the disk. `size` is in bytes, digests are in hex.

    Whoever has it owns it: a blob store's `keep` takes it over, else it is to be unlinked.
    """

    path: Path
    size: int
    sha256: str
    md5: str


class Staging:
    """A folder for uploads on their way in, best on the disk of the blobs, where keeping is a
    rename."""

    def __init__(
        self, folder: Path, entropy: Callable[[int], bytes], *, keep_free: int = 0
    ) -> None:
        """`entropy(n)` gives n random bytes, for names that no other upload has. Uploads leave
        `keep_free` bytes of the disk free. Makes the folder, for this server's user only."""
        self._folder = folder
        self._entropy = entropy
        self._keep_free = keep_free
        with disk_errors():
            make_folder(folder)

    def begin(self) -> StagedFile:
        """A new, empty file. Raises StorageFull or Unavailable."""
        return self._begin(self._keep_free)

    def check(self) -> None:
        """Raises StorageFull or Unavailable when nothing at all can be written there: that only
        uploads are refused is no reason to send nobody to this server."""
        self._begin(0).discard()

    def _begin(self, keep_free: int) -> StagedFile:
        return StagedFile(self._folder / f"{self._entropy(16).hex()}{_SUFFIX}", keep_free)

    def sweep(self, now: datetime) -> int:
        """Remove what a crash left: files last written a day ago or earlier. How many there were.

        An upload that is still arriving is younger, since each of its chunks is a write.
        """
        removed = 0
        with disk_errors():
            for path in self._folder.glob(f"*{_SUFFIX}"):
                try:
                    written_at = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
                    if now - written_at >= _AGE:
                        path.unlink()
                        removed += 1
                except FileNotFoundError:
                    continue  # it was sealed and kept, or another process sweeps too
        return removed


class StagedFile:
    """One upload on its way in. As a context, it is discarded at the end unless it was sealed."""

    def __init__(self, path: Path, keep_free: int = 0) -> None:
        self._path = path
        self._keep_free = keep_free
        self._size = 0
        self._sha256 = hashlib.sha256()
        # LibrePhotos' clients know a photo by its MD5; nothing here trusts it.
        self._md5 = hashlib.md5(usedforsecurity=False)
        with disk_errors():
            require_room(path.parent, keep_free)
            self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._is_open = True

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._size

    def write(self, chunk: bytes) -> None:
        """Append. Raises StorageFull or Unavailable; then the file is gone and of no more use.

        Waits for no disk: some 2 ms for each MiB, nearly all of it the two digests.
        """
        rest = memoryview(chunk)
        try:
            with disk_errors():
                require_room(self._path.parent, self._keep_free)
                while rest:
                    rest = rest[os.write(self._handle, rest) :]
        except BaseException:
            self.discard()
            raise
        self._sha256.update(chunk)
        self._md5.update(chunk)
        self._size += len(chunk)

    def seal(self) -> SealedFile:
        """The file, complete and synced. Waits for the disk: to be called off the event loop.

        Raises StorageFull or Unavailable; then the file is gone.
        """
        try:
            with disk_errors():
                os.fsync(self._handle)
                self._close()
                sync(self._path.parent)
        except BaseException:
            self.discard()
            raise
        return SealedFile(
            path=self._path,
            size=self._size,
            sha256=self._sha256.hexdigest(),
            md5=self._md5.hexdigest(),
        )

    def discard(self) -> None:
        """Remove the file, if it is still there. May be called at any time and again."""
        self._close()
        with disk_errors():
            self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_open:
            self.discard()

    def _close(self) -> None:
        if self._is_open:
            # First, since Linux frees the number even when closing reports an error.
            self._is_open = False
            os.close(self._handle)
