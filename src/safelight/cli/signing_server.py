"""An address of this machine that signs what comes to it, for one user, for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from safelight.cli.forwarding import peers
from safelight.cli.forwarding.asked import SAFE, Asked, plain_path
from safelight.cli.forwarding.closed import require_open
from safelight.cli.forwarding.gate import CREDENTIALS, HOP_BY_HOP, Fields, Reply
from safelight.cli.forwarding.server import ForwardingServer, Listening
from safelight.client.client import Client
from safelight.client.errors import Unsupported
from safelight.errors import Forbidden

_NOT_SENT_ON = (
    HOP_BY_HOP | CREDENTIALS | {"accept-encoding", "content-length", "expect", "host"}
    | {"origin", "referer"}
)  # fmt: skip
"""The program has no credentials of its own here, and its address is none of the service's."""

_NOT_SENT_BACK = HOP_BY_HOP | CREDENTIALS | {"alt-svc", "set-cookie", "strict-transport-security"}
"""What an answer renews is the client's."""


class Limits(NamedTuple):
    """`paths` are those that are allowed, with all below them; none means all but the closed."""

    paths: tuple[str, ...]
    read_only: bool
    lifetime: timedelta


class OwnProgram:
    """The gate for one program of this user's, at `url`."""

    most_bytes: int = 1 << 40

    def __init__(self, limits: Limits, url: str) -> None:
        self.url = url
        self._limits = limits
        self._until = time.monotonic() + limits.lifetime.total_seconds()

    def answer(self, asked: Asked, read_body: Callable[[int], bytes]) -> Reply | None:
        self._require_own_caller(asked)
        self._require_allowed(asked)
        return None

    def is_sent_on(self, name: str) -> bool:
        return name not in _NOT_SENT_ON

    def is_sent_back(self, name: str) -> bool:
        return name not in _NOT_SENT_BACK

    def adds(self, asked: Asked) -> Fields:
        return ()

    def _require_own_caller(self, asked: Asked) -> None:
        """Raises Forbidden for a page of another origin in this user's browser, also for one whose
        name was made to lead here."""
        host, origin = asked.header("host"), asked.header("origin")
        own = self.url.removeprefix("http://")
        if host not in (own, own.replace(peers.LOOPBACK, "localhost")):
            raise Forbidden("This address answers under its own name alone.")
        is_foreign = asked.header("sec-fetch-site") in ("cross-site", "same-site")
        if is_foreign or origin not in ("", self.url, f"http://{host}"):
            raise Forbidden("This address does not answer pages of other origins.")

    def _require_allowed(self, asked: Asked) -> None:
        """Raises Forbidden or MalformedRequest for what this program may not ask."""
        if time.monotonic() >= self._until:
            raise Forbidden("The time for which this address was good is over.")
        if self._limits.read_only and not SAFE.issuperset(asked.methods):
            raise Forbidden("Only GET and HEAD are allowed here.")
        plain = plain_path(asked.target)
        require_open(plain, asked.methods)
        allowed = self._limits.paths
        if allowed and not any(plain == each or plain.startswith(f"{each}/") for each in allowed):
            raise Forbidden(f"{plain} is not among the allowed paths.")


@contextmanager
def signing_server(client: Client, limits: Limits) -> Iterator[tuple[ForwardingServer, str]]:
    """The server, and its address. Raises Unsupported where it cannot be told whose connection it
    is."""
    if not peers.tells():
        raise Unsupported("This machine does not tell whose a connection is (/proc/net/tcp).")
    listening = Listening(peers.LOOPBACK, 0, own_user=True)
    with ForwardingServer(listening, client, lambda port: OwnProgram(limits, _url(port))) as server:
        yield server, _url(server.server_port)


def _url(port: int) -> str:
    return f"http://{peers.LOOPBACK}:{port}"
