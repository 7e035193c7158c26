"""What the blocking and the async client are set up with alike."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from http.cookiejar import CookieJar
from typing import Any, Generic, Protocol, TypeVar

import httpx2

from safelight import __version__
from safelight.client.courier import Courier
from safelight.client.errors import Unsupported
from safelight.client.events import Event, Happened
from safelight.client.grant import Credentials
from safelight.client.keeping import AccountKey
from safelight.client.pacing import Pace
from safelight.client.session import Session
from safelight.errors import ConfigurationError, MalformedRequest
from safelight.secret import Secret

Noun = TypeVar("Noun")
Made = TypeVar("Made")

HEADERS = {"user-agent": f"safelight/{__version__}", "accept": "application/json, */*;q=0.5"}
TIMEOUT = httpx2.Timeout(30.0, connect=10.0)

Parameters = Mapping[str, str | int | bool | None]

_NEW = frozenset({Happened.SIGNED_IN, Happened.SIGNED_OUT, Happened.ORGANIZATION})


class Emptied(Protocol):
    """What answers an account left behind, as they are thrown away."""

    def empty(self, key: AccountKey) -> None: ...


class Cache(Emptied, Protocol):
    """`cache.AnswerCache`, as seen from here."""

    def wrap(self, transport: httpx2.BaseTransport, key: AccountKey) -> httpx2.BaseTransport: ...

    def wrap_async(
        self, transport: httpx2.AsyncBaseTransport, key: AccountKey
    ) -> httpx2.AsyncBaseTransport: ...


def open_courier(session: Session, pace: Pace, *, follow_elsewhere: bool) -> Courier:
    def tell(pause: timedelta) -> None:
        session.tell(
            Event(what=Happened.PAUSED, service=session.wire.service, seconds=pause.total_seconds())
        )

    within = None if follow_elsewhere else session.wire.url
    return Courier(session.carry, pace, tell, within)


def empty_at_changes(session: Session, cache: Emptied) -> None:
    """Whoever signs in, signs out or changes the organization leaves no answer behind."""

    def listen(event: Event) -> None:
        if event.what in _NEW:
            cache.empty(session.holding.key)

    session.listeners.append(listen)


def build_request(
    http: httpx2.Client | httpx2.AsyncClient, method: str, path: str, **parts: Any
) -> httpx2.Request:
    """As the client of httpx2 does. Raises MalformedRequest for what no request can be made of;
    httpx2's own error would hold it, and it may be secret."""
    try:
        return http.build_request(method, path, **parts)
    except (httpx2.InvalidURL, UnicodeError):
        pass
    raise MalformedRequest(
        "This cannot be sent: the address is none, or a header is not ASCII. Percent-encode the "
        "address, and look for the end of a line in it."
    )


class NoJar(CookieJar):
    """Cookies are the session's affair: a jar beside it would mix two accounts' up."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Take nothing, without reading it all first."""


class PerProcess(Generic[Made]):
    """What a fork must not share, such as connections, on which each would read the other's
    answers: made in each process that asks for it."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._process, self._made = os.getpid(), make()

    def here(self) -> Made:
        if self._process != os.getpid():
            self._process, self._made = os.getpid(), self._make()
        return self._made


def given(username: str | None, password: str | Secret | None) -> Credentials | None:
    """Raises ConfigurationError for one without the other."""
    if username is None and password is None:
        return None
    if username is None or password is None:
        raise ConfigurationError("Give both the name and the password, or neither.")
    secret = password if isinstance(password, Secret) else Secret(password)
    return Credentials(identifier=username, password=secret)


def require(noun: Noun | None, name: str) -> Noun:
    if noun is None:
        raise Unsupported(f"This service has no {name}.")
    return noun
