"""What all that writes to a disk here needs: its errors in our words, and what makes it last."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from safelight.errors import StorageFull, Unavailable

CHUNK = 256 * 1024
"""The most bytes that one read of a blob gives."""

# A full disk, a full quota, and a file larger than the process or the file system may write.
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def disk_errors() -> Iterator[None]:
    """Raise StorageFull for a disk without room, and Unavailable for whatever else it refuses."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull from None
        raise Unavailable("The disk that holds the photos does not work as it should.") from error


def require_room(folder: Path, keep_free: int) -> None:
    """Raises StorageFull when less than `keep_free` bytes of the disk of `folder` are free.

    What photos may not fill is for the database: without room nobody signs in, and nobody can
    delete a photo to make some.
    """
    if not keep_free:
        return
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < keep_free:
        raise StorageFull


@contextmanager
def written_whole(into: Path) -> Iterator[Path]:
    """A new file to write, beside `into`; it takes that name when all went well, else it goes."""
    handle, name = tempfile.mkstemp(dir=into.parent, prefix=".", suffix=".part")
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        unfinished.replace(into)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def make_folder(folder: Path) -> None:
    """Make `folder` and those above it that are missing, for the owner only, to last."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    # Another thread may have been faster, which is as good.
    folder.mkdir(mode=0o700, exist_ok=True)
    sync(folder.parent)


Identity = tuple[int, int]
"""Device and inode."""


def identity_of(path: Path) -> Identity | None:
    """None when there is nothing, or nothing that can be asked about. One that differs later means
    that something else lies there now."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def sync(path: Path) -> None:
    """Wait until the file, or the names in the folder, would survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
