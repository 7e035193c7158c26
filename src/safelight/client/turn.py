"""One at a time, over the threads and tasks of this process and over processes."""

from __future__ import annotations

import os
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
from filelock import FileLock, Timeout

from safelight.client.errors import file_failure
from safelight.errors import Unavailable

_LONGEST_WAIT_SECONDS = 120.0
_FIRST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.05
_OWNER = "owner"


def never() -> bool:
    return False


class Turn:
    """Whoever has it may sign in. Taking it polls, since it must neither block an event loop nor
    belong to a thread; a holder that dies loses the file's lock with its life.

    `path` is a file that the processes share; None when there is nothing to share.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._seat: dict[str, weakref.ref[Claim]] = {}

    def claim(self) -> Claim:
        """One who would have it. In a `with` block, it is given back at the end of that, whatever
        ended it."""
        return Claim(self)

    @property
    def is_taken(self) -> bool:
        """Whether somebody in this process has it."""
        seat = self._seat.get(_OWNER) if self._process == os.getpid() else None
        return seat is not None and seat() is not None

    def admit(self, claim: Claim) -> bool:
        """Give it to a claim, if nobody has it. Raises KeepingFailed when the file cannot be made
        or opened."""
        if self._process != os.getpid():  # a fork copied a lock that nobody here will give back
            self._begin()
        # One step for threads and for Ctrl-C alike: a claim has the seat from here on, or not. That
        # of one who is gone without a word is free.
        ours = weakref.ref(claim, self._vacate)
        seat = self._seat.setdefault(_OWNER, ours)
        if seat() is None:
            self._vacate(seat)
            seat = self._seat.setdefault(_OWNER, ours)
        if seat() is not claim:
            return False
        if self._path is None:
            return True
        if claim.between is None:
            claim.between = FileLock(self._path, mode=0o600, thread_local=False)
        try:
            claim.between.acquire(blocking=False)
        except Timeout:
            self._seat.pop(_OWNER)
            return False
        except OSError as error:
            self._seat.pop(_OWNER)
            raise file_failure(self._path, error) from None
        return True

    def dismiss(self, claim: Claim) -> None:
        """Take it from a claim, if that has it."""
        seat = self._seat.get(_OWNER)
        if seat is not None and seat() is claim:
            self._vacate(seat)

    def _vacate(self, seat: weakref.ref[Claim]) -> None:
        if self._seat.get(_OWNER) is not seat or self._process != os.getpid():
            return
        claim = seat()
        if claim is not None and claim.between is not None:
            claim.between.release(force=True)
        self._seat.pop(_OWNER, None)


class Claim:
    """To be made by `Turn.claim`. Giving back what is not had does nothing. `between` is its own
    lock over processes, which goes with it and which no other claim gives back."""

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self.between: FileLock | None = None

    def take(self, needless: Callable[[], bool] = never) -> bool:
        """Wait for the turn, and have it: True. False, and it is not ours, once it is `needless`,
        which spares those who wait from passing it on one by one.

        Raises Unavailable when somebody else has it for two minutes, KeepingFailed when the file
        cannot be made or opened.
        """
        pauses = _Pauses()
        while not needless():
            if self._turn.admit(self):
                return True
            time.sleep(pauses.next())
        return False

    async def take_async(self, needless: Callable[[], bool] = never) -> bool:
        """As `take`, on whichever event loop runs."""
        pauses = _Pauses()
        while not needless():
            if self._turn.admit(self):
                return True
            await anyio.sleep(pauses.next())
        return False

    def take_now(self) -> bool:
        """As `take`, but never waits: False when somebody else has it."""
        return self._turn.admit(self)

    def release(self) -> None:
        self._turn.dismiss(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


class _Pauses:
    def __init__(self) -> None:
        self._until = time.monotonic() + _LONGEST_WAIT_SECONDS
        self._pause = _FIRST_PAUSE_SECONDS

    def next(self) -> float:
        if time.monotonic() > self._until:
            raise Unavailable("Another sign-in to this account does not come to an end.")
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE_SECONDS)
        return pause
