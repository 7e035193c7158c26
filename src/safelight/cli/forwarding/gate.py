"""What decides about the requests that come to an address of ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from safelight.cli.forwarding.asked import Asked
from safelight.client.leaks import CREDENTIALS as CREDENTIALS

Fields = tuple[tuple[str, str], ...]


class Reply(NamedTuple):
    """An answer of our own."""

    status: int
    fields: Fields = ()
    content: bytes = b""


class Gate(Protocol):
    """One gate serves every thread of a server."""

    @property
    def most_bytes(self) -> int:
        """The longest body that is taken."""
        ...

    def answer(self, asked: Asked, read_body: Callable[[int], bytes]) -> Reply | None:
        """An answer of our own, or None for what is to be signed and sent on. Raises SafelightError
        for what is refused. `read_body` takes at most so many bytes, and raises TooLarge."""
        ...

    def is_sent_on(self, name: str) -> bool:
        """Whether the service gets a header, by its lower-case name."""
        ...

    def is_sent_back(self, name: str) -> bool:
        """Whether the caller gets a header of the service's answer, by its lower-case name."""
        ...

    def adds(self, asked: Asked) -> Fields:
        """The headers that every answer has besides, refusals too."""
        ...


HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""RFC 9110 §7.6.1: for one connection, not to be sent on."""
