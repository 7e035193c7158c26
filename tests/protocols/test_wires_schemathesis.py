"""Generated requests against the other protocols: whatever comes, the answer is never a 5xx.

Their wires have no description that a tool can read, so one is made here from their endpoints:
every path, and the names that their readers know, with any value.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from starlette.testclient import TestClient
from tests.house import House
from tests.protocols.every_credential import (
    librephotos_token,
    photoshelter_header,
    pixieset_galleries,
    pixieset_studio,
    recorder_monitor_header,
)
from tests.protocols.generated import HTTPS, Doorway, Furnished, opened
from tests.protocols.native import SETTINGS

from safelight.realms import realms_of
from safelight.server.openapi import components, parameters, reference
from safelight.server.protocols import mount_protocols
from safelight.server.wire import AnyEndpoint, FixedEndpoint

MOUNTS = mount_protocols(realms_of(SETTINGS), SETTINGS).mounts

IN_QUERIES = (
    "auth_token", "extend", "fields", "filter", "format", "limit", "name", "next", "notice",
    "offset", "page", "page_size", "parent", "per_page", "person", "q", "search", "sort", "terms",
    "types", "username",
)  # fmt: skip
IN_BODIES = (
    "_token", "archived", "auth_token", "caption", "collection_id", "company", "current",
    "description", "email", "f_list", "file_name", "first_name", "gallery_id", "image_hashes",
    "job_title", "last_name", "mode", "name", "new", "new_password", "notes", "org_id",
    "password", "phone", "photos", "rating", "refresh", "removedPhotos", "title", "type",
    "upload_id", "username", "val_public",
)  # fmt: skip
"""What the readers of the wires ask for."""

ENDING = re.compile(r"logout|blacklist|authenticate|/end$|password|change")
"""Sent without a session, which would be over for all that comes after."""

REMOVING = re.compile(r"/delete$|^DELETE ")
"""Sent without the ids of what is there, likewise."""

FEW = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
ANYTHING: dict[str, Any] = {
    "type": ["string", "integer", "number", "boolean", "null", "array", "object"]
}
TEXT = {"type": "string"}
JSON_BODY = {"type": "object", "properties": dict.fromkeys(IN_BODIES, ANYTHING)}
FORM_BODY = {"type": "object", "properties": dict.fromkeys(IN_BODIES, TEXT)}
QUERY = [{"name": name, "in": "query", "schema": TEXT} for name in IN_QUERIES]


TRIED = [
    (mount.protocol.realm.name, mount.prefix + each.path, each)
    for mount in MOUNTS
    for each in mount.protocol.endpoints
    if mount.protocol.realm.name != "native"
    and not isinstance(each, FixedEndpoint)
    and "/v3.0/" not in each.path
]
REALMS = {path: realm for realm, path, _ in TRIED}


def described() -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for _, path, endpoint in TRIED:
        paths.setdefault(path, {})[endpoint.method.lower()] = operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Every other wire", "version": "1"},
        "paths": paths,
        "components": {"schemas": components(each for _, _, each in TRIED)},
    }


def operation(endpoint: AnyEndpoint) -> dict[str, Any]:
    asked = {each["name"]: each for each in (*QUERY, *parameters(endpoint))}
    found: dict[str, Any] = {
        "parameters": list(asked.values()),
        "responses": {"default": {"description": "Anything."}},
    }
    if endpoint.method not in ("GET", "DELETE"):
        taken = reference(endpoint.takes) if endpoint.takes is not None else JSON_BODY
        found["requestBody"] = {
            "content": {
                "application/json": {"schema": {"anyOf": [taken, JSON_BODY, ANYTHING]}},
                "application/x-www-form-urlencoded": {"schema": FORM_BODY},
                "multipart/form-data": {"schema": FORM_BODY},
            }
        }
    return found


class Signed(Furnished):
    """With a credential of each wire by its realm, and the ids of its things by the names of path
    parameters."""

    def furnish(self, house: House) -> None:
        key = {"X-PS-Api-Key": self.key}
        token = photoshelter_header(house, self.account).headers["X-PS-Auth-Token"]
        bearer = librephotos_token(house, self.account).headers["Authorization"]
        session = recorder_monitor_header(house, self.account).headers["JSESSION"]
        self.without_session = key
        self.signed_in = {
            "photoshelter": key | {"X-PS-Auth-Token": token},
            "librephotos": {"Authorization": bearer},
            "recorder_monitor": {"JSESSION": session},
            "studio": _cookies(pixieset_studio(house, self.account)),
            "galleries": _cookies(pixieset_galleries(house, self.account)),
            "web": {},
        }
        image_hash = self.photo["wire_ids"]["librephotos"]
        photo, gallery = self.ids["photos"], self.ids["galleries"]
        self.known = {
            "image_id": [photo],
            "gallery_id": [gallery],
            "collection_id": [gallery],
            "organization_id": [self.ids["organizations"]],
            "hash": [image_hash],
            "name": [f"{image_hash}.jpg", f"{photo}.jpg", image_hash],
            "kind": ["large", "square"],
            "email": [self.account.email],
            "id": ["1", self.ids["customers"], gallery, image_hash, "2026-03-01"],
        }


def _cookies(client: TestClient) -> dict[str, str]:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return {"Cookie": cookies, "X-CSRF-Token": client.headers["X-CSRF-Token"]}


doorway = Doorway()
schema = schemathesis.openapi.from_dict(described())
schema.app = doorway
# One request for each name and each kind of wrongness would be a hundred thousand of them.
schema.config.phases.coverage.enabled = False
turns = itertools.count()


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Generator[Signed, None, None]:
    with opened(doorway, tmp_path_factory.mktemp("wires") / "data", Signed) as furnished:
        yield furnished


@schema.parametrize()
@FEW
def test_no_request_makes_a_wire_fail(case: Case, furnished: Signed) -> None:
    """In turns signed in and not, and with ids that there are in the place of made-up ones."""
    turn = next(turns)
    headers = furnished.without_session
    if turn % 4 and not ENDING.search(case.path):
        headers = furnished.signed_in[REALMS[case.operation.path]]
    if turn % 2 and not REMOVING.search(f"{case.method} {case.path}"):
        for name in case.path_parameters or {}:
            if known := furnished.known.get(name):
                case.path_parameters[name] = known[turn // 2 % len(known)]
    case.call_and_validate(base_url=HTTPS, headers=headers, checks=[not_a_server_error])
