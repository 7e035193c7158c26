"""An account on each service, and what is asked there as it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.client.served import Way
from tests.house import PASSWORD, House

from safelight import auth
from safelight.client.events import Event, Happened
from safelight.client.pacing import Patience


@dataclass(frozen=True)
class Service:
    """`path` answers a signed-in account alone; `over` is a pause, in seconds, that ends a session
    without use; `sign_in` is the path that a sign-in is sent to."""

    name: str
    path: str
    sign_in: str
    over: int
    build: Callable[..., auth.SessionAuth]


SERVICES = {
    each.name: each
    for each in (
        Service(
            "studio",
            "/api/v1/notifications/all",
            "/studio/login",
            3 * 3600,
            lambda url, key, **more: auth.Pixieset("studio", f"{url}/studio", **more),
        ),
        Service(
            "galleries",
            "/api/v1/data/bootstrap",
            "/galleries/login",
            3 * 3600,
            lambda url, key, **more: auth.Pixieset("galleries", f"{url}/galleries", **more),
        ),
        Service(
            "photoshelter-token",
            "/psapi/v3/mem/user/session",
            "/psapi/v3/mem/authenticate",
            30 * 3600,
            lambda url, key, **more: auth.PhotoShelter(url, api_key=key, **more),
        ),
        Service(
            "photoshelter-cookie",
            "/psapi/v3/mem/user/session",
            "/psapi/v3/mem/authenticate",
            3600,
            lambda url, key, **more: auth.PhotoShelter(url, api_key=key, mode="cookie", **more),
        ),
        Service(
            "librephotos",
            "/api/photos/",
            "/api/auth/token/obtain/",
            8 * 86_400,
            lambda url, key, **more: auth.LibrePhotos(url, **more),
        ),
        Service(
            "recorder-monitor",
            "/api/users/ada@example.com",
            "/api/login",
            3600,
            lambda url, key, **more: auth.RecorderMonitor(url, **more),
        ),
        Service(
            "safelight",
            "/v1/account",
            "/v1/sessions",
            40 * 86_400,
            lambda url, key, **more: auth.Safelight(url, **more),
        ),
    )
}


class Ada:
    """An account, and sign-ins to it. `quick` has pauses that a test can wait for."""

    quick = Patience(first=timedelta(milliseconds=1), longest=timedelta(milliseconds=4))

    def __init__(self, house: House, address: str, way: Way) -> None:
        self.house = house
        self.address = address
        self.way = way
        self.account = house.add_account("ada")
        self.events: list[Event] = []
        self._key = house.add_application()

    def at(self, service: str, **options: Any) -> auth.SessionAuth:
        """What signs her in, by the house's clock."""
        given = {
            "credentials": ("ada@example.com", PASSWORD),
            "clock": self.house.clock,
            "on_event": self.events.append,
        }
        return SERVICES[service].build(self.address, self._key, **{**given, **options})

    def secrets_of(self, signed_in: auth.SessionAuth) -> list[str]:
        """Everything that nobody else may see."""
        grant = signed_in.session.holding.held.grant
        assert grant is not None
        tokens = (grant.session_token, grant.access_token, grant.refresh_token, grant.csrf_token)
        found = [token.reveal() for token in tokens if token is not None]
        found += [cookie.value.reveal() for cookie in grant.cookies]
        return [PASSWORD, self._key, *found]

    def happened(self, what: Happened) -> int:
        return sum(event.what is what for event in self.events)

    def sign_ins(self, service: str) -> int:
        return self.way.count("POST", SERVICES[service].sign_in)
