"""A whole Safelight behind Schemathesis' in-process client, and something of everything in it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.house import QUICK_HASHING, House, a_house
from tests.protocols.native import Visitor

from safelight.bootstrap import make_app
from safelight.config import read_settings
from safelight.identity.permission import Scope
from safelight.server.app import App

Kind = TypeVar("Kind", bound="Furnished")

HTTPS = "https://localhost"
"""Credentials are taken over HTTPS from every peer."""


class Doorway:
    """An ASGI application that is there when a schema is read, and leads somewhere later on."""

    def __init__(self) -> None:
        self.app: App | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert self.app is not None
        await self.app(scope, receive, send)


class Furnished:
    """A data folder with an account, what it owns, and a token that outlives all sessions.

    `ids` are those of its things, by the first segment of their paths on the native API.
    """

    def __init__(self, folder: Path) -> None:
        with a_house(folder) as house:
            visitor = Visitor(house)
            self.account = visitor.account
            self.key = house.add_application()
            self.token = visitor.add_token(*(scope.value for scope in Scope))
            self.photo = visitor.add_photo()
            self.ids = {
                "photos": self.photo["id"],
                "galleries": visitor.add_gallery(photo_ids=[self.photo["id"]])["id"],
                "customers": visitor.post("/v1/customers", {"first_name": "Grace"})["id"],
                "organizations": visitor.post("/v1/organizations", {"name": "Studio"})["id"],
            }
            self.clock = house.clock
            self.furnish(house)

    def furnish(self, house: House) -> None:
        """More, for tests that need it."""


@contextmanager
def opened(doorway: Doorway, folder: Path, kind: type[Kind]) -> Generator[Kind, None, None]:
    furnished = kind(folder)
    settings = read_settings(None, None, QUICK_HASHING)
    doorway.app = make_app(folder, settings, clock=furnished.clock)
    yield furnished
