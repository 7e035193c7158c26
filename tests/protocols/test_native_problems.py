"""Every error that there is, as the native API tells it."""

from __future__ import annotations

import inspect
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.house import House, a_house
from tests.protocols.native import WIRE, Visitor, problem
from tests.server.requests import a_request

from safelight import errors
from safelight.errors import (
    InvalidFields,
    MethodNotAllowed,
    PermissionDenied,
    Quota,
    SafelightError,
    Throttled,
)
from safelight.server.denials import denial_of, status_of
from safelight.server.http import Caching, Reply

TOLD_APART: dict[type[SafelightError], Any] = {
    InvalidFields: lambda: InvalidFields({"name": ("Too long.", "Not printable."), "role": ("?",)}),
    MethodNotAllowed: lambda: MethodNotAllowed(("GET", "OPTIONS")),
    PermissionDenied: lambda: PermissionDenied(scope="photos:read"),
    Throttled: lambda: Throttled(
        timedelta(seconds=4.2), quota=Quota("sign-in", 10, timedelta(minutes=10))
    ),
    errors.OffsetMismatch: lambda: errors.OffsetMismatch(7),
}
KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, SafelightError)
]


def told(error: SafelightError, **headers: str) -> tuple[Reply, dict[str, Any]]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    reply = WIRE.write_denial(denial_of(error), a_request(path="/v1/photos", headers=named))
    assert isinstance(reply.body, bytes)
    return reply, json.loads(reply.body)


def header(reply: Reply, name: str) -> str | None:
    return next((value.decode() for key, value in reply.headers if key == name.encode()), None)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_has_the_form_of_a_problem(kind: type[SafelightError]) -> None:
    error = TOLD_APART.get(kind, kind)()
    reply, body = told(error)
    expected = 403 if kind is errors.WrongPassword else status_of(kind)
    assert (reply.status, body["status"]) == (expected, expected)
    assert (reply.media_type, reply.caching) == (b"application/problem+json", Caching.SECRET)
    assert body["code"] == kind.code
    assert body["detail"] == error.message
    assert body["instance"] == "/v1/photos#request-1"
    assert body.keys() <= {
        "type", "title", "status", "detail", "instance", "code", "errors", "violated-policies",
    }  # fmt: skip
    assert (header(reply, "www-authenticate") is not None) is (reply.status == 401)


def test_each_fault_of_each_field_is_told() -> None:
    _, body = told(TOLD_APART[InvalidFields]())
    assert body["errors"] == [
        {"field": "name", "detail": "Too long."},
        {"field": "name", "detail": "Not printable."},
        {"field": "role", "detail": "?"},
    ]


def test_a_wait_is_rounded_up_to_seconds() -> None:
    reply, _ = told(TOLD_APART[Throttled]())
    assert header(reply, "retry-after") == "5"
    assert header(reply, "ratelimit") == '"sign-in";r=0;t=5'
    assert header(reply, "ratelimit-policy") == '"sign-in";q=10;w=600'


def test_a_wait_without_a_quota_is_told_without_a_policy() -> None:
    reply, body = told(Throttled(timedelta(seconds=1)))
    assert header(reply, "retry-after") == "1"
    assert header(reply, "ratelimit") is None
    assert (body["type"], "violated-policies" in body) == ("about:blank", False)


def test_a_server_that_cannot_answer_says_when_to_come_back() -> None:
    for kind in (errors.Unavailable, errors.Busy):
        assert header(told(kind())[0], "retry-after") == "1"


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        ("Bearer x", 'Bearer realm="safelight", error="insufficient_scope", scope="photos:read"'),
        ("Basic x", None),
    ],
)
def test_a_missing_scope_is_named_in_the_challenge_of_a_bearer_token(
    authorization: str, challenge: str | None
) -> None:
    reply, _ = told(PermissionDenied(scope="photos:read"), authorization=authorization)
    assert header(reply, "www-authenticate") == challenge


def test_too_many_requests_name_the_policy(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", THROTTLE__REQUESTS_PER_MINUTE="2") as house:
        visitor = Visitor(house)
        house.clock.advance(60)
        answers = [visitor.client.get("/v1/account") for _ in range(3)]
        assert [each.status_code for each in answers] == [200, 200, 429]
        assert problem(answers[2])[1] == "throttled"
        assert answers[2].headers["ratelimit-policy"] == '"requests";q=2;w=60'
        assert answers[2].headers["retry-after"] == "60"


def test_a_server_whose_store_is_gone_answers_503_and_lets_nobody_in(house: House) -> None:
    visitor = Visitor(house)
    (house.folder / "keys" / "keys.json").unlink()
    answer = house.client().get("/v1/account", headers={"Cookie": "SSphotoshelter_com_mem=a.b"})
    assert problem(answer)[:2] == (503, "unavailable")
    assert visitor.token not in answer.text
