"""What looks for secrets in the logs of a run finds them, and does not repeat them."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.canary import Canary
from tests.house import PASSWORD as HOUSE_PASSWORD
from tests.house import House

PASSWORD = "a password of its own"


@pytest.fixture
def canary() -> Iterator[Canary]:
    canary = Canary(PASSWORD)
    yield canary
    canary.close()


def logged(canary: Canary, message: str, *arguments: object, **fields: object) -> list[str]:
    record = logging.makeLogRecord({"name": "safelight", "msg": message, "args": arguments})
    vars(record).update(fields)
    canary.emit(record)
    return canary.leaks(())


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        "a%20password%20of%20its%20own",
        "a+password+of+its+own",
        "YSBwYXNzd29yZCBvZiBpdHMgb3du",
    ],
)
def test_a_password_is_found_in_each_form_and_left_out_of_what_is_told(
    canary: Canary, form: str
) -> None:
    assert logged(canary, "refused %s at %s", form, "noon") == [
        "password in line 1 of a logger: safelight refused […] at noon {}"
    ]


@pytest.mark.parametrize("field", ["token", "password"])
def test_a_field_and_an_error_are_looked_at_too(canary: Canary, field: str) -> None:
    (leak,) = logged(canary, "signed_in", **{field: PASSWORD})
    assert PASSWORD not in leak


def test_what_was_logged_before_the_secret_was_known_is_looked_at(canary: Canary) -> None:
    assert logged(canary, "made %s", "AbCdEfGhIjK.LmNo") == []
    canary.learn("field token", "AbCdEfGhIjK.LmNo")
    assert len(canary.leaks(())) == 1


def test_the_log_of_a_server_is_looked_at(canary: Canary, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text(f"started\nread {PASSWORD} twice\n")
    assert canary.leaks([log]) == [f"password in line 2 of {log}: read […] twice"]


def test_what_each_wire_gives_out_is_known(house: House, canary: Canary) -> None:
    house.add_account("ada")
    headers = {"x-ps-api-key": house.add_application()}
    client = house.client(headers=headers)
    client.event_hooks = {"response": [canary.read]}
    name = {"email": "ada", "username": "ada", "password": HOUSE_PASSWORD}
    encoded = name | {"password": base64.b64encode(HOUSE_PASSWORD.encode()).decode()}
    cookie = client.post("/studio/login", data=name).cookies["studio_session"]
    token = client.post("/psapi/v3/mem/authenticate", data=name | {"mode": "token"})
    pair = client.post("/api/auth/token/obtain/", data=name).json()
    opened = client.post("/api/login", data=encoded).headers["jsession"]
    for secret in (cookie, token.json()["data"]["token"], *pair.values(), opened):
        before = len(canary.leaks(()))
        assert len(logged(canary, "kept %s", secret)) > before
