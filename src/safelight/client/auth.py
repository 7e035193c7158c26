"""Sign-in for anybody's `httpx2.Client` or `AsyncClient`: one class a service.

Keep `follow_redirects` off in such a client (it is, unless asked for): httpx2 takes the headers of
these services along to wherever a redirect leads. `safelight.Client` follows them with care.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Literal, TypedDict, Unpack

import anyio.to_thread
import httpx2

from safelight.client.addresses import read_url
from safelight.client.events import Event
from safelight.client.grant import ONLY, Credentials, Grant
from safelight.client.holding import Holding
from safelight.client.keeping import AccountKey, Keeper
from safelight.client.keeping.memory import MemoryKeeper
from safelight.client.protocols import pixieset
from safelight.client.protocols.librephotos import LibrePhotosWire
from safelight.client.protocols.native import NativeWire
from safelight.client.protocols.photoshelter import SERVICE_URL, PhotoShelterWire
from safelight.client.protocols.pixieset import PixiesetWire, RealmName
from safelight.client.protocols.recorder_monitor import RecorderMonitorWire
from safelight.client.session import Session
from safelight.client.signing import CredentialSource, Signing
from safelight.client.steps import Run, Send, TakeTurn
from safelight.client.wire import Wire
from safelight.clock import Clock, SystemClock
from safelight.errors import ConfigurationError
from safelight.identity.realm import Carrier
from safelight.secret import Secret

__all__ = [
    "ONLY",
    "Credentials",
    "LibrePhotos",
    "PhotoShelter",
    "Pixieset",
    "RecorderMonitor",
    "Safelight",
    "SessionAuth",
]

Given = Credentials | tuple[str, str] | Callable[[], Credentials | None] | None
"""What to sign in with: a name and a password, or a function that is asked when it is needed."""


class Options(TypedDict, total=False):
    """What every class here takes besides its own.

    `account` names whose sign-in it is where `credentials` is a function or nothing; `keeper` is
    where it rests between runs (in memory if not given), `on_event` is told what happens.
    """

    account: str
    keeper: Keeper
    clock: Clock
    allow_plain_http: bool
    on_event: Callable[[Event], None]


class SessionAuth(httpx2.Auth):
    """Signs in when that is needed, once for all threads, tasks and processes that share `keeper`,
    and repeats what met the end of a session."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        steps = self.session.carry(request)
        answer: object = None
        try:
            while True:
                try:
                    step = steps.send(answer)
                except StopIteration:
                    return
                match step:
                    case Send(request=asked, whole=whole):
                        response = yield asked
                        if whole or self.session.wire.wants_body(response):
                            response.read()
                        answer = response
                    case Run(work=work):
                        answer = work()
                    case TakeTurn(turn=turn):
                        turn.take()
                        answer = None
        finally:
            steps.close()

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        steps = self.session.carry(request)
        answer: object = None
        try:
            while True:
                try:
                    step = steps.send(answer)
                except StopIteration:
                    return
                match step:
                    case Send(request=asked, whole=whole):
                        response = yield asked
                        if whole or self.session.wire.wants_body(response):
                            await response.aread()
                        answer = response
                    case Run(work=work):
                        answer = await anyio.to_thread.run_sync(work)
                    case TakeTurn(turn=turn):
                        await turn.take_async()
                        answer = None
        finally:
            steps.close()


class Pixieset(SessionAuth):
    """`realm` is the app, `studio` or `galleries`; each has sessions of its own."""

    def __init__(
        self,
        realm: RealmName,
        url: str | None = None,
        *,
        credentials: Given = None,
        **options: Unpack[Options],
    ) -> None:
        wire = PixiesetWire(read_url(url or pixieset.SERVICE_URLS[realm]), realm)
        super().__init__(_open(wire, credentials, Carrier.COOKIE, None, options))


class PhotoShelter(SessionAuth):
    """`organization` is the id of the one to act for, or `ONLY`; `mode` is `token` or `cookie`."""

    def __init__(
        self,
        url: str = SERVICE_URL,
        *,
        credentials: Given = None,
        api_key: str | Secret,
        mode: Literal["token", "cookie"] = "token",
        organization: str | None = None,
        **options: Unpack[Options],
    ) -> None:
        wire = PhotoShelterWire(read_url(url), _secret(api_key))
        carrier = Carrier.COOKIE if mode == "cookie" else Carrier.HEADER
        super().__init__(_open(wire, credentials, carrier, organization, options))


class LibrePhotos(SessionAuth):
    def __init__(self, url: str, *, credentials: Given = None, **options: Unpack[Options]) -> None:
        wire = LibrePhotosWire(read_url(url))
        super().__init__(_open(wire, credentials, Carrier.BEARER, None, options))


class RecorderMonitor(SessionAuth):
    def __init__(self, url: str, *, credentials: Given = None, **options: Unpack[Options]) -> None:
        wire = RecorderMonitorWire(read_url(url))
        super().__init__(_open(wire, credentials, Carrier.HEADER, None, options))


class Safelight(SessionAuth):
    """`token` is one that needs no sign-in, such as a personal access token; `organization` as for
    PhotoShelter."""

    def __init__(
        self,
        url: str,
        *,
        credentials: Given = None,
        token: str | Secret | None = None,
        organization: str | None = None,
        **options: Unpack[Options],
    ) -> None:
        wire = NativeWire(read_url(url))
        super().__init__(_open(wire, credentials, Carrier.BEARER, organization, options))
        if token is not None:
            self.session.holding.begin_with(Grant(session_token=_secret(token)))


def _open(
    wire: Wire,
    credentials: Given,
    carrier: Carrier,
    organization: str | None,
    options: Options,
) -> Session:
    source, identifier = _source_of(credentials)
    account = options.get("account") or identifier
    keeper = options.get("keeper") or MemoryKeeper()
    if not account and not isinstance(keeper, MemoryKeeper):
        raise ConfigurationError("Name the account: what is kept has to be found under its name.")
    clock = options.get("clock") or SystemClock()
    key = AccountKey(
        service=wire.service,
        origin=str(wire.url),
        account=account,
        organization=organization or "",
    )
    return Session(
        wire,
        Holding(key, keeper, clock),
        Signing(wire, source, clock, carrier, organization),
        clock,
        allow_plain_http=options.get("allow_plain_http", False),
        on_event=options.get("on_event"),
    )


def _source_of(given: Given) -> tuple[CredentialSource, str]:
    """A function that gives the credentials, and whose they are, as far as that can be said."""
    if given is None or callable(given):
        return given or (lambda: None), ""
    if isinstance(given, tuple):
        given = Credentials(identifier=given[0], password=Secret(given[1]))
    found = given
    return (lambda: found), found.identifier


def _secret(text: str | Secret) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)
