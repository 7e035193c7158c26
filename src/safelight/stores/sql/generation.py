"""The count of changes that the processes over one database file share, for `safelight.recall`.

A read of SQLite costs little, but it lets the interpreter's lock go, and a busy server then waits
to get it back: measured, three quarters of a check of a session. So what a read gave is remembered
until a commit that could make it untrue.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SIZE = 8


class Generation:
    """A counter beside the database file: odd while a commit is under way, even otherwise.

    All writers of the file use it; who changes the file with another program restarts the server.
    """

    def __init__(self, database: Path) -> None:
        path = database.with_name(f"{database.name}-generation")
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(self._handle).st_size < _SIZE:
            os.truncate(self._handle, _SIZE)
        self._counter = memoryview(mmap.mmap(self._handle, _SIZE)).cast("Q")

    def count(self) -> int:
        return self._counter[0]

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Around a transaction. One process at a time, so that the counter never stands even while
        another's commit is under way; a crash leaves it odd until the next commit, and everybody
        reads the file until then."""
        fcntl.flock(self._handle, fcntl.LOCK_EX)
        try:
            self._counter[0] |= 1
            yield
            self._counter[0] += 1
        finally:
            fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        """No more commits. The count can still be asked: the memory goes with the last who does."""
        os.close(self._handle)
