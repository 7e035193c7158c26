"""Steps taken with a blocking or an async httpx2 client."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from functools import partial
from typing import TypeVar

import anyio.to_thread
import httpx2

from safelight.client.finishing import to_the_end, to_the_end_async
from safelight.client.leaks import credentials_in, hush
from safelight.client.steps import (
    FAILURES,
    Discard,
    Finish,
    Pause,
    Read,
    Run,
    Send,
    Step,
    Steps,
    TakeTurn,
)
from safelight.errors import SafelightError

Value = TypeVar("Value")


class _None(httpx2.Auth):
    """The flow writes credentials itself, and those that an address has are nobody's. Quicker than
    httpx2's own, which is made for more."""

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        yield request

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        yield request


_NONE = _None()
_CHEAP_BYTES = 64 * 1024
_REMEMBERED = 16
"""Requests whose credentials an error does not repeat: more than redirects can make of one."""


def drive(steps: Steps[Value], client: httpx2.Client, sleep: Callable[[float], None]) -> Value:
    """Take the steps of a flow to its end; what it returns. Its pauses are spent in `sleep`."""
    answer: object = None
    failure: Exception | None = None
    sent = _Sent()
    try:
        while True:
            try:
                step = steps.send(answer) if failure is None else steps.throw(failure)
            except StopIteration as done:
                result: Value = done.value
                return result
            except SafelightError as error:
                hush(error, sent.credentials())
                raise
            answer = failure = None
            try:
                if isinstance(step, Send):
                    sent.add(step.request)
                    _dress(step.request, client.timeout, client.headers)
                    answer = client.send(
                        step.request, stream=not step.whole, auth=_NONE, follow_redirects=False
                    )
                elif isinstance(step, Pause):
                    sleep(step.seconds)
                elif isinstance(step, Finish):
                    answer = to_the_end(partial(drive, step.steps, client, sleep))
                else:
                    answer = _take(step)
            except (*FAILURES, SafelightError) as error:
                failure = error  # the flow decides what it means
    finally:
        steps.close()  # whatever stopped it, a turn is given back at once


def _take(step: Step) -> object:
    match step:
        case Read(response=response):
            response.read()
        case Discard(response=response):
            if _is_cheap(response):
                response.read()
            response.close()
        case TakeTurn(claim=claim, needless=needless):
            return claim.take(needless)
        case Run(work=work):
            return work()
    return None


async def drive_async(
    steps: Steps[Value], client: httpx2.AsyncClient, sleep: Callable[[float], Awaitable[None]]
) -> Value:
    """As `drive`."""
    answer: object = None
    failure: Exception | None = None
    sent = _Sent()
    try:
        while True:
            try:
                step = steps.send(answer) if failure is None else steps.throw(failure)
            except StopIteration as done:
                result: Value = done.value
                return result
            except SafelightError as error:
                hush(error, sent.credentials())
                raise
            answer = failure = None
            try:
                if isinstance(step, Send):
                    sent.add(step.request)
                    _dress(step.request, client.timeout, client.headers)
                    answer = await client.send(
                        step.request, stream=not step.whole, auth=_NONE, follow_redirects=False
                    )
                elif isinstance(step, Pause):
                    await sleep(step.seconds)
                elif isinstance(step, Finish):
                    answer = await to_the_end_async(partial(drive_async, step.steps, client, sleep))
                else:
                    answer = await _take_async(step)
            except (*FAILURES, SafelightError) as error:
                failure = error
    finally:
        steps.close()


async def _take_async(step: Step) -> object:
    match step:
        case Read(response=response):
            await response.aread()
        case Discard(response=response):
            if _is_cheap(response):
                await response.aread()
            await response.aclose()
        case TakeTurn(claim=claim, needless=needless):
            return await claim.take_async(needless)
        case Run(work=work):
            return await anyio.to_thread.run_sync(work)
    return None


class _Sent:
    """The headers of what was sent, out of sight of whoever looks at local variables."""

    def __init__(self) -> None:
        self._headers: deque[httpx2.Headers] = deque(maxlen=_REMEMBERED)

    def add(self, request: httpx2.Request) -> None:
        self._headers.append(request.headers)

    def credentials(self) -> set[str]:
        return {text for each in self._headers for text in credentials_in(each.multi_items())}


def _dress(request: httpx2.Request, timeout: httpx2.Timeout, headers: httpx2.Headers) -> None:
    """A request that a flow made has the client's time limits and name, too. Those that the client
    made have both."""
    if "timeout" in request.extensions:
        return
    request.extensions["timeout"] = timeout.as_dict()
    if "user-agent" not in request.headers:
        request.headers["user-agent"] = headers["user-agent"]


def _is_cheap(response: httpx2.Response) -> bool:
    length = response.headers.get("content-length", "")
    return length.isdigit() and int(length) <= _CHEAP_BYTES
