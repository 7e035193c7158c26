"""The caller's own account by the native API."""

from __future__ import annotations

import pytest
from tests.house import PASSWORD, House
from tests.protocols.native import Visitor, faults, problem, sign_in

NEW = "another horse battery"


def test_the_account_is_shown_with_what_the_credential_stands_for(house: House) -> None:
    account = house.add_account("ada")
    visitor = Visitor(house, account)
    shown = visitor.get("/v1/account")
    assert shown.pop("scopes")[:2] == ["account:read", "account:write"]
    assert shown == {
        "id": account.id,
        "number": account.number,
        "email": "ada@example.com",
        "username": "ada",
        "first_name": "Ada",
        "last_name": "Lovelace",
        "admin": False,
        "created_at": "2026-03-01T12:00:00Z",
        "session_id": visitor.session_id,
        "organization_id": None,
    }


def test_a_token_shows_the_scopes_it_was_given_and_no_session(house: House) -> None:
    shown = Visitor(house).with_token("photos:read", "account:read").get("/v1/account").json()
    assert (shown["scopes"], shown["session_id"]) == (["account:read", "photos:read"], None)


def test_names_and_address_change_and_what_is_left_out_stays(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.client.patch("/v1/account", json={"first_name": "Augusta"})
    assert (answer.status_code, answer.json()["first_name"]) == (200, "Augusta")
    assert visitor.get("/v1/account")["last_name"] == "Lovelace"
    body = {"email": "Augusta@Example.com", "current_password": PASSWORD}
    visitor.client.patch("/v1/account", json=body)
    assert visitor.get("/v1/account")["email"] == "Augusta@Example.com"
    assert sign_in(house.client(), "augusta@example.com").status_code == 201


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"admin": True}, "admin"),
        ({"username": "root"}, "username"),
        ({"state": "active"}, "state"),
        ({"id": "U0000aaaaaaaaaaa"}, "id"),
        ({"email": "no address"}, "email"),
        ({"email": None}, "email"),
        ({"first_name": "a" * 101}, "first_name"),
        ({"first_name": "a\u0000b"}, "first_name"),
        ({"first_name": ["Ada"]}, "first_name"),
    ],
)
def test_nothing_changes_when_one_field_may_not(
    house: House, body: dict[str, object], field: str
) -> None:
    visitor = Visitor(house)
    before = visitor.get("/v1/account")
    assert list(faults(visitor.client.patch("/v1/account", json=body | {"last_name": "X"}))) == [
        field
    ]
    assert visitor.get("/v1/account") == before


def test_an_address_that_another_account_has_is_a_conflict(house: House) -> None:
    house.add_account("grace")
    body = {"email": "GRACE@example.com", "current_password": PASSWORD}
    answer = Visitor(house).client.patch("/v1/account", json=body)
    assert problem(answer)[:2] == (409, "conflict")


def test_another_address_takes_the_password_and_leaves_a_notification(house: House) -> None:
    visitor = Visitor(house, house.add_account("ada"))
    token = visitor.with_token("account:read", "account:write")
    for client in (visitor.client, token):
        bare = client.patch("/v1/account", json={"email": "eve@example.com"})
        assert faults(bare) == {
            "current_password": "Another e-mail address takes the current password."
        }
        wrong = {"email": "eve@example.com", "current_password": "wrong"}
        assert problem(client.patch("/v1/account", json=wrong))[:2] == (403, "wrong_password")
        unchanged = client.patch("/v1/account", json={"email": "ADA@example.com"})
        assert unchanged.status_code == 200
    assert visitor.get("/v1/notifications")["items"] == []
    body = {"email": "augusta@example.com", "current_password": PASSWORD}
    assert visitor.client.patch("/v1/account", json=body).status_code == 200
    (left,) = visitor.get("/v1/notifications")["items"]
    assert left["kind"] == "email_changed"
    assert left["text"] == "Your e-mail address was changed from address 127.0.0.1."


def test_the_password_of_a_new_address_cannot_be_guessed_without_end(house: House) -> None:
    client = Visitor(house).client
    body = {"email": "eve@example.com", "current_password": "wrong"}
    answers = [client.patch("/v1/account", json=body).status_code for _ in range(11)]
    assert answers == [403] * 10 + [429]


def test_a_changed_password_ends_every_other_session_and_stays_in_this_one(
    house: House,
) -> None:
    here = Visitor(house)
    elsewhere = Visitor(house, here.account)
    body = {"current": PASSWORD, "new": NEW}
    assert here.client.put("/v1/account/password", json=body).status_code == 204
    assert here.client.get("/v1/account").status_code == 200
    assert elsewhere.client.get("/v1/account").status_code == 401
    assert sign_in(house.client(), here.account.username).status_code == 401
    assert sign_in(house.client(), here.account.username, NEW).status_code == 201


def test_a_password_does_not_change_without_the_current_one(house: House) -> None:
    visitor = Visitor(house)
    body = {"current": "wrong", "new": NEW}
    answer = visitor.client.put("/v1/account/password", json=body)
    assert problem(answer) == (403, "wrong_password", "The current password is not right.")
    assert "www-authenticate" not in answer.headers
    assert sign_in(house.client(), visitor.account.username).status_code == 201


def test_the_current_password_cannot_be_guessed_without_end(house: House) -> None:
    visitor = Visitor(house)
    body = {"current": "wrong", "new": NEW}
    answers = [visitor.client.put("/v1/account/password", json=body) for _ in range(11)]
    assert [each.status_code for each in answers] == [403] * 10 + [429]


@pytest.mark.parametrize("new", ["short", "a" * 14, "é" * 513, PASSWORD])
def test_a_new_password_obeys_the_policy(house: House, new: str) -> None:
    visitor = Visitor(house)
    body = {"current": PASSWORD, "new": new}
    assert list(faults(visitor.client.put("/v1/account/password", json=body))) == ["new"]
    assert sign_in(house.client(), visitor.account.username).status_code == 201


def test_no_answer_repeats_a_password(house: House) -> None:
    visitor = Visitor(house)
    answers = [
        visitor.client.put("/v1/account/password", json={"current": "s3cret-guess", "new": NEW}),
        visitor.client.put("/v1/account/password", json={"current": PASSWORD, "new": "s3cret"}),
        visitor.client.put("/v1/account/password", json={"current": ["s3cret"], "new": NEW}),
        sign_in(house.client(), "ada", "s3cret"),
    ]
    assert all("s3cret" not in each.text for each in answers)


def test_a_suspended_account_is_out_at_the_next_request(house: House) -> None:
    visitor = Visitor(house)
    script = visitor.with_token("account:read")
    house.suspend(visitor.account)
    assert visitor.client.get("/v1/account").status_code == 401
    assert script.get("/v1/account").status_code == 401


def test_a_deleted_account_is_out_at_the_next_request(house: House) -> None:
    visitor = Visitor(house)
    script = visitor.with_token("account:read")
    house.delete(visitor.account)
    assert visitor.client.get("/v1/account").status_code == 401
    assert script.get("/v1/account").status_code == 401
