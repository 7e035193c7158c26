"""What may go wrong on the way to a server: each kind is told what to do with one request."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from safelight.testing.loopback import (
    Application,
    BrokenOff,
    Message,
    Receive,
    Scope,
    SendMessage,
)

CSRF_HEADERS = frozenset({b"x-csrf-token", b"x-xsrf-token"})
"""Where Pixieset's apps show their token."""
CREDENTIAL_HEADERS = frozenset({b"authorization", b"cookie", b"jsession", b"x-ps-auth-token"})
"""Where the services are shown a session. PhotoShelter's API key is none."""


class Fault(Protocol):
    async def meet(
        self, application: Application, scope: Scope, receive: Receive, send: SendMessage
    ) -> None:
        """Answer a request, or let the application answer it."""
        ...


@dataclass(frozen=True)
class Answer:
    """An answer in the server's place. `after`: the server does its work all the same, and only its
    own answer is lost. `breaks`: half of `body` is missing when the connection ends. `delay` is in
    seconds."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    after: bool = False
    breaks: bool = False
    delay: float = 0.0

    async def meet(
        self, application: Application, scope: Scope, receive: Receive, send: SendMessage
    ) -> None:
        await asyncio.sleep(self.delay)
        if self.after:
            await application(scope, receive, _swallow)
        length = len(self.body) * (2 if self.breaks else 1)
        headers = {"content-length": str(length), **self.headers}
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": encoded})
        await send({"type": "http.response.body", "body": self.body, "more_body": self.breaks})
        if self.breaks:
            raise BrokenOff


@dataclass(frozen=True)
class Late:
    """The server's own answer, after so many seconds. `after`: it works at once, and its answer
    waits."""

    seconds: float
    after: bool = False

    async def meet(
        self, application: Application, scope: Scope, receive: Receive, send: SendMessage
    ) -> None:
        if not self.after:
            await asyncio.sleep(self.seconds)
            await application(scope, receive, send)
            return
        held: list[Message] = []
        await application(scope, receive, _keep(held))
        await asyncio.sleep(self.seconds)
        for message in held:
            await send(message)


@dataclass(frozen=True)
class Truncated:
    """The server's own answer, whose connection ends in the middle of the body; without a body, in
    the place of the whole answer."""

    async def meet(
        self, application: Application, scope: Scope, receive: Receive, send: SendMessage
    ) -> None:
        held: list[Message] = []
        await application(scope, receive, _keep(held))
        body = b"".join(message.get("body", b"") for message in held)
        if body:
            half = body[: len(body) // 2]
            await send(held[0])
            await send({"type": "http.response.body", "body": half, "more_body": True})
        raise BrokenOff


@dataclass(frozen=True)
class Reset:
    """No answer: the connection is reset. `after`: once the server has done its work."""

    after: bool = False

    async def meet(
        self, application: Application, scope: Scope, receive: Receive, send: SendMessage
    ) -> None:
        if self.after:
            await application(scope, receive, _swallow)
        raise BrokenOff(reset=True)


@dataclass(frozen=True)
class Without:
    """The server answers a request that has lost these headers, such as a token: in its own words,
    which are the real service's as far as they are known."""

    headers: frozenset[bytes]

    async def meet(
        self, application: Application, scope: Scope, receive: Receive, send: SendMessage
    ) -> None:
        kept = [pair for pair in scope["headers"] if pair[0].lower() not in self.headers]
        await application({**scope, "headers": kept}, receive, send)


async def _swallow(message: Any) -> None:
    pass


def _keep(held: list[Message]) -> SendMessage:
    async def keep(message: Message) -> None:
        held.append(message)

    return keep
