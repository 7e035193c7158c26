"""A request's body as it arrives, and what becomes of a body that nobody reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from safelight.errors import TooLarge
from safelight.server.http import Request

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_LINGER_SECONDS = 30.0
_LINGER_PAUSE_SECONDS = 5.0


class BodyBroken(Exception):
    """The body ended before it was whole: its client went away, or framed it wrongly."""


class BodyStalled(Exception):
    """The client is there, and sends no more of the body that it promised."""


class Body:
    """`pause_seconds` is how long the next chunk may take."""

    def __init__(self, receive: Receive, pause_seconds: float) -> None:
        self._receive = receive
        self._pause_seconds = pause_seconds
        self.ended: bool = False
        """Whether nothing more is to come, well or badly."""

    async def chunks(self) -> AsyncIterator[bytes]:
        """Raises BodyBroken when it stops short, BodyStalled when nothing more of it comes."""
        while not self.ended:
            try:
                async with asyncio.timeout(self._pause_seconds):
                    message = await self._receive()
            except TimeoutError:
                self.ended = True
                raise BodyStalled from None
            if message["type"] == "http.disconnect":
                self.ended = True
                raise BodyBroken
            self.ended = not message.get("more_body", False)
            if chunk := message.get("body", b""):
                yield chunk

    async def let_pass(self) -> None:
        """Take in what was not read, now that the request is answered, for a while.

        A connection that is closed with bytes unread is reset, and whoever still sends, a proxy or
        a script, then often never sees the answer: a sign-in that is over would look like a fault
        of the network.
        """
        try:
            async with asyncio.timeout(_LINGER_SECONDS):
                while not self.ended:
                    async with asyncio.timeout(_LINGER_PAUSE_SECONDS):
                        message = await self._receive()
                    self.ended = not message.get("more_body", False)
        except TimeoutError:
            self.ended = True


async def read_body(request: Request, chunks: AsyncIterator[bytes], limit: int) -> bytes:
    """The whole body. Raises TooLarge past `limit` bytes; at once, when more is announced."""
    too_large = TooLarge(f"The body may have at most {limit} bytes.", limit)
    announced = request.headers.get(b"content-length", b"")
    if announced.isdigit() and int(announced) > limit:
        raise too_large
    parts: list[bytes] = []
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise too_large
        parts.append(chunk)
    return b"".join(parts)
