"""A visitor of the native API: a client with a Bearer token, and what its library holds."""

from __future__ import annotations

import json
from typing import Any

from starlette.testclient import TestClient
from tests.house import LOOPBACK, PASSWORD, House
from tests.pictures.samples import picture

from safelight.config import read_settings
from safelight.identity.account import Account
from safelight.realms import realms_of
from safelight.server.protocols import mount_protocols
from safelight.server.protocols.native import Native

PICTURE = picture(width=60, height=40)


class Visitor:
    """Signed in from the beginning; `token` is its session's."""

    def __init__(
        self,
        house: House,
        account: Account | None = None,
        *,
        base_url: str = "http://localhost",
        peer: tuple[str, int] = LOOPBACK,
        user_agent: str = "test",
    ) -> None:
        self.house = house
        self.account = account or house.add_account()
        self.client = house.client(base_url, peer=peer, headers={"user-agent": user_agent})
        signed_in = sign_in(self.client, self.account.username).json()
        self.session_id: str = signed_in["session"]["id"]
        self.token: str = signed_in["token"]
        self.client.headers["Authorization"] = f"Bearer {self.token}"

    def get(self, path: str, **options: Any) -> Any:
        """The JSON of an answer that must be 200."""
        answer = self.client.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: object = None) -> Any:
        """The JSON of an answer that must be 201."""
        answer = self.client.post(path, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def add_token(self, *scopes: str, seconds: int | None = None) -> str:
        body = {"name": "script", "scopes": scopes, "expires_in_seconds": seconds}
        return str(self.post("/v1/tokens", body)["secret"])

    def with_token(self, *scopes: str) -> TestClient:
        """A client with a personal access token of these scopes alone."""
        secret = self.add_token(*scopes)
        return self.house.client(headers={"Authorization": f"Bearer {secret}"})

    def add_photo(self, name: str = "dawn.jpg", content: bytes = PICTURE, **fields: str) -> Any:
        files = [("files", (name, content, "image/jpeg"))]
        answer = self.client.post("/v1/photos", files=files, data=fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["items"][0]

    def add_gallery(self, name: str = "Harbour", **fields: object) -> Any:
        return self.post("/v1/galleries", {"name": name, **fields})


def sign_in(client: TestClient, identifier: str, password: str = PASSWORD, **more: object) -> Any:
    """The answer, whatever it is."""
    body = {"identifier": identifier, "password": password, **more}
    return client.post("/v1/sessions", json=body)


def problem(answer: Any) -> tuple[int, str, str]:
    """Status, code and detail of a refusal, which must have the form of one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert {"type", "title", "detail", "instance", "code"} <= body.keys()
    return answer.status_code, body["code"], body["detail"]


def faults(answer: Any) -> dict[str, str]:
    """The fields that a 400 names, and what is wrong with each."""
    assert problem(answer)[:2] == (400, "invalid_fields")
    return {each["field"]: each["detail"] for each in answer.json()["errors"]}


def _find_wire() -> Native:
    mounts = mount_protocols(realms_of(SETTINGS), SETTINGS).mounts
    return next(each.protocol for each in mounts if isinstance(each.protocol, Native))


SETTINGS = read_settings(None, None, {})
WIRE = _find_wire()
DOCUMENT: dict[str, Any] = json.loads(WIRE.document)
