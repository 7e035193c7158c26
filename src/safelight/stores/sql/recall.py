"""What was read lately, good until anybody commits anything.

A read of SQLite costs little, but it lets the interpreter's lock go, and a busy server then waits
to get it back: measured, three quarters of a check of a session. So what a read gave is kept, and
a commit of any process over the same file empties all of it, unless it only adds: a counter in
memory that the processes share moves before such a commit and after it. Ending a session is thus
effective for the very next request on every worker, as it would be without.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

Value = TypeVar("Value")

_SIZE = 8
_MOST = 131_072


class Generation:
    """A counter beside the database file: odd while a commit is under way, even otherwise.

    All writers of the file use it; who changes the file with another program restarts the server.
    """

    def __init__(self, database: Path) -> None:
        path = database.with_name(f"{database.name}-generation")
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(self._handle).st_size < _SIZE:
            os.truncate(self._handle, _SIZE)
        self._memory = mmap.mmap(self._handle, _SIZE)
        self._counter = memoryview(self._memory).cast("Q")

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
        self._counter.release()
        self._memory.close()
        os.close(self._handle)


class Recall(Generic[Value]):
    """Values by key, all forgotten at the next commit of anybody. Belongs to one thread."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._count = -1
        self._kept: dict[bytes | str, Value] = {}

    def get(self, key: bytes | str) -> Value | None:
        """None when it is not known to be current: then it has to be read."""
        if self._generation.count() != self._count:
            return None
        return self._kept.get(key)

    def count(self) -> int:
        """To be asked before a read whose result is to be kept."""
        return self._generation.count()

    def keep(self, key: bytes | str, value: Value, count: int) -> None:
        """Keep what was read after `count` was asked, unless a commit came in between."""
        if count & 1 or count != self._generation.count():
            return
        if count != self._count or len(self._kept) >= _MOST:
            self._kept.clear()
            self._count = count
        self._kept[key] = value
