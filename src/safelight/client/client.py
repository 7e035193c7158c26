"""`Client`: requests that arrive, blocking, as an account that stays signed in."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack

import httpx2

from safelight.client import nouns
from safelight.client.auth import Options, Service, SessionAuth, Target, open_auth
from safelight.client.courier import explain
from safelight.client.driving import drive
from safelight.client.events import Event
from safelight.client.grant import Grant
from safelight.client.keep_alive import Beat, Ending, kept_alive
from safelight.client.keeping import Kept
from safelight.client.pacing import Pace, Patience
from safelight.client.protocols.pixieset import RealmName
from safelight.client.setting import (
    HEADERS,
    TIMEOUT,
    Cache,
    NoJar,
    Parameters,
    PerProcess,
    build_request,
    empty_at_changes,
    given,
    open_courier,
    require,
)
from safelight.client.steps import FAILURES, Steps
from safelight.clock import Clock
from safelight.errors import SafelightError
from safelight.secret import Secret

Value = TypeVar("Value")


class Client:
    """Safe to share between threads.

    `request` and its short forms give the answer whatever its status, and raise SafelightError when
    there is none; typed calls (`client.photos.list()`) raise it for a refusal, too. Its `reason`
    says what to do about it.

    `cache` keeps answers as their headers allow, `patience` says how long failures are waited for,
    and `sleep` waits: a test's may turn a clock instead. `clock` is that of `auth` if not given.
    Redirects to another origin are followed without any credential; not at all without
    `follow_elsewhere`.
    """

    def __init__(
        self,
        auth: SessionAuth,
        *,
        cache: Cache | None = None,
        patience: Patience | None = None,
        timeout: httpx2.Timeout = TIMEOUT,
        clock: Clock | None = None,
        transport: httpx2.BaseTransport | None = None,
        follow_elsewhere: bool = True,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.auth = auth
        pace = Pace(patience or Patience(), clock or auth.session.clock, auth.session.holding.quiet)
        self._courier = open_courier(auth.session, pace, follow_elsewhere=follow_elsewhere)
        self._sleep = sleep
        if cache is not None:
            empty_at_changes(auth.session, cache)

        def connect() -> httpx2.Client:
            below = transport
            if cache is not None:
                below = cache.wrap(transport or httpx2.HTTPTransport(), auth.session.holding.key)
            return httpx2.Client(
                base_url=auth.session.wire.url,
                headers=HEADERS,
                cookies=NoJar(),
                timeout=timeout,
                transport=below,
                follow_redirects=False,
            )

        self._connections = PerProcess(connect)

    @property
    def _http(self) -> httpx2.Client:
        return self._connections.here()

    @classmethod
    def open(
        cls,
        service: Service,
        url: str | None = None,
        *,
        username: str | None = None,
        password: str | Secret | None = None,
        api_key: str | Secret | None = None,
        token: str | Secret | None = None,
        realm: RealmName = "galleries",
        organization: str | None = None,
        **options: Unpack[Options],
    ) -> Self:
        """A client of a service that is named by a word; nobody is signed in before the first call.

        `url` may be left out for Pixieset and PhotoShelter, which are at one address for everybody.
        `api_key` is PhotoShelter's, `realm` Pixieset's app, `token` a personal access token of a
        Safelight server, which needs no name and password. `organization` is the id of the one to
        act for, or `auth.ONLY`. Raises ConfigurationError for what is missing, and for a
        service or an app that there is not, PlainHttpRefused for an `http://` address of another
        machine.
        """
        auth = open_auth(
            Target(service=service, url=url, realm=realm, organization=organization),
            credentials=given(username, password),
            api_key=api_key,
            token=token,
            **options,
        )
        return cls(auth)

    @classmethod
    def from_profile(
        cls,
        name: str = "",
        *,
        password: str | Secret | None = None,
        passphrase: str | Secret | None = None,
        folder: Path | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> Self:
        """A client that goes on with what `safelight login` began: of the named profile, else of
        the current one. `password` is for when its session is over, `passphrase` opens an encrypted
        file, `folder` is where the profiles are if not in their usual place.

        Raises ConfigurationError for a profile that there is not, KeepingFailed for a keyring or a
        file that cannot be read.
        """
        # Loaded here alone: the keyring and the cache take a while, and others need neither.
        opening = import_module("safelight.client.opening")
        opened = opening.open_profile(
            name, password=password, passphrase=passphrase, folder=folder, on_event=on_event
        )
        return cls(opened.auth, cache=opened.cache)

    # --- requests -----------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        files: Any = None,
        content: Any = None,
    ) -> httpx2.Response:
        """The answer to a request, its body read. The arguments are httpx2's.

        `path` is below the service's address, or a whole address, which gets no credentials unless
        it is the service's own. Raises what a sign-in raises; Unreachable and Unavailable when
        there is no answer, Unanswered when that leaves a write in doubt; Throttled while the
        service has asked for a longer wait than `patience` allows; UnsafeRedirect; and NotRepeated
        for a body that can be read only once, after the end of a session.
        """
        request = build_request(
            self._http,
            method,
            path,
            params=params,
            headers=headers,
            json=json,
            data=data,
            files=files,
            content=content,
        )
        return self.send(request)

    def get(
        self,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """As `request`, with GET."""
        return self.request("GET", path, params=params, headers=headers)

    def post(self, path: str, **body: Any) -> httpx2.Response:
        """As `request`, with POST; `body` is its `json`, `data`, `files` or `content`."""
        return self.request("POST", path, **body)

    def put(self, path: str, **body: Any) -> httpx2.Response:
        """As `post`, with PUT."""
        return self.request("PUT", path, **body)

    def patch(self, path: str, **body: Any) -> httpx2.Response:
        """As `post`, with PATCH."""
        return self.request("PATCH", path, **body)

    def delete(self, path: str, **body: Any) -> httpx2.Response:
        """As `post`, with DELETE."""
        return self.request("DELETE", path, **body)

    def send(self, request: httpx2.Request) -> httpx2.Response:
        """As `request`, for one that is built already."""
        return drive(self._courier.deliver(request, whole=True), self._http, self._sleep)

    @contextmanager
    def stream(
        self,
        method: str,
        path: str,
        *,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
        content: Any = None,
    ) -> Generator[httpx2.Response]:
        """An answer whose body is read piece by piece, with httpx2's `iter_bytes` and its like.
        Raises as `request` does, while it is read, too."""
        request = build_request(
            self._http, method, path, params=params, headers=headers, content=content
        )
        with self._stream(request) as response:
            try:
                yield response
            except FAILURES as error:
                raise explain(error, request) from None

    @contextmanager
    def _stream(self, request: httpx2.Request) -> Generator[httpx2.Response]:
        response = drive(self._courier.deliver(request, whole=False), self._http, self._sleep)
        try:
            yield response
        finally:
            response.close()

    def error_of(self, response: httpx2.Response) -> SafelightError | None:
        """The error that an answer stands for; None for a success."""
        return self.auth.session.denial_of(response)

    # --- typed calls --------------------------------------------------------------------------

    @property
    def photos(self) -> nouns.Photos:
        """The photos. Raises Unsupported, as the others here, where the service has none."""
        return nouns.Photos(self, require(self.auth.library.photos, "photos"))

    @property
    def galleries(self) -> nouns.Galleries:
        """Galleries, collections or albums."""
        return nouns.Galleries(self, require(self.auth.library.galleries, "galleries"))

    @property
    def customers(self) -> nouns.Customers:
        """Clients and leads."""
        return nouns.Customers(self, require(self.auth.library.customers, "customers"))

    @property
    def notifications(self) -> nouns.Notifications:
        """What the service has to tell."""
        calls = require(self.auth.library.notifications, "notifications")
        return nouns.Notifications(self, calls)

    @property
    def organizations(self) -> nouns.Organizations:
        """Those that the account may act for."""
        calls = require(self.auth.library.organizations, "organizations")
        return nouns.Organizations(self, calls)

    def call(self, make: Callable[[Grant], Steps[Value]]) -> Value:
        """Make a typed call of one's own as whoever is signed in: `make` gets what is held after
        the sign-in, and gives steps, as those of `safelight.client.library` do."""
        grant = self._get_ready()
        steps = self._courier.call(make(grant), self.auth.session.wire)
        return drive(steps, self._http, self._sleep)

    @contextmanager
    def fetch(self, make: Callable[[Grant], httpx2.Request]) -> Generator[httpx2.Response]:
        """The successful answer to a typed request of one's own, to be read piece by piece. Raises
        httpx2's own errors when the reading breaks off."""
        grant = self._get_ready()
        with self._stream(make(grant)) as response:
            if not response.is_success:
                response.read()
                raise self.error_of(response) or SafelightError()
            yield response

    def rest(self, failures: int) -> None:
        """Wait before another try of one's own, as after so many failures in a row."""
        self._sleep(self._courier.pause_after(failures))

    # --- the session --------------------------------------------------------------------------

    def sign_in(self, *, force: bool = False) -> Kept:
        """Sign in now, unless a live session is held already, or `force`. No program has to: the
        first call does it. Raises InvalidCredential for a wrong name or password, CaptchaRequired,
        SecondFactorRequired, ApiKeyRequired, OrganizationUnclear, NotTheService, and Unavailable.
        """
        return self._drive_bare(self.auth.session.sign_in(force=force))

    def adopt(self, grant: Grant) -> Kept:
        """Hold a session that came from elsewhere, such as a browser's cookies."""
        return self._drive_here(self.auth.session.adopt(grant))

    def is_live(self) -> bool:
        """Whether the service takes the session that is held: one cheap call. It is prolonged where
        that needs no password; nobody signs in. An outage is raised, and says neither."""
        return self._drive_bare(self.auth.session.is_live())

    def select_organization(self, organization: str | None) -> Kept:
        """Act for an organization from now on (its id, or `auth.ONLY`), or, with None, for the
        account alone. Raises Unsupported where the service has none, or no way back to None."""
        return self._drive_bare(self.auth.session.select_organization(organization))

    def sign_out(self) -> None:
        """End the session at the service, and drop it here. Raises, and drops nothing, when the
        service cannot be reached."""
        self._drive_bare(self.auth.session.sign_out())

    def forget(self) -> None:
        """Drop the session here, without a word to the service, where it lives on."""
        self._drive_here(self.auth.session.forget())

    def abandon(self) -> None:
        """End the session at the service, and go on with the one that is kept: for a sign-in of
        which `on_event` told that it could not be kept. Raises when the service cannot be reached.
        """
        self._drive_bare(self.auth.session.abandon())

    @contextmanager
    def kept_alive(self, idle: timedelta | None = None) -> Generator[None]:
        """Keep the session from ending while the block runs: a cheap call, in a thread, at half of
        `idle`, which is the service's known limit unless it is given."""
        beat, end = Beat(idle or self.auth.session.wire.idle), Ending()

        def is_live() -> bool:
            steps = self._courier.explained(self.auth.session.is_live())
            return drive(steps, self._http, end.sleep)

        with kept_alive(is_live, beat, end):
            yield

    def close(self) -> None:
        """Write down what was renewed last, and close the connections. The session lives on; `with`
        does this at the end of its block."""
        try:
            self._drive_here(self.auth.session.settle())
        finally:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _get_ready(self) -> Grant:
        """As patient as any call: a sign-in that meets an outage is made again."""
        steps = self._courier.patiently(self.auth.session.ready)
        return drive(steps, self._http, self._sleep)

    def _drive_here(self, steps: Steps[Value]) -> Value:
        """Steps that send nothing."""
        return drive(steps, self._http, self._sleep)

    def _drive_bare(self, steps: Steps[Value]) -> Value:
        """Steps whose requests carry their own credentials."""
        return drive(self._courier.explained(steps), self._http, self._sleep)
