"""What a flow may ask of whoever runs it, so that one flow serves blocking and async callers.

A flow is a generator that does nothing itself: it yields a step, and is sent what came of it. How
a step is taken is the driver's affair (`auth.py` inside httpx2, `driving.py` above it). A request
that fails is thrown into the flow as httpx2's error, where the driver stands above httpx2.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar, cast

import httpx2
import msgspec

from safelight.client.turn import Claim, never
from safelight.errors import SafelightError

Value = TypeVar("Value")


class Send(msgspec.Struct, frozen=True):
    """Send a request; what comes of it is the response. With `whole`, its body is read before."""

    request: httpx2.Request
    whole: bool = False


class TakeTurn(msgspec.Struct, frozen=True):
    """Wait until a claim has the turn, or `needless`; what comes of it is whether it has. Giving it
    back needs no step: it never waits."""

    claim: Claim
    needless: Callable[[], bool] = never


class Run(msgspec.Struct, Generic[Value], frozen=True):
    """Do work that may block (a file, a keyring, a slow hash); what comes of it is its result."""

    work: Callable[[], Value]


class Pause(msgspec.Struct, frozen=True):
    """Wait for so many seconds."""

    seconds: float


class Discard(msgspec.Struct, frozen=True):
    """An answer that nobody will see is let go, its connection kept where that is cheap."""

    response: httpx2.Response


class Read(msgspec.Struct, frozen=True):
    """Read the rest of an answer's body."""

    response: httpx2.Response


class Finish(msgspec.Struct, Generic[Value], frozen=True):
    """Take these steps to their end, even where the caller is interrupted or cancelled meanwhile;
    what comes of it is their result. For what cannot be left half done: a renewal that spends the
    token that it is made with."""

    steps: Generator[Any, Any, Value]


Failure = httpx2.TransportError | httpx2.DecodingError
"""How a request fails: no answer, or one that breaks off, or that nobody can read."""
FAILURES = (httpx2.TransportError, httpx2.DecodingError)

Step = Send | Read | Discard | TakeTurn | Run[Any] | Pause | Finish[Any]
Steps = Generator[Step, Any, Value]


def send(request: httpx2.Request, *, whole: bool = False) -> Steps[httpx2.Response]:
    response = yield Send(request, whole)
    return cast(httpx2.Response, response)


def finish(steps: Steps[Value]) -> Steps[Value]:
    result = yield Finish(steps)
    return cast(Value, result)


def flat(steps: Steps[Value]) -> Steps[Value]:
    """The same, for a driver that cannot finish anything alone: one after the other."""
    answer: object = None
    failure: Exception | None = None
    try:
        while True:
            try:
                step = steps.send(answer) if failure is None else steps.throw(failure)
            except StopIteration as done:
                result: Value = done.value
                return result
            answer = failure = None
            try:
                answer = (yield from flat(step.steps)) if isinstance(step, Finish) else (yield step)
            except (*FAILURES, SafelightError) as error:
                failure = error
    finally:
        steps.close()


def take(claim: Claim, needless: Callable[[], bool]) -> Steps[bool]:
    is_ours = yield TakeTurn(claim, needless)
    return cast(bool, is_ours)


def run(work: Callable[[], Value]) -> Steps[Value]:
    result = yield Run(work)
    return cast(Value, result)
