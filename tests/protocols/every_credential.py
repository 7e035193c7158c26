"""One credential of each kind that this server hands out or takes, ready to be sent."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from starlette.testclient import TestClient
from tests.house import PASSWORD, House
from tests.protocols import librephotos, photoshelter, pixieset
from tests.protocols.native import Visitor, sign_in

from safelight.identity.account import Account
from safelight.identity.permission import Scope

Make = Callable[[House, Account], TestClient]


def pixieset_studio(house: House, account: Account) -> TestClient:
    return _pixieset(house, account, pixieset.STUDIO)


def pixieset_galleries(house: House, account: Account) -> TestClient:
    return _pixieset(house, account, pixieset.GALLERIES)


def _pixieset(house: House, account: Account, app: str) -> TestClient:
    """The client writes with its CSRF token."""
    visitor = pixieset.Visitor(house, app, account).sign_in()
    visitor.client.headers["X-CSRF-Token"] = unquote(visitor.csrf)
    return visitor.client


def photoshelter_cookie(house: House, account: Account) -> TestClient:
    visitor = photoshelter.Visitor(house, account)
    visitor.sign_in()
    return without(visitor.client, "X-PS-Api-Key")


def photoshelter_header(house: House, account: Account) -> TestClient:
    visitor = photoshelter.Visitor(house, account)
    visitor.take_token()
    return without(visitor.client, "X-PS-Api-Key")


def photoshelter_address(house: House, account: Account) -> TestClient:
    visitor = photoshelter.Visitor(house, account)
    token = visitor.take_token()
    client = house.client()
    client.params = {"auth_token": token}
    return client


def librephotos_token(house: House, account: Account) -> TestClient:
    body = {"username": account.username, "password": PASSWORD}
    answer = house.client().post(librephotos.OBTAIN, json=body)
    return house.client(headers={"Authorization": f"Bearer {answer.json()['access']}"})


def basic(house: House, account: Account) -> TestClient:
    pair = base64.b64encode(f"{account.username}:{PASSWORD}".encode()).decode()
    return house.client(headers={"Authorization": f"Basic {pair}"})


def recorder_monitor_header(house: House, account: Account) -> TestClient:
    return house.client(
        headers={"JSESSION": _recorder_monitor(house, account).cookies["JSESSIONID"]}
    )


def recorder_monitor_cookie(house: House, account: Account) -> TestClient:
    return _recorder_monitor(house, account)


def _recorder_monitor(house: House, account: Account) -> TestClient:
    client = house.client()
    password = base64.b64encode(PASSWORD.encode()).decode()
    client.post("/api/login", data={"email": account.email, "password": password})
    return client


def native_token(house: House, account: Account) -> TestClient:
    token = sign_in(house.client(), account.username).json()["token"]
    return house.client(headers={"Authorization": f"Bearer {token}"})


def personal_token(house: House, account: Account) -> TestClient:
    return Visitor(house, account).with_token(*(scope.value for scope in Scope))


SESSIONS: tuple[Make, ...] = (
    pixieset_studio,
    pixieset_galleries,
    photoshelter_cookie,
    photoshelter_header,
    photoshelter_address,
    librephotos_token,
    recorder_monitor_header,
    recorder_monitor_cookie,
    native_token,
)
"""Those that a session stands behind."""

EVERY: tuple[Make, ...] = (*SESSIONS, basic, personal_token)
BY_COOKIE: tuple[Make, ...] = (
    pixieset_studio,
    pixieset_galleries,
    photoshelter_cookie,
    recorder_monitor_cookie,
)


def without(client: TestClient, header: str) -> TestClient:
    del client.headers[header]
    return client


def name_of(make: Any) -> str:
    return str(getattr(make, "__name__", make))
