"""Cookies that move on at a test's word, on the way to a server that knows nothing of it."""

from __future__ import annotations

import secrets

from safelight.testing.loopback import Application, Message, Receive, Scope, SendMessage

_CSRF_NAME = "XSRF-TOKEN"


class MovedCookies:
    """Gives a client new values for the cookies that it showed, takes them in the place of the old
    ones, and takes the old ones no more. A fault (`faults.py`) for the request that brings them."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        """What the server knows a cookie as, by what its client does."""
        self._over: set[str] = set()
        self._attributes: dict[str, str] = {}

    async def meet(
        self, application: Application, scope: Scope, receive: Receive, send: SendMessage
    ) -> None:
        moved = [
            (name, value)
            for name, value in _cookies_of(scope)
            if not name.endswith(_CSRF_NAME) and value not in self._over
        ]

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {_name_of(value) for value in _set_by(message)}
                fresh = [self._move(name, value) for name, value in moved if name not in told]
                message = {**message, "headers": [*message["headers"], *fresh]}
            await send(message)

        await self.let_through(application, scope, receive, add)

    async def let_through(
        self, application: Application, scope: Scope, receive: Receive, send: SendMessage
    ) -> None:
        """The server sees its own values, and is shown none that is over."""
        if self._values or self._over:
            scope = {**scope, "headers": self._read(scope)}

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                for value in _set_by(message):
                    self._attributes[_name_of(value)] = value.partition(";")[2]
            await send(message)

        await application(scope, receive, note)

    def _move(self, name: str, value: str) -> tuple[bytes, bytes]:
        fresh = secrets.token_urlsafe(24)
        self._values[fresh] = self._values.pop(value, value)
        self._over.add(value)
        attributes = self._attributes.get(name, " Path=/; HttpOnly")
        return b"set-cookie", f"{name}={fresh};{attributes}".encode("latin-1")

    def _read(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        known = [
            f"{name}={self._values.get(value, value)}"
            for name, value in _cookies_of(scope)
            if value not in self._over
        ]
        others = [pair for pair in scope["headers"] if pair[0].lower() != b"cookie"]
        return [*others, (b"cookie", "; ".join(known).encode("latin-1"))] if known else others


def _cookies_of(scope: Scope) -> list[tuple[str, str]]:
    pairs = [
        pair.strip().partition("=")
        for name, line in scope["headers"]
        if name.lower() == b"cookie"
        for pair in line.decode("latin-1").split(";")
    ]
    return [(name, value) for name, separator, value in pairs if separator]


def _set_by(message: Message) -> list[str]:
    return [
        value.decode("latin-1")
        for name, value in message["headers"]
        if name.lower() == b"set-cookie"
    ]


def _name_of(set_cookie: str) -> str:
    return set_cookie.partition("=")[0].strip()
