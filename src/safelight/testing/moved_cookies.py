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
                message = {**message, "headers": self._moved(message, moved)}
            await send(message)

        await self.let_through(application, scope, receive, add)

    def _moved(self, message: Message, shown: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
        """The headers of an answer, with new values for the cookies that were shown. What the
        server sets of them itself is known to it alone; what it takes away is gone."""
        told = {
            _name_of(line): line.partition("=")[2].partition(";")[0] for line in _set_by(message)
        }
        moving = {name: value for name, value in shown if told.get(name, value)}
        kept = [
            (name, line)
            for name, line in message["headers"]
            if name.lower() != b"set-cookie" or _name_of(line.decode("latin-1")) not in moving
        ]
        return [*kept, *(self._move(each, moving[each], told.get(each)) for each in moving)]

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
                headers = [self._renamed(name, line) for name, line in message["headers"]]
                message = {**message, "headers": headers}
            await send(message)

        await application(scope, receive, note)

    def _renamed(self, name: bytes, line: bytes) -> tuple[bytes, bytes]:
        """A value that the client must not see again goes by the one that it has for it."""
        if name.lower() != b"set-cookie":
            return name, line
        cookie, _, rest = line.decode("latin-1").partition("=")
        value, _, attributes = rest.partition(";")
        ours = next((each for each, known in self._values.items() if known == value), None)
        if value not in self._over or ours is None:
            return name, line
        return name, f"{cookie}={ours};{attributes}".encode("latin-1")

    def _move(self, name: str, value: str, told: str | None) -> tuple[bytes, bytes]:
        fresh = secrets.token_urlsafe(24)
        newest = told or value
        self._values[fresh] = self._values.get(newest, newest)
        self._values.pop(value, None)
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
