"""What LibrePhotos' tokens say, when they are over, and what is no token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.house import House, a_house
from tests.protocols.librephotos import (
    BAD_TOKEN,
    BLACKLIST,
    REFRESH,
    User,
    bearer,
    detail,
    forge,
    parts_of,
    sign,
)

from safelight.authentication.keys import derive

NOW = 1_772_366_400
"""The house's clock at the start: 2026-03-01 12:00 UTC."""

COMMON = {
    "iat": NOW,
    "user_id": "1",
    "name": "ada",
    "is_admin": False,
    "first_name": "Ada",
    "last_name": "Lovelace",
    "scan_directory": "",
    "confidence": 0.1,
    "semantic_search_topk": 0,
    "nextcloud_server_address": None,
    "nextcloud_username": None,
}
ORDER = [
    "token_type", "exp", "iat", "jti", "user_id", "name", "is_admin", "first_name", "last_name",
    "scan_directory", "confidence", "semantic_search_topk", "nextcloud_server_address",
    "nextcloud_username", "sid",
]  # fmt: skip


@pytest.fixture
def ada(house: House) -> User:
    return User(house, house.add_account("ada"))


@pytest.mark.covers("LP-27")
def test_a_token_names_its_algorithm_and_that_it_is_a_jwt(ada: User) -> None:
    for token in (ada.access, ada.refresh):
        assert parts_of(token)[0] == {"alg": "HS256", "typ": "JWT"}


@pytest.mark.covers("LP-28", "LP-29", "LP-30", "LP-32")
@pytest.mark.parametrize(("kind", "life"), [("access", 300), ("refresh", 604_800)])
def test_the_claims_are_those_that_clients_read(ada: User, kind: str, life: int) -> None:
    _, payload = parts_of(ada.access if kind == "access" else ada.refresh)
    jti, session = payload.pop("jti"), payload.pop("sid")
    assert payload == {**COMMON, "token_type": kind, "exp": NOW + life}
    assert len(jti) == 32
    assert set(jti) <= set("0123456789abcdef")
    assert session.startswith("ses_")


@pytest.mark.covers("LP-29")
def test_the_claims_stand_in_the_order_of_the_original(ada: User) -> None:
    assert list(parts_of(ada.access)[1]) == ORDER
    assert list(parts_of(ada.refresh)[1]) == ORDER


@pytest.mark.covers("LP-29")
def test_an_admin_is_named_one(house: House) -> None:
    user = User(house, house.add_account(admin=True))
    assert parts_of(user.access)[1]["is_admin"] is True


@pytest.mark.covers("LP-31")
def test_every_claim_is_a_scalar_or_null(ada: User) -> None:
    for token in (ada.access, ada.refresh):
        values = parts_of(token)[1].values()
        assert [value for value in values if isinstance(value, list | dict)] == []


@pytest.mark.covers("LP-28", "LP-33")
def test_an_access_token_is_over_on_the_second_it_expires(house: House, ada: User) -> None:
    house.clock.advance(299)
    assert ada.get("/api/stats").status_code == 200
    house.clock.advance(1)
    assert ada.get("/api/stats").json() == detail(BAD_TOKEN, "token_not_valid")


@pytest.mark.covers("LP-28", "LP-33")
def test_a_refresh_token_is_over_on_the_second_it_expires(house: House, ada: User) -> None:
    house.clock.advance(7 * 86_400 - 1)
    assert house.client().post(REFRESH, json={"refresh": ada.refresh}).status_code == 200
    house.clock.advance(1)
    response = house.client().post(REFRESH, json={"refresh": ada.refresh})
    assert response.json() == detail("Token is expired", "token_not_valid")


@pytest.mark.covers("LP-28")
def test_both_lives_can_be_set(tmp_path: Path) -> None:
    lives = {
        "REALMS__LIBREPHOTOS__ACCESS_SECONDS": "60",
        "REALMS__LIBREPHOTOS__REFRESH_SECONDS": "86400",
    }
    with a_house(tmp_path / "data", **lives) as house:
        user = User(house)
        assert parts_of(user.access)[1]["exp"] == NOW + 60
        assert parts_of(user.refresh)[1]["exp"] == NOW + 86_400


@pytest.mark.covers("LP-30")
@pytest.mark.parametrize("as_number", [True, False])
def test_a_user_id_may_be_a_text_or_a_number(house: House, ada: User, as_number: bool) -> None:
    _, payload = parts_of(ada.access)
    payload["user_id"] = 1 if as_number else "1"
    response = house.client().get("/api/stats", headers=bearer(forge(house, payload)))
    assert response.status_code == 200


@pytest.mark.covers("LP-34")
@pytest.mark.parametrize("missing", ["exp", "jti", "token_type"])
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_token_without_its_essentials_is_none(
    house: House, ada: User, missing: str, kind: str
) -> None:
    _, payload = parts_of(ada.access if kind == "access" else ada.refresh)
    del payload[missing]
    assert_refused(house, forge(house, payload), kind)


@pytest.mark.covers("LP-34")
@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_token_from_the_future_is_none(house: House, ada: User, kind: str) -> None:
    _, payload = parts_of(ada.access if kind == "access" else ada.refresh)
    payload["iat"] = NOW + 1
    assert_refused(house, forge(house, payload), kind)


@pytest.mark.covers("LP-34")
@pytest.mark.parametrize("algorithm", ["HS512", "none", "None", "RS256"])
def test_a_token_of_another_algorithm_is_none(house: House, ada: User, algorithm: str) -> None:
    _, payload = parts_of(ada.access)
    token = forge(house, payload, {"alg": algorithm, "typ": "JWT"})
    assert_refused(house, token, "access")
    assert_refused(house, token.rpartition(".")[0] + ".", "access")


@pytest.mark.covers("LP-34")
def test_a_token_of_another_key_is_none(house: House, ada: User) -> None:
    _, payload = parts_of(ada.access)
    stored = house.stores.keys.keys()[0]
    for key in (b"", b"secret", stored.secret, derive(stored, "link")):
        assert_refused(house, sign(payload, key, {"alg": "HS256", "typ": "JWT"}), "access")


@pytest.mark.covers("LP-35")
@pytest.mark.parametrize("user_id", ["ada", "", "1.5", 1.5, None, True, [1], "9" * 5000])
def test_a_user_id_that_is_no_whole_number_is_refused(
    house: House, ada: User, user_id: Any
) -> None:
    _, payload = parts_of(ada.access)
    payload["user_id"] = user_id
    assert_refused(house, forge(house, payload), "access")


@pytest.mark.covers("LP-35")
@pytest.mark.parametrize("number", [-1, 2**63, 10**30, "9" * 40])
def test_a_user_id_beyond_any_account_never_upsets_the_server(
    house: House, ada: User, number: int | str
) -> None:
    for kind, token in (("access", ada.access), ("refresh", ada.refresh)):
        _, payload = parts_of(token)
        payload |= {"user_id": number, "sid": "ses_unknown"}
        if kind == "access":
            response = house.client().get("/api/stats", headers=bearer(forge(house, payload)))
        else:
            body = {"refresh": forge(house, payload)}
            response = house.client().post(REFRESH, json=body)
        assert response.status_code == 401


@pytest.mark.parametrize("payload", [None, [], "x", 1, {}])
def test_a_signed_payload_that_holds_no_claims_is_refused(house: House, payload: Any) -> None:
    assert_refused(house, forge(house, payload), "access")


def test_a_token_of_another_accounts_session_is_refused(house: House, ada: User) -> None:
    other = User(house)
    _, payload = parts_of(ada.access)
    payload["user_id"] = str(other.account.number)
    assert_refused(house, forge(house, payload), "access")


def assert_refused(house: House, token: str, kind: str) -> None:
    if kind == "access":
        response = house.client().get("/api/stats", headers=bearer(token))
        assert response.json() == detail(BAD_TOKEN, "token_not_valid")
    else:
        for path in (REFRESH, BLACKLIST):
            response = house.client().post(path, json={"refresh": token})
            assert response.json() == detail("Token is invalid", "token_not_valid")
    assert response.status_code == 401
