"""Work that comes to its end whatever happens to whoever waits for it."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import Any, Protocol, TypeVar

import anyio

Value = TypeVar("Value")

_LONGEST_SECONDS = 60.0
"""More than a request takes; whoever is interrupted waits no longer."""


def to_the_end(work: Callable[[], Value]) -> Value:
    """What `work` comes to, done in a thread of its own. An interrupt, such as Ctrl-C, is raised
    when it is done, or after a minute; another one changes nothing."""
    outcome: Future[Value] = Future()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            outcome.set_exception(error)

    thread = threading.Thread(target=copy_context().run, args=(do,), name="safelight renewal")
    try:
        thread.start()
    except RuntimeError:  # there is no room for another
        return work()
    waiting = _Waiting()
    while waiting.goes_on(outcome):
        try:
            # A thread's own `join` takes it for ended once it was interrupted.
            wait([outcome], waiting.seconds)
        except BaseException as interrupt:  # noqa: BLE001 - it is raised afterwards
            waiting.note(interrupt)
    waiting.end()
    return outcome.result()


async def to_the_end_async(work: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
    """As `to_the_end`, in a task of its own; it is a cancellation that waits. Whoever stops the
    event loop itself, as `asyncio.run` does at its end, stops the task as well: close the client
    before, as `async with` does."""
    with anyio.CancelScope(shield=True):
        outcome = await (_in_a_task(work) if _has_asyncio() else work())
    return outcome  # noqa: RET504 - as far as types know, the scope may swallow what is raised


def _has_asyncio() -> bool:
    """Else it is trio, which cancels by scopes alone."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def _in_a_task(work: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
    task = asyncio.create_task(work())
    waiting = _Waiting()
    while waiting.goes_on(task):
        try:
            await asyncio.wait([task], timeout=waiting.seconds)
        except asyncio.CancelledError as interrupt:
            waiting.note(interrupt)
    if waiting.interrupt is not None and task.done() and not task.cancelled():
        task.exception()  # what nobody has looked at would be logged, with all that it has
    waiting.end()
    return task.result()


class _Waiting:
    """For work to be done; only so long once it was interrupted."""

    def __init__(self) -> None:
        self.interrupt: BaseException | None = None
        self._until = math.inf

    @property
    def seconds(self) -> float | None:
        return None if self.interrupt is None else max(self._until - time.monotonic(), 0)

    def goes_on(self, work: _Work) -> bool:
        return not work.done() and time.monotonic() < self._until

    def note(self, interrupt: BaseException) -> None:
        if self.interrupt is None:
            self.interrupt, self._until = interrupt, time.monotonic() + _LONGEST_SECONDS

    def end(self) -> None:
        """Raises the interrupt that there was."""
        if self.interrupt is not None:
            raise self.interrupt


class _Work(Protocol):
    def done(self) -> bool: ...
