"""One at a time for each digest: who keeps a blob, and who removes it; or, for the digest of an
address, who changes what is there.

Rows and blobs cannot change in one step. While somebody who adds a photo has its blob kept but its
row not yet written, nobody may take that blob for an orphan; and the other one may well be in
another process: a second worker, or a command of the operator.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import struct
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from weakref import WeakValueDictionary

from safelight.errors import Busy, Unavailable

_PATIENCE_SECONDS = 120.0
_FIRST_PAUSE_SECONDS = 0.01
_LONGEST_PAUSE_SECONDS = 0.25


class DigestLocks:
    """Within the process an asyncio lock for each digest, which is fair and costs nothing; between
    processes a lock on one byte of a file that stays empty, at a place that the digest gives.
    """

    def __init__(self, file: Path) -> None:
        """`file` is made when it is needed, in a folder that is there. The kernel drops the locks
        of a process that dies."""
        self._file = file
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def held(self, digests: Iterable[str]) -> AsyncIterator[None]:
        """Hold all of them: hexadecimal, at least 15 digits. Raises Busy when another process
        does not let go within two minutes, Unavailable when there is no place for the file.
        """
        # In one order everywhere, so that two who want the same ones never wait for each other.
        ordered = sorted(set(digests))
        async with AsyncExitStack() as stack:
            for digest in ordered:
                await stack.enter_async_context(self._locks.setdefault(digest, asyncio.Lock()))
            try:
                handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            except OSError:
                raise Unavailable("The folder for uploads cannot be used.") from None
            stack.callback(os.close, handle)
            for digest in ordered:
                await _lock_byte(handle, int(digest[:15], 16))
            yield


async def _lock_byte(handle: int, place: int) -> None:
    # The lock is the open file's, not the process's, so closing `handle` gives it up and closing
    # another one does not. Asked again and again instead of waited for: no thread is held up, and
    # that somebody else has it is rare.
    request = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, place, 1, 0)
    pause = _FIRST_PAUSE_SECONDS
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.fcntl(handle, fcntl.F_OFD_SETLK, request)
        except (BlockingIOError, PermissionError):
            if loop.time() >= deadline:
                raise Busy from None
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
        else:
            return
