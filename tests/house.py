"""A whole Safelight in one process, over a temporary folder, with a clock that tests turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from anyio.from_thread import BlockingPortal
from starlette.testclient import TestClient
from tests.canary import Canary

from safelight.bootstrap import make_hashing, open_site, open_stores
from safelight.clock import system_entropy
from safelight.config import Settings, read_settings
from safelight.data_folder import prepare_data
from safelight.identity.account import Account
from safelight.identity.ids import OrganizationId
from safelight.identity.organization import Role
from safelight.server.app import App
from safelight.server.serve import Site
from safelight.testing.loopback import listening
from safelight.testing.residents import Residents

T = TypeVar("T")

PASSWORD = "correct horse battery"
CANARY = Canary(PASSWORD)
"""Knows what every in-process server gave out; `tests/conftest.py` asks it at the end."""

LOOPBACK = ("127.0.0.1", 50000)
STRANGER = ("203.0.113.7", 50000)
"""A peer from the documentation's address block (RFC 5737)."""

QUICK_HASHING = {"SAFELIGHT_PASSWORDS__MEMORY_KIB": "8", "SAFELIGHT_PASSWORDS__PASSES": "1"}


class FixedClock:
    def __init__(self, start: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta | float) -> None:
        """By a span, or by seconds."""
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)


class House:
    """The server, its clock, and short ways to what a test needs to be there."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        self.clock = FixedClock()
        prepare_data(folder, self.clock)
        self.stores = open_stores(folder, settings, self.clock, system_entropy)
        self._hashing = make_hashing(settings, system_entropy)
        self._residents = Residents(self.stores, self._hashing, self.clock)
        self.app = App(self._open, trusted_proxies=(), entropy=system_entropy, body_seconds=10)
        self._main: TestClient | None = None

    async def _open(self) -> Site:
        return open_site(self.stores, self.settings, self.clock, system_entropy)

    @contextmanager
    def opened(self) -> Iterator[House]:
        with TestClient(self.app, client=LOOPBACK) as main:
            self._main = main
            yield self
        self._hashing.close()

    def client(
        self,
        base_url: str = "http://localhost",
        *,
        peer: tuple[str, int] = LOOPBACK,
        headers: dict[str, str] | None = None,
        app: Any = None,
    ) -> TestClient:
        """A client with a cookie jar of its own that follows no redirect."""
        assert self._main is not None
        client = TestClient(
            app or self.app,
            base_url=base_url,
            client=peer,
            headers=headers,
            follow_redirects=False,
            raise_server_exceptions=True,
        )
        client.portal = self._main.portal
        client.event_hooks = {"response": [CANARY.read]}
        return client

    def call(self, work: Callable[..., Awaitable[T]], *arguments: Any) -> T:
        """Run a coroutine function in the server's event loop."""
        return self._portal.call(work, *arguments)

    def on_socket(self, app: Any) -> AbstractContextManager[str]:
        """Serve an ASGI app in the same event loop; its address, `http://localhost:PORT`."""
        return self._portal.wrap_async_context_manager(listening(app))

    @property
    def _portal(self) -> BlockingPortal:
        assert self._main is not None
        assert self._main.portal is not None
        return self._main.portal

    # --- what there is ------------------------------------------------------------------------

    def add_account(
        self,
        username: str | None = None,
        *,
        email: str | None = None,
        password: str = PASSWORD,
        first_name: str = "Ada",
        last_name: str = "Lovelace",
        admin: bool = False,
    ) -> Account:
        return self.call(
            self._residents.add_account, username, email, password, (first_name, last_name), admin
        )

    def suspend(self, account: Account) -> None:
        self.call(self._residents.suspend, account.id)

    def delete(self, account: Account) -> None:
        self.call(self._residents.delete, account.id)

    def add_organization(
        self, name: str, *members: Account, role: Role = Role.OWNER
    ) -> OrganizationId:
        return self.call(self._residents.add_organization, name, members, role)

    def add_application(self, name: str = "Test plug-in") -> str:
        """The API key, in the clear."""
        key = self.call(self._residents.add_application, name)
        CANARY.learn("API key", key)
        return key

    def settle(self) -> None:
        """Wait until the last uses of sessions are written down, which is done in the background:
        a clock that jumps would be ahead of them."""
        self.call(self._settle)

    async def _settle(self) -> None:
        flushing = self.stores.sessions._touches._flushing
        if flushing is not None:
            await flushing

    def audited(self) -> list[str]:
        """The events of the audit table, oldest first."""
        rows = self.stores.database.raw.execute("SELECT event FROM audit ORDER BY id")
        return [row[0] for row in rows]


@contextmanager
def a_house(folder: Path, **settings: str) -> Iterator[House]:
    """With settings by their environment names without the prefix: `REALMS__NATIVE__…="2"`."""
    environment = QUICK_HASHING | {f"SAFELIGHT_{key}": value for key, value in settings.items()}
    folder.mkdir(mode=0o700, exist_ok=True)
    with House(folder, read_settings(None, None, environment)).opened() as house:
        yield house
