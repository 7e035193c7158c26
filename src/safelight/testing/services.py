"""The photo services on loopback: one Safelight in this process, over a folder of its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Unpack

from anyio.from_thread import BlockingPortal, start_blocking_portal

from safelight.bootstrap import make_hashing, open_site, open_stores
from safelight.client.async_client import AsyncClient
from safelight.client.auth import Options, Service, SessionAuth, Target, open_auth
from safelight.client.client import Client
from safelight.client.pacing import Patience
from safelight.clock import Clock, SystemClock, system_entropy
from safelight.config import Settings, read_settings
from safelight.data_folder import prepare_data
from safelight.identity.account import Account
from safelight.identity.organization import Role
from safelight.server.app import App
from safelight.server.serve import Site
from safelight.testing.loopback import listening, opened
from safelight.testing.residents import Residents
from safelight.testing.way import Way

USERNAME = "ada@example.com"
PASSWORD = "correct horse battery"

_QUICK = {"SAFELIGHT_PASSWORDS__MEMORY_KIB": "8", "SAFELIGHT_PASSWORDS__PASSES": "1"}
"""A password costs hardly anything here."""

IMPATIENT = Patience(first=timedelta(milliseconds=1), longest=timedelta(milliseconds=10))
"""Pauses between tries that a test can wait for. `Retry-After` is waited for all the same."""


class SkewedClock:
    """The clock of this machine, or another, and how far the server's is ahead of it."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        return self._clock.now() + self._ahead

    def skew(self, ahead: timedelta | float) -> None:
        """Be so far ahead from now on, a span or seconds; less than zero is behind."""
        self._ahead = ahead if isinstance(ahead, timedelta) else timedelta(seconds=ahead)


class PhotoService:
    """One service of the server, and an account there. `name` is the word that
    `safelight.Client.open` and `safelight login` know it by; `url`, `username`, `password` and
    PhotoShelter's `api_key` are what a program has to be told."""

    def __init__(self, services: PhotoServices, target: Target, api_key: str = "") -> None:
        assert target.url is not None
        self.name: Service = target.service
        self.url: str = target.url
        self.username: str = USERNAME
        self.password: str = PASSWORD
        self.api_key: str = api_key
        self.services: PhotoServices = services
        """The server behind it, with its switches."""
        self._target = target

    def auth(self, **options: Unpack[Options]) -> SessionAuth:
        """What signs in here, for a client of one's own. The options are `safelight.auth`'s."""
        return open_auth(
            self._target,
            credentials=(self.username, self.password),
            api_key=self.api_key or None,
            **options,
        )

    def client(self, *, patience: Patience = IMPATIENT) -> Client:
        """A client that is not signed in yet, and waits between tries as long as a test can."""
        return Client(self.auth(), patience=patience)

    def async_client(self, *, patience: Patience = IMPATIENT) -> AsyncClient:
        """As `client`, for async tests."""
        return AsyncClient(self.auth(), patience=patience)


class PhotoServices:
    """The real server, over a real socket at `url`. `way` has the switches for what goes wrong on
    the way to it, and what was seen there; `clock` is the server's. `account` is who is there."""

    def __init__(
        self,
        folder: Path,
        settings: Settings,
        clock: SkewedClock,
        elapsed: Callable[[], float],
    ) -> None:
        self.clock = clock
        self._settings = settings
        prepare_data(folder, clock)
        self._stores = open_stores(folder, settings, clock, system_entropy)
        self._hashing = make_hashing(settings, system_entropy)
        self._residents = Residents(self._stores, self._hashing, clock)
        self._app = App(self._open, trusted_proxies=(), entropy=system_entropy, body_seconds=10)
        self.way: Way = Way(self._app, clock.now, elapsed)

    async def _open(self) -> Site:
        return open_site(self._stores, self._settings, self.clock, system_entropy)

    @contextmanager
    def served(self, portal: BlockingPortal) -> Iterator[PhotoServices]:
        """Somebody in it, and open to requests, in a portal's event loop."""
        self._portal = portal
        with (
            portal.wrap_async_context_manager(opened(self._app)),
            portal.wrap_async_context_manager(listening(self.way, self.clock.now)) as url,
        ):
            self.url: str = url
            self.account: Account = self.add_account("ada")
            self._api_key = self.add_api_key()
            yield self
        self._hashing.close()

    # --- the services -------------------------------------------------------------------------

    @property
    def pixieset_studio(self) -> PhotoService:
        target = Target(service="pixieset", url=f"{self.url}/studio", realm="studio")
        return PhotoService(self, target)

    @property
    def pixieset_galleries(self) -> PhotoService:
        target = Target(service="pixieset", url=f"{self.url}/galleries", realm="galleries")
        return PhotoService(self, target)

    @property
    def photoshelter(self) -> PhotoService:
        return PhotoService(self, Target(service="photoshelter", url=self.url), self._api_key)

    @property
    def librephotos(self) -> PhotoService:
        return PhotoService(self, Target(service="librephotos", url=self.url))

    @property
    def recorder_monitor(self) -> PhotoService:
        return PhotoService(self, Target(service="recorder-monitor", url=self.url))

    @property
    def safelight(self) -> PhotoService:
        return PhotoService(self, Target(service="safelight", url=self.url))

    # --- what is there, and what ends ---------------------------------------------------------

    def add_account(self, username: str, *, password: str = PASSWORD) -> Account:
        """Another one, whose address is `USERNAME@example.com`; it can sign in everywhere."""
        add = self._residents.add_account
        return self._portal.call(add, username, None, password, ("Ada", "Lovelace"), False)

    def add_organization(self, name: str, *members: Account) -> str:
        """An organization to act for, of `account` if nobody is named; its id."""
        add = self._residents.add_organization
        return self._portal.call(add, name, members or (self.account,), Role.OWNER)

    def add_api_key(self, name: str = "Test") -> str:
        """A key of PhotoShelter's kind."""
        return self._portal.call(self._residents.add_application, name)

    def expire_sessions(self, account: Account | None = None) -> None:
        """End every session of the account now, on every service: the next request is refused, as
        after an idle limit, and only the password helps."""
        self._portal.call(self._residents.end_sessions, (account or self.account).id)


@contextmanager
def open_services(
    folder: Path,
    settings: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    elapsed: Callable[[], float] = time.monotonic,
) -> Iterator[PhotoServices]:
    """Serve from a folder, which is made, until the block ends. `settings` are the server's by
    their names in the environment, such as `SAFELIGHT_REALMS__STUDIO__IDLE_SECONDS`; `clock` stands
    for this machine's, and `elapsed` for its count of seconds, by which a `Retry-After` is judged.
    """
    read = read_settings(None, None, {**_QUICK, **(settings or {})})
    services = PhotoServices(folder, read, SkewedClock(clock), elapsed)
    with start_blocking_portal() as portal, services.served(portal):
        yield services
