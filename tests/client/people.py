"""An account on each service, and what signs in to it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.client.services import SERVICES
from tests.house import PASSWORD, House

from safelight import auth
from safelight.client.events import Event, Happened
from safelight.client.pacing import Patience
from safelight.testing.way import Way


class Ada:
    """An account, and sign-ins to it. `quick` has pauses that a test can wait for."""

    quick = Patience(first=timedelta(milliseconds=1), longest=timedelta(milliseconds=4))

    def __init__(self, house: House, address: str, way: Way) -> None:
        self.house = house
        self.address = address
        self.way = way
        self.account = house.add_account("ada")
        self.events: list[Event] = []
        self.key = house.add_application()

    def at(self, service: str, **options: Any) -> auth.SessionAuth:
        """What signs her in, by the house's clock."""
        given = {
            "credentials": ("ada@example.com", PASSWORD),
            "clock": self.house.clock,
            "on_event": self.events.append,
        }
        return SERVICES[service].build(self.address, self.key, **{**given, **options})

    def secrets_of(self, signed_in: auth.SessionAuth) -> list[str]:
        """Everything that nobody else may see."""
        grant = signed_in.session.holding.held.grant
        assert grant is not None
        tokens = (grant.session_token, grant.access_token, grant.refresh_token, grant.csrf_token)
        found = [token.reveal() for token in tokens if token is not None]
        found += [cookie.value.reveal() for cookie in grant.cookies]
        return [PASSWORD, self.key, *found]

    def happened(self, what: Happened) -> int:
        return sum(event.what is what for event in self.events)

    def sign_ins(self, service: str) -> int:
        return self.way.count("POST", SERVICES[service].sign_in)
