"""Sign-in for anybody's `httpx2.Client` or `AsyncClient`: one class a service.

Keep `follow_redirects` off in such a client (it is, unless asked for): httpx2 takes the headers of
these services along to wherever a redirect leads. `safelight.Client` follows them with care.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from typing import Literal, TypedDict, Unpack, get_args

import anyio.to_thread
import httpx2
import msgspec

from safelight.client.addresses import read_url
from safelight.client.choices import require_choice
from safelight.client.events import Event
from safelight.client.grant import ONLY, Credentials, Grant
from safelight.client.holding import Holding
from safelight.client.keeping import AccountKey, Keeper
from safelight.client.keeping.memory import MemoryKeeper
from safelight.client.library import NOTHING, Library, librephotos, native, photoshelter
from safelight.client.library.pixieset import open_galleries, open_studio
from safelight.client.logs import veil_logs
from safelight.client.protocols.librephotos import LibrePhotosWire
from safelight.client.protocols.native import NativeWire
from safelight.client.protocols.photoshelter import SERVICE_URL, PhotoShelterWire
from safelight.client.protocols.pixieset import SERVICE_URLS, PixiesetWire, RealmName
from safelight.client.protocols.recorder_monitor import RecorderMonitorWire
from safelight.client.sendable import require_header, require_sendable, require_text
from safelight.client.session import Session
from safelight.client.signing import CredentialSource, Signing
from safelight.client.steps import Read, Run, Send, Step, TakeTurn, flat
from safelight.client.wire import Wire
from safelight.clock import Clock, SystemClock
from safelight.errors import ConfigurationError, SafelightError
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
    "Target",
    "open_auth",
]

Given = Credentials | tuple[str, str] | Callable[[], Credentials | None] | None
"""What to sign in with: a name and a password, or a function that is asked when it is needed."""


Mode = Literal["token", "cookie"]
"""How a session of PhotoShelter is carried."""

_PIXIESET_LIBRARIES = {"studio": open_studio, "galleries": open_galleries}


class Options(TypedDict, total=False):
    """What every class here takes besides its own; each may be left out."""

    account: str
    """Whose sign-in it is, where `credentials` is a function or nothing."""
    keeper: Keeper
    """Where it rests between runs; in memory, for this run alone, if not given."""
    clock: Clock
    """What time it is; the system's clock if not given."""
    allow_plain_http: bool
    """Sign in over `http://` to another machine, where anybody between can read it."""
    on_event: Callable[[Event], None]
    """Told what happens to the session, from whichever thread it happens in, before it is over: to
    close the client from in here would wait for itself."""


class SessionAuth(httpx2.Auth):
    """What the class of each service is: an `httpx2.Auth` for one account.

    It signs in when that is needed, once for all threads and tasks that share it, and for all
    processes that share the files of `keeper`, and repeats what met the end of a session.

    In a client of httpx2's own, whoever interrupts or cancels a call breaks off the renewal that it
    needed, too; where the service gives a new refresh token with each, that session is then over.
    `safelight.Client` and `AsyncClient` bring it to its end first.
    """

    def __init__(self, session: Session, library: Library = NOTHING) -> None:
        veil_logs()
        self.session = session
        self.library = library

    def sync_auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        steps = flat(self.session.carry(request))
        answer: object = None
        failure: SafelightError | None = None
        try:
            while True:
                try:
                    step = steps.send(answer) if failure is None else steps.throw(failure)
                except StopIteration:
                    return
                answer = failure = None
                if isinstance(step, Send):
                    response = yield step.request
                    if step.whole:
                        response.read()
                    answer = response
                    continue
                try:
                    answer = _take(step)
                except SafelightError as error:
                    failure = error
        finally:
            steps.close()

    async def async_auth_flow(
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        steps = flat(self.session.carry(request))
        answer: object = None
        failure: SafelightError | None = None
        try:
            while True:
                try:
                    step = steps.send(answer) if failure is None else steps.throw(failure)
                except StopIteration:
                    return
                answer = failure = None
                if isinstance(step, Send):
                    response = yield step.request
                    if step.whole:
                        await response.aread()
                    answer = response
                    continue
                try:
                    answer = await _take_async(step)
                except SafelightError as error:
                    failure = error
        finally:
            steps.close()


def _take(step: Step) -> object:
    match step:
        case Read(response=response):
            response.read()
        case Run(work=work):
            return work()
        case TakeTurn(claim=claim, needless=needless):
            return claim.take(needless)
    return None


async def _take_async(step: Step) -> object:
    match step:
        case Read(response=response):
            await response.aread()
        case Run(work=work):
            return await anyio.to_thread.run_sync(work)
        case TakeTurn(claim=claim, needless=needless):
            return await claim.take_async(needless)
    return None


class Pixieset(SessionAuth):
    """Pixieset: cookies, and a CSRF token with each write. `realm` is the app, `studio` or
    `galleries`; each has sessions of its own. `url` is the service itself if not given."""

    def __init__(
        self,
        realm: RealmName,
        url: str | None = None,
        *,
        credentials: Given = None,
        **options: Unpack[Options],
    ) -> None:
        require_choice("realm", realm, get_args(RealmName))
        wire = PixiesetWire(read_url(url or SERVICE_URLS[realm]), realm)
        session = _open(wire, credentials, Carrier.COOKIE, None, options)
        super().__init__(session, _PIXIESET_LIBRARIES[realm](wire.url))


class PhotoShelter(SessionAuth):
    """PhotoShelter, v3: an API key with everything, and a token, or with `mode="cookie"` a cookie
    that moves with each answer. `organization` is the id of the one to act for, or `ONLY`."""

    def __init__(
        self,
        url: str = SERVICE_URL,
        *,
        credentials: Given = None,
        api_key: str | Secret,
        mode: Mode = "token",
        organization: str | None = None,
        **options: Unpack[Options],
    ) -> None:
        require_choice("mode", mode, get_args(Mode))
        wire = PhotoShelterWire(read_url(url), require_header(_secret(api_key), "The API key"))
        carrier = Carrier.COOKIE if mode == "cookie" else Carrier.HEADER
        session = _open(wire, credentials, carrier, organization, options)
        super().__init__(session, photoshelter.open_library(wire.url))


class LibrePhotos(SessionAuth):
    """LibrePhotos: an access token of minutes, which is renewed with a refresh token of days."""

    def __init__(self, url: str, *, credentials: Given = None, **options: Unpack[Options]) -> None:
        wire = LibrePhotosWire(read_url(url))
        session = _open(wire, credentials, Carrier.BEARER, None, options)
        super().__init__(session, librephotos.open_library(wire.url))


class RecorderMonitor(SessionAuth):
    """The Recorder Monitor: a session token in a header. `url` is the folder that `api` is in."""

    def __init__(self, url: str, *, credentials: Given = None, **options: Unpack[Options]) -> None:
        wire = RecorderMonitorWire(read_url(url))
        super().__init__(_open(wire, credentials, Carrier.HEADER, None, options))


class Safelight(SessionAuth):
    """A Safelight server's own API. `token` is one that needs no sign-in, such as a personal access
    token; `organization` as for PhotoShelter."""

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
        session = _open(wire, credentials, Carrier.BEARER, organization, options)
        super().__init__(session, native.open_library(wire.url))
        if token is not None:
            known = require_header(_secret(token), "The token")
            self.session.holding.begin_with(Grant(session_token=known))


Service = Literal["pixieset", "photoshelter", "librephotos", "recorder-monitor", "safelight"]
SERVICES: tuple[str, ...] = get_args(Service)


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A service, and how to use it. `url` is None for the real one, where there is only one;
    `realm` is Pixieset's app, `mode` PhotoShelter's."""

    service: Service
    url: str | None = None
    realm: RealmName = "galleries"
    mode: Mode = "token"
    organization: str | None = None


def open_auth(
    target: Target,
    *,
    credentials: Given = None,
    api_key: str | Secret | None = None,
    token: str | Secret | None = None,
    **options: Unpack[Options],
) -> SessionAuth:
    """The class for a service that is named by a word. Raises ConfigurationError for what is
    missing, and for a word that is none of those that there are."""
    require_choice("service", target.service, SERVICES)
    match target.service:
        case "pixieset":
            return Pixieset(target.realm, target.url, credentials=credentials, **options)
        case "photoshelter":
            if api_key is None:
                raise ConfigurationError("PhotoShelter needs an API key.")
            return PhotoShelter(
                target.url or SERVICE_URL,
                credentials=credentials,
                api_key=api_key,
                mode=target.mode,
                organization=target.organization,
                **options,
            )
        case "librephotos":
            return LibrePhotos(_require_url(target), credentials=credentials, **options)
        case "recorder-monitor":
            return RecorderMonitor(_require_url(target), credentials=credentials, **options)
        case "safelight":
            return Safelight(
                _require_url(target),
                credentials=credentials,
                token=token,
                organization=target.organization,
                **options,
            )


def _require_url(target: Target) -> str:
    if target.url is None:
        raise ConfigurationError(f"{target.service} runs at an address of its own: give it.")
    return target.url


def _open(
    wire: Wire,
    credentials: Given,
    carrier: Carrier,
    organization: str | None,
    options: Options,
) -> Session:
    source, identifier = _source_of(credentials)
    account = options.get("account") or identifier
    require_text(account, "The account's name")
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
    holding = Holding(key, keeper, clock)
    return Session(
        wire,
        holding,
        Signing(wire, source, clock, carrier, organization, holding.quiet),
        clock,
        allow_plain_http=options.get("allow_plain_http", False),
        on_event=options.get("on_event"),
    )


def _source_of(given: Given) -> tuple[CredentialSource, str]:
    """A function that gives the credentials, and whose they are, as far as that can be said.
    Raises ConfigurationError for what cannot be sent."""
    if given is None or callable(given):
        return given or (lambda: None), ""
    if isinstance(given, tuple):
        given = Credentials(identifier=given[0], password=Secret(given[1]))
    found = given
    require_sendable(found)
    return (lambda: found), found.identifier


def _secret(text: str | Secret) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)
