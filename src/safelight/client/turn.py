"""One at a time, over the threads and tasks of this process and over processes."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import anyio
from filelock import FileLock, Timeout

from safelight.client.errors import KeepingFailed
from safelight.errors import Unavailable

_LONGEST_WAIT_SECONDS = 120.0
_FIRST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.05


def _never() -> bool:
    return False


class Turn:
    """Whoever has it may sign in. Taking it polls, since it must neither block an event loop nor
    belong to a thread; a holder that dies loses the file's lock with its life.

    `path` is a file that the processes share; None when there is nothing to share.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._process = os.getpid()
        self._inside = threading.Lock()
        self._between = self._open()

    def take(self, needless: Callable[[], bool] = _never) -> bool:
        """Wait for it, and have it: True. False, and it is not ours, once it is `needless`, which
        spares those who wait from passing it on one by one.

        Raises Unavailable when somebody else has it for two minutes, KeepingFailed when the file
        cannot be made or opened.
        """
        pauses = _Pauses()
        while not needless():
            if self._try():
                return True
            time.sleep(pauses.next())
        return False

    async def take_async(self, needless: Callable[[], bool] = _never) -> bool:
        """As `take`, on whichever event loop runs."""
        pauses = _Pauses()
        while not needless():
            if self._try():
                return True
            await anyio.sleep(pauses.next())
        return False

    def release(self) -> None:
        if self._between is not None:
            self._between.release()
        self._inside.release()

    def _try(self) -> bool:
        if self._process != os.getpid():  # a fork copied a lock that nobody here will give back
            self._process = os.getpid()
            self._inside = threading.Lock()
            self._between = self._open()
        if not self._inside.acquire(blocking=False):
            return False
        if self._between is None:
            return True
        try:
            self._between.acquire(blocking=False)
        except Timeout:
            self._inside.release()
            return False
        except OSError as error:
            self._inside.release()
            raise KeepingFailed(f"{self._path}: {error.strerror or error}.") from None
        except BaseException:
            self._inside.release()
            raise
        return True

    def _open(self) -> FileLock | None:
        if self._path is None:
            return None
        return FileLock(self._path, mode=0o600, thread_local=False)


class _Pauses:
    def __init__(self) -> None:
        self._until = time.monotonic() + _LONGEST_WAIT_SECONDS
        self._pause = _FIRST_PAUSE_SECONDS

    def next(self) -> float:
        if time.monotonic() > self._until:
            raise Unavailable("Another sign-in to this account does not come to an end.")
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        return pause
