"""Applications with their keys, and personal access tokens, by the native API."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.house import House
from tests.protocols.native import Visitor, faults, problem

# --- applications -----------------------------------------------------------------------------


def test_an_application_shows_its_key_once(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.client.post("/v1/applications", json={"name": "Lightroom plug-in"})
    added = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/applications/{added['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert len(added["api_key"]) == 11
    shown = visitor.get("/v1/applications")["items"]
    assert shown == [{k: v for k, v in added.items() if k != "api_key"}]
    assert (added["name"], added["last_used_at"]) == ("Lightroom plug-in", None)


def test_a_key_opens_nothing_alone(house: House) -> None:
    key = Visitor(house).post("/v1/applications", {"name": "Plug-in"})["api_key"]
    for headers in ({"X-PS-Api-Key": key}, {"Authorization": f"Bearer {key}"}):
        assert house.client(headers=headers).get("/v1/photos").status_code == 401


def test_a_removed_application_is_gone_with_its_key(house: House) -> None:
    visitor = Visitor(house)
    added = visitor.post("/v1/applications", {"name": "Plug-in"})
    at = f"/v1/applications/{added['id']}"
    assert visitor.client.delete(at).status_code == 204
    assert visitor.get("/v1/applications")["items"] == []
    assert problem(visitor.client.delete(at))[:2] == (404, "not_found")
    login = "/psapi/v3/mem/authenticate"
    with_key = house.client(headers={"X-PS-Api-Key": added["api_key"]})
    assert with_key.post(login, data={"email": visitor.account.email}).status_code != 200


def test_somebody_elses_application_is_not_there(house: House) -> None:
    theirs = Visitor(house).post("/v1/applications", {"name": "Plug-in"})
    visitor = Visitor(house)
    answer = visitor.client.delete(f"/v1/applications/{theirs['id']}")
    assert problem(answer)[:2] == (404, "not_found")
    assert visitor.get("/v1/applications")["items"] == []


# --- personal access tokens -------------------------------------------------------------------


def test_a_token_shows_its_secret_once(house: House) -> None:
    visitor = Visitor(house)
    body = {"name": "backup", "scopes": ["photos:read"], "expires_in_seconds": 3600}
    answer = visitor.client.post("/v1/tokens", json=body)
    added = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/tokens/{added['id']}"
    assert answer.headers["cache-control"] == "no-store"
    secret = added.pop("secret")
    assert secret.startswith("sl_pat_")
    assert added == {
        "id": added["id"],
        "name": "backup",
        "scopes": ["photos:read"],
        "created_at": "2026-03-01T12:00:00Z",
        "expires_at": "2026-03-01T13:00:00Z",
        "last_used_at": None,
    }
    listed = visitor.client.get("/v1/tokens")
    assert listed.json()["items"] == [added]
    assert secret not in listed.text


def test_a_token_may_do_what_its_scopes_say_and_no_more(house: House) -> None:
    script = Visitor(house).with_token("photos:read")
    assert script.get("/v1/photos").status_code == 200
    answer = script.get("/v1/customers")
    assert problem(answer) == (403, "permission_denied", "This needs the scope customers:read.")
    assert answer.headers["www-authenticate"] == (
        'Bearer realm="safelight", error="insufficient_scope", scope="customers:read"'
    )
    refused = script.post("/v1/photos", files=[("files", ("a.jpg", b"x", "image/jpeg"))])
    assert problem(refused)[2] == "This needs the scope photos:write."


def test_a_token_is_over_on_the_instant_it_expires(house: House) -> None:
    secret = Visitor(house).add_token("photos:read", seconds=60)
    script = house.client(headers={"Authorization": f"Bearer {secret}"})
    house.clock.advance(timedelta(seconds=60, microseconds=-1))
    assert script.get("/v1/photos").status_code == 200
    house.clock.advance(timedelta(microseconds=1))
    assert problem(script.get("/v1/photos"))[:2] == (401, "expired_credential")


def test_a_token_without_an_end_lives_on(house: House) -> None:
    script = Visitor(house).with_token("photos:read")
    house.clock.advance(timedelta(days=3650))
    assert script.get("/v1/photos").status_code == 200


def test_a_revoked_token_is_over_at_the_next_request(house: House) -> None:
    visitor = Visitor(house)
    script = visitor.with_token("photos:read")
    assert script.get("/v1/photos").status_code == 200
    token = visitor.get("/v1/tokens")["items"][0]
    assert visitor.client.delete(f"/v1/tokens/{token['id']}").status_code == 204
    assert script.get("/v1/photos").status_code == 401
    assert problem(visitor.client.delete(f"/v1/tokens/{token['id']}"))[:2] == (404, "not_found")


def test_somebody_elses_token_is_not_there(house: House) -> None:
    theirs = Visitor(house)
    script = theirs.with_token("photos:read")
    token = theirs.get("/v1/tokens")["items"][0]
    visitor = Visitor(house)
    assert visitor.get("/v1/tokens")["items"] == []
    assert problem(visitor.client.delete(f"/v1/tokens/{token['id']}"))[:2] == (404, "not_found")
    assert script.get("/v1/photos").status_code == 200


def test_a_token_makes_no_token_that_may_do_more_than_itself(house: House) -> None:
    script = Visitor(house).with_token("tokens:write", "photos:read")
    body = {"name": "more", "scopes": ["photos:read", "photos:write"], "expires_in_seconds": None}
    answer = script.post("/v1/tokens", json=body)
    assert problem(answer) == (403, "permission_denied", "This needs the scope photos:write.")
    body["scopes"] = ["photos:read"]
    assert script.post("/v1/tokens", json=body).status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes[0]"),
        ({"scopes": "photos:read"}, "scopes"),
        ({"expires_in_seconds": 0}, "expires_in_seconds"),
        ({"expires_in_seconds": -1}, "expires_in_seconds"),
        ({"expires_in_seconds": 366 * 86_400 + 1}, "expires_in_seconds"),
        ({"expires_in_seconds": 1.5}, "expires_in_seconds"),
        ({"secret": "sl_pat_chosen"}, "secret"),
    ],
)
def test_a_token_that_does_not_fit_is_not_made(
    house: House, change: dict[str, object], field: str
) -> None:
    visitor = Visitor(house)
    body = {"name": "backup", "scopes": ["photos:read"], "expires_in_seconds": None} | change
    assert list(faults(visitor.client.post("/v1/tokens", json=body))) == [field]
    assert visitor.get("/v1/tokens")["items"] == []


@pytest.mark.parametrize("seconds", [1, 366 * 86_400])
def test_a_token_lives_for_a_second_up_to_a_leap_year(house: House, seconds: int) -> None:
    assert Visitor(house).add_token("photos:read", seconds=seconds)


def test_how_long_a_token_lives_must_be_said(house: House) -> None:
    body = {"name": "backup", "scopes": ["photos:read"]}
    answer = Visitor(house).client.post("/v1/tokens", json=body)
    assert faults(answer) == {"expires_in_seconds": "This field is required."}
