"""Signing in and out by the native API, and what is signed in where."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from tests.house import PASSWORD, STRANGER, House, a_house
from tests.protocols.native import Visitor, faults, problem, sign_in

DAY = timedelta(days=1)


# --- signing in -------------------------------------------------------------------------------


def test_a_sign_in_gives_a_token_and_shows_its_session(house: House) -> None:
    house.add_account("ada")
    answer = sign_in(house.client(headers={"user-agent": "Script/1"}), "ada")
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/sessions/{body['session']['id']}"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    assert len(body["token"]) == 43
    assert body["session"] == {
        "id": body["session"]["id"],
        "protocol": "native",
        "realm": "native",
        "carrier": "bearer",
        "organization_id": None,
        "application_id": None,
        "user_agent": "Script/1",
        "address": "127.0.0.1",
        "created_at": "2026-03-01T12:00:00Z",
        "last_seen_at": "2026-03-01T12:00:00Z",
        "current": True,
    }


@pytest.mark.parametrize("identifier", ["ada", "ada@example.com", "ADA@Example.COM"])
def test_an_address_in_any_case_or_the_username_names_the_account(
    house: House, identifier: str
) -> None:
    house.add_account("ada")
    assert sign_in(house.client(), identifier).status_code == 201


@pytest.mark.parametrize(
    ("identifier", "password"),
    [
        ("ada", "wrong"),
        ("nobody", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("Ada", PASSWORD),
        ("ada", PASSWORD + " "),
        ("ada", PASSWORD.upper()),
        ("grace", PASSWORD),
    ],
)
def test_a_wrong_password_an_unknown_and_a_suspended_account_get_one_answer(
    house: House, identifier: str, password: str
) -> None:
    house.add_account("ada")
    house.suspend(house.add_account("grace"))
    answer = sign_in(house.client(), identifier, password)
    assert problem(answer) == (401, "invalid_credential", "The credential is not valid.")
    assert house.audited()[-1] == "sign_in_refused"


def test_a_session_can_be_bound_to_an_organization_from_the_beginning(house: House) -> None:
    organization = house.add_organization("Studio", house.add_account("ada"))
    body = sign_in(house.client(), "ada", organization_id=organization).json()
    assert body["session"]["organization_id"] == organization


def test_somebody_elses_organization_refuses_the_sign_in(house: House) -> None:
    house.add_account("ada")
    theirs = house.add_organization("Theirs", house.add_account("grace"))
    answer = sign_in(house.client(), "ada", organization_id=theirs)
    assert problem(answer)[:2] == (403, "permission_denied")
    assert "signed_in" not in house.audited()


def test_too_many_failures_say_when_to_come_back(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", THROTTLE__ACCOUNT_FAILURES="2") as house:
        house.add_account("ada")
        for _ in range(2):
            assert sign_in(house.client(), "ada", "wrong").status_code == 401
        house.clock.advance(100)
        answer = sign_in(house.client(), "ada")
        assert problem(answer)[:2] == (429, "throttled")
        assert answer.headers["retry-after"] == "500"
        assert answer.headers["ratelimit-policy"] == '"sign-in";q=2;w=600'
        assert answer.headers["ratelimit"] == '"sign-in";r=0;t=500'
        body = answer.json()
        assert body["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
        assert body["violated-policies"] == ["sign-in"]
        house.clock.advance(500)
        assert sign_in(house.client(), "ada").status_code == 201


def test_a_sign_in_over_plain_http_from_another_machine_is_refused_unread(house: House) -> None:
    house.add_account("ada")
    answer = sign_in(house.client(peer=STRANGER), "ada")
    assert problem(answer)[:2] == (403, "plain_http_refused")
    assert "sign_in_refused" not in house.audited()
    over_tls = house.client("https://localhost", peer=STRANGER)
    assert sign_in(over_tls, "ada").status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"identifier": "ada"}, "password"),
        ({"password": PASSWORD}, "identifier"),
        ({"identifier": "ada", "password": PASSWORD, "admin": True}, "admin"),
        ({"identifier": 1, "password": PASSWORD}, "identifier"),
        ({"identifier": "ada", "password": None}, "password"),
        ({"identifier": "", "password": PASSWORD}, "identifier"),
        ({"identifier": "a" * 321, "password": PASSWORD}, "identifier"),
        ({"identifier": "ada", "password": "p" * 1025}, "password"),
    ],
)
def test_a_sign_in_that_does_not_fit_names_the_field(
    house: House, body: dict[str, object], field: str
) -> None:
    house.add_account("ada")
    assert list(faults(house.client().post("/v1/sessions", json=body))) == [field]
    assert house.audited() == ["account_added"]


def test_a_token_is_over_when_it_was_not_used_for_its_idle_limit(house: House) -> None:
    visitor = Visitor(house)
    house.clock.advance(14 * DAY - timedelta(microseconds=1))
    assert visitor.client.get("/v1/account").status_code == 200
    house.settle()
    house.clock.advance(14 * DAY)
    answer = visitor.client.get("/v1/account")
    assert problem(answer)[:2] == (401, "expired_credential")


def test_a_token_in_use_is_over_when_its_life_ends(house: House) -> None:
    visitor = Visitor(house)
    for _ in range(2):
        house.clock.advance(10 * DAY)
        assert visitor.client.get("/v1/account").status_code == 200
        house.settle()
    house.clock.advance(10 * DAY)
    assert visitor.client.get("/v1/account").status_code == 401


def test_every_sign_in_gives_another_token_and_leaves_the_earlier(house: House) -> None:
    first = Visitor(house)
    second = Visitor(house, first.account)
    assert first.token != second.token
    assert first.client.get("/v1/account").status_code == 200


# --- what is signed in ------------------------------------------------------------------------


def test_sessions_are_listed_with_the_last_used_first_and_the_callers_marked(
    house: House,
) -> None:
    phone = Visitor(house, user_agent="Phone/1")
    house.clock.advance(60)
    laptop = Visitor(house, phone.account, user_agent="Laptop/2")
    listed = laptop.get("/v1/sessions")
    assert [each["user_agent"] for each in listed["items"]] == ["Laptop/2", "Phone/1"]
    assert [each["current"] for each in listed["items"]] == [True, False]
    assert listed["next"] is None
    assert {each["id"] for each in listed["items"]} == {phone.session_id, laptop.session_id}


def test_sessions_that_are_over_are_not_listed(house: House) -> None:
    account = Visitor(house).account
    house.clock.advance(14 * DAY)
    assert len(Visitor(house, account).get("/v1/sessions")["items"]) == 1


def test_a_list_of_sessions_never_shows_a_token(house: House) -> None:
    visitor = Visitor(house)
    assert visitor.token not in visitor.client.get("/v1/sessions").text


def test_one_session_can_be_ended_from_another(house: House) -> None:
    lost = Visitor(house)
    here = Visitor(house, lost.account)
    assert here.client.delete(f"/v1/sessions/{lost.session_id}").status_code == 204
    assert lost.client.get("/v1/account").status_code == 401
    assert here.client.get("/v1/account").status_code == 200
    again = here.client.delete(f"/v1/sessions/{lost.session_id}")
    assert problem(again)[:2] == (404, "not_found")


def test_somebody_elses_session_is_not_there_to_be_ended(house: House) -> None:
    ada, grace = Visitor(house), Visitor(house)
    answer = ada.client.delete(f"/v1/sessions/{grace.session_id}")
    assert problem(answer)[:2] == (404, "not_found")
    assert grace.client.get("/v1/account").status_code == 200


def test_all_sessions_end_at_once_the_callers_too(house: House) -> None:
    first = Visitor(house)
    second = Visitor(house, first.account)
    assert second.client.delete("/v1/sessions").json() == {"ended": 2}
    assert first.client.get("/v1/account").status_code == 401
    assert second.client.get("/v1/account").status_code == 401


def test_all_sessions_but_the_callers_end_when_it_is_kept(house: House) -> None:
    first = Visitor(house)
    second = Visitor(house, first.account)
    assert second.client.delete("/v1/sessions?keep=current").json() == {"ended": 1}
    assert first.client.get("/v1/account").status_code == 401
    assert second.client.get("/v1/account").status_code == 200


@pytest.mark.parametrize("keep", ["all", "Current", "current&keep=current", "true"])
def test_nothing_ends_when_what_to_keep_is_not_understood(house: House, keep: str) -> None:
    visitor = Visitor(house)
    assert "keep" in faults(visitor.client.delete(f"/v1/sessions?keep={keep}"))
    assert visitor.client.get("/v1/account").status_code == 200


def test_nobody_elses_sessions_end_with_ones_own(house: House) -> None:
    ada, grace = Visitor(house), Visitor(house)
    ada.client.delete("/v1/sessions")
    assert grace.client.get("/v1/account").status_code == 200


# --- the callers own --------------------------------------------------------------------------


def test_signing_out_ends_this_session_and_no_other(house: House) -> None:
    first = Visitor(house)
    second = Visitor(house, first.account)
    assert first.client.delete("/v1/sessions/current").status_code == 204
    assert first.client.get("/v1/account").status_code == 401
    assert second.client.get("/v1/account").status_code == 200
    assert problem(first.client.delete("/v1/sessions/current"))[0] == 401


def test_a_session_acts_for_the_organization_it_chooses_until_it_chooses_none(
    house: House,
) -> None:
    visitor = Visitor(house)
    studio = house.add_organization("Studio", visitor.account)
    at = "/v1/sessions/current/organization"
    assert visitor.client.put(at, json={"organization_id": studio}).status_code == 204
    assert visitor.get("/v1/account")["organization_id"] == studio
    assert visitor.client.put(at, json={"organization_id": None}).status_code == 204
    assert visitor.get("/v1/account")["organization_id"] is None


def test_two_devices_choose_for_themselves(house: House) -> None:
    phone = Visitor(house)
    laptop = Visitor(house, phone.account)
    studio = house.add_organization("Studio", phone.account)
    phone.client.put("/v1/sessions/current/organization", json={"organization_id": studio})
    assert laptop.get("/v1/account")["organization_id"] is None


def test_an_organization_of_others_cannot_be_chosen(house: House) -> None:
    visitor = Visitor(house)
    theirs = house.add_organization("Theirs", house.add_account("grace"))
    for wanted in (theirs, "O0000aaaaaaaaaaa", "nonsense"):
        body = {"organization_id": wanted}
        answer = visitor.client.put("/v1/sessions/current/organization", json=body)
        assert problem(answer)[:2] == (403, "permission_denied")
    assert visitor.get("/v1/account")["organization_id"] is None


def test_the_choice_must_be_said(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.client.put("/v1/sessions/current/organization", json={})
    assert faults(answer) == {"organization_id": "This field is required."}


def test_a_personal_token_has_no_session_to_end_or_to_bind(house: House) -> None:
    script = Visitor(house).with_token("sessions:write")
    for answer in (
        script.delete("/v1/sessions/current"),
        script.put("/v1/sessions/current/organization", json={"organization_id": None}),
    ):
        assert problem(answer)[:2] == (403, "permission_denied")


def test_a_throttle_that_begins_to_refuse_leaves_one_row_and_every_refusal_a_line(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    client = house.client()
    account = house.add_account("ada")
    for _ in range(10):
        assert sign_in(client, "ada", "wrong").status_code == 401
    caplog.clear()
    with caplog.at_level(logging.WARNING, logger="safelight.audit"):
        assert [sign_in(client, "ada").status_code for _ in range(3)] == [429] * 3
    rows = house.stores.database.raw.execute(
        'SELECT account_id, realm, address FROM audit WHERE detail = \'{"reason":"throttled"}\''
    )
    assert rows.fetchall() == [(account.id, "native", "127.0.0.1")]
    assert [record.message for record in caplog.records] == ["sign_in_refused"] * 3


def test_what_is_changed_is_written_down_with_the_address_it_was_changed_from(
    house: House,
) -> None:
    visitor = Visitor(house)
    other = Visitor(house, visitor.account)
    body = {"name": "script", "scopes": ["photos:read"], "expires_in_seconds": 60}
    token = visitor.post("/v1/tokens", body)
    visitor.client.delete(f"/v1/tokens/{token['id']}")
    visitor.client.delete(f"/v1/sessions/{other.session_id}")
    visitor.client.patch("/v1/account", json={"first_name": "Augusta"})
    visitor.client.delete("/v1/sessions")
    rows = house.stores.database.raw.execute(
        "SELECT event, address FROM audit WHERE event <> 'account_added' ORDER BY id"
    )
    assert rows.fetchall() == [
        ("signed_in", "127.0.0.1"),
        ("signed_in", "127.0.0.1"),
        ("personal_token_added", "127.0.0.1"),
        ("personal_token_removed", "127.0.0.1"),
        ("session_ended", "127.0.0.1"),
        ("account_changed", "127.0.0.1"),
        ("sessions_ended", "127.0.0.1"),
    ]
