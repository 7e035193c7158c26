"""Work that comes to its end whatever happens to whoever waits for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from contextvars import copy_context
from typing import Any, TypeVar

import anyio

Value = TypeVar("Value")


def to_the_end(work: Callable[[], Value]) -> Value:
    """What `work` comes to, done in a thread of its own. An interrupt, such as Ctrl-C, is raised
    when it is done; a second one at once, and the program ends no sooner than the thread."""
    outcome: Future[Value] = Future()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            outcome.set_exception(error)

    thread = threading.Thread(target=copy_context().run, args=(do,), name="safelight renewal")
    thread.start()
    try:
        wait([outcome])  # a thread's own `join` takes it for ended once it was interrupted
    except BaseException:
        wait([outcome])
        raise
    return outcome.result()


async def to_the_end_async(work: Callable[[], Coroutine[Any, Any, Value]]) -> Value:
    """As `to_the_end`, in a task of its own; it is a cancellation that waits."""
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
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # what nobody has looked at would be logged, with all that it has
        raise
