"""The count of changes that the processes over one database file share, for `safelight.recall`.

A read of SQLite costs little, but it lets the interpreter's lock go, and a busy server then waits
to get it back: measured, three quarters of a check of a session. So what a read gave is remembered
until a commit that could make it untrue.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from safelight.stores.blobs.disk import identity_of

_SIZE = 8
_ALWAYS_ODD = (1,)


class Generation:
    """A counter beside the database file: odd while a commit is under way, even otherwise.

    All writers of the file use it; who changes the file with another program restarts the server.
    One thread commits and keeps `trust` up; any may ask for the count.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-generation")
        self._handle, self._shared = _open(self._path)
        self._counter: Sequence[int] = self._shared

    def count(self) -> int:
        return self._counter[0]

    def trust(self, in_place: bool) -> None:
        """Have nothing remembered while the database is not `in_place`, and go on with a new file
        where somebody took this one away. Raises OSError when there can be none."""
        if not in_place:
            self._counter = _ALWAYS_ODD
        elif self._counter is not self._shared or self._is_replaced():
            self._go_on()

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Around a transaction. One process at a time, so that the counter never stands even while
        another's commit is under way; a crash leaves it odd until the next commit, and everybody
        reads the file until then."""
        with _locked(self._handle):
            self._shared[0] |= 1
            yield
            self._shared[0] += 1

    def close(self) -> None:
        """No more commits. The count can still be asked: the memory goes with the last who does."""
        os.close(self._handle)

    def _is_replaced(self) -> bool:
        status = os.fstat(self._handle)
        return identity_of(self._path) != (status.st_dev, status.st_ino)

    def _go_on(self) -> None:
        """Past what either file counted: so nobody takes what they remember for current."""
        self._counter = _ALWAYS_ODD
        handle, shared = _open(self._path)
        with _locked(handle):
            shared[0] = (max(shared[0], self._shared[0]) | 1) + 1
        os.close(self._handle)
        self._handle, self._shared, self._counter = handle, shared, shared


def _open(path: Path) -> tuple[int, memoryview[int]]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        with _locked(handle):
            # Written, not only made longer: memory that the disk has no room for kills who uses it.
            size = os.fstat(handle).st_size
            os.pwrite(handle, bytes(max(0, _SIZE - size)), size)
        return handle, memoryview(mmap.mmap(handle, _SIZE)).cast("Q")
    except OSError:
        os.close(handle)
        raise


@contextmanager
def _locked(handle: int) -> Iterator[None]:
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)
