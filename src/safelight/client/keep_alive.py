"""Keeping a session that nobody uses from ending: a cheap call at half its idle limit.

It goes on while it is asked for, and stops by itself: when the session is over, or when several
calls in a row have failed. It never signs in.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from random import SystemRandom

import anyio

from safelight.errors import Unavailable

_MOST_FAILURES = 3
_LEAVING_SECONDS = 60.0
"""More than a request takes. What is cut off in the middle of a renewal may cost the session."""
_chance = SystemRandom().random


class Beat:
    """When to call, and when to stop."""

    def __init__(self, idle: timedelta, chance: Callable[[], float] = _chance) -> None:
        self._half = idle / 2
        self._chance = chance
        self._failures = 0

    def pause(self) -> float:
        """Seconds to the next call: half the limit, less up to a tenth of that, so that many
        clients do not call at once."""
        return self._half.total_seconds() * (1 - self._chance() / 10)

    def goes_on(self, is_live: bool | None) -> bool:
        """Whether to go on after a call; None for one that failed and says nothing."""
        if is_live is None:
            self._failures += 1
            return self._failures < _MOST_FAILURES
        self._failures = 0
        return is_live


class Ending:
    """The end of a block, which no call beside it waits beyond."""

    def __init__(self) -> None:
        self.event: threading.Event = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Raises Unavailable when the block ends first."""
        if self.event.wait(seconds):
            raise Unavailable("Nobody waits for this any more.")


@contextmanager
def kept_alive(
    is_live: Callable[[], bool], beat: Beat, end: Ending | None = None
) -> Generator[threading.Event]:
    """Call in a thread of its own, until the block ends. The event is set once it has stopped. A
    call under way is let come to its end, as far as its pauses are spent in `end`."""
    ending, stopped = (end or Ending()).event, threading.Event()

    def call() -> None:
        try:
            while not ending.wait(beat.pause()) and beat.goes_on(_try(is_live)):
                pass
        finally:
            stopped.set()

    thread = threading.Thread(target=call, name="safelight keep-alive", daemon=True)
    thread.start()
    try:
        yield stopped
    finally:
        ending.set()
        thread.join(_LEAVING_SECONDS)


@asynccontextmanager
async def kept_alive_async(
    is_live: Callable[[], Awaitable[bool]], beat: Beat
) -> AsyncGenerator[anyio.Event]:
    """As `kept_alive`, in a task."""
    stopped = anyio.Event()

    async def call() -> None:
        try:
            while True:
                await anyio.sleep(beat.pause())
                if not beat.goes_on(await _try_async(is_live)):
                    return
        finally:
            stopped.set()

    failure: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        try:
            yield stopped
        except Exception as error:  # noqa: BLE001 - the group would put it into another
            failure = error
        finally:
            tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


def _try(is_live: Callable[[], bool]) -> bool | None:
    try:
        return is_live()
    except Exception:  # noqa: BLE001 - the block that it goes on beside has nothing to do with it
        return None


async def _try_async(is_live: Callable[[], Awaitable[bool]]) -> bool | None:
    try:
        return await is_live()
    except Exception:  # noqa: BLE001 - as above
        return None
