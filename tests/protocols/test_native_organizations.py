"""Organizations and their members by the native API."""

from __future__ import annotations

import pytest
from tests.house import House
from tests.protocols.native import Visitor, faults, problem

from safelight.authentication.audit import Event, What
from safelight.identity.organization import Role


def test_whoever_adds_an_organization_owns_it(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.client.post("/v1/organizations", json={"name": "Studio North"})
    added = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/organizations/{added['id']}"
    assert added["name"] == "Studio North"
    assert visitor.get("/v1/organizations")["items"] == [added | {"role": "owner"}]
    assert visitor.get(answer.headers["location"]) == added


def test_organizations_are_listed_with_the_callers_role(house: House) -> None:
    visitor = Visitor(house)
    for name, role in (("Alpha", Role.MEMBER), ("Beta", Role.MANAGER), ("Gamma", Role.OWNER)):
        house.add_organization(name, visitor.account, role=role)
    listed = visitor.get("/v1/organizations")["items"]
    roles = [(each["name"], each["role"]) for each in listed]
    assert roles == [("Alpha", "member"), ("Beta", "manager"), ("Gamma", "owner")]


def test_an_organization_of_others_is_not_there(house: House) -> None:
    theirs = house.add_organization("Theirs", house.add_account("grace"))
    visitor = Visitor(house)
    for path in (f"/v1/organizations/{theirs}", f"/v1/organizations/{theirs}/members"):
        assert problem(visitor.client.get(path))[:2] == (404, "not_found")
    body = {"identifier": visitor.account.email}
    answer = visitor.client.post(f"/v1/organizations/{theirs}/members", json=body)
    assert problem(answer)[:2] == (404, "not_found")
    assert visitor.get("/v1/organizations")["items"] == []


def test_an_owner_adds_a_member_by_address_or_name(house: House) -> None:
    visitor = Visitor(house)
    studio = house.add_organization("Studio", visitor.account)
    grace, edsger = house.add_account("grace"), house.add_account("edsger")
    at = f"/v1/organizations/{studio}/members"
    for identifier in ("GRACE@example.com", "edsger"):
        answer = visitor.client.post(at, json={"identifier": identifier})
        assert (answer.status_code, answer.headers["location"]) == (201, at)
        assert answer.json()["role"] == "member"
    members = visitor.get(at)["items"]
    assert {each["account_id"] for each in members} == {visitor.account.id, grace.id, edsger.id}
    assert members[0].keys() == {"account_id", "username", "first_name", "last_name", "role"}


def test_a_member_who_is_added_again_gets_the_new_role(house: House) -> None:
    visitor = Visitor(house)
    studio = house.add_organization("Studio", visitor.account)
    house.add_account("grace")
    at = f"/v1/organizations/{studio}/members"
    visitor.post(at, {"identifier": "grace"})
    visitor.post(at, {"identifier": "grace", "role": "manager"})
    roles = {each["username"]: each["role"] for each in visitor.get(at)["items"]}
    assert roles["grace"] == "manager"


@pytest.mark.parametrize("role", [Role.MEMBER, Role.MANAGER])
def test_only_an_owner_adds_members(house: House, role: Role) -> None:
    visitor = Visitor(house)
    studio = house.add_organization("Studio", visitor.account, role=role)
    house.add_account("grace")
    at = f"/v1/organizations/{studio}/members"
    answer = visitor.client.post(at, json={"identifier": "grace"})
    assert problem(answer)[:2] == (403, "permission_denied")
    assert len(visitor.get(at)["items"]) == 1


def test_an_unknown_account_cannot_be_added(house: House) -> None:
    visitor = Visitor(house)
    studio = house.add_organization("Studio", visitor.account)
    body = {"identifier": "nobody@example.com"}
    answer = visitor.client.post(f"/v1/organizations/{studio}/members", json=body)
    assert problem(answer)[:2] == (404, "not_found")


@pytest.mark.parametrize("name", ["", " ", "a" * 101, "line\nbreak", "bell\u0007", None, 7])
def test_an_organization_has_a_printable_name(house: House, name: object) -> None:
    visitor = Visitor(house)
    answer = visitor.client.post("/v1/organizations", json={"name": name})
    assert list(faults(answer)) == ["name"]
    assert visitor.get("/v1/organizations")["items"] == []


def test_a_role_that_does_not_exist_is_refused(house: House) -> None:
    visitor = Visitor(house)
    studio = house.add_organization("Studio", visitor.account)
    body = {"identifier": "grace", "role": "god"}
    answer = visitor.client.post(f"/v1/organizations/{studio}/members", json=body)
    assert list(faults(answer)) == ["role"]


def test_in_an_organization_a_member_may_do_what_the_role_brings(house: House) -> None:
    visitor = Visitor(house)
    studio = house.add_organization("Studio", visitor.account, role=Role.MEMBER)
    visitor.client.put("/v1/sessions/current/organization", json={"organization_id": studio})
    assert "galleries:write" not in visitor.get("/v1/account")["scopes"]
    refused = visitor.client.post("/v1/galleries", json={"name": "Harbour"})
    assert problem(refused) == (403, "permission_denied", "This needs the scope galleries:write.")
    event = Event(what=What.MEMBER_JOINED, at=house.clock.now())
    house.call(house.stores.organizations.join, studio, visitor.account.id, Role.MANAGER, event)
    assert visitor.client.post("/v1/galleries", json={"name": "Harbour"}).status_code == 201


def test_what_an_organization_holds_is_not_the_accounts_own(house: House) -> None:
    visitor = Visitor(house)
    own = visitor.add_photo()
    studio = house.add_organization("Studio", visitor.account)
    visitor.client.put("/v1/sessions/current/organization", json={"organization_id": studio})
    theirs = visitor.add_photo("studio.jpg")
    assert theirs["owner"]["organization_id"] == studio
    assert [each["id"] for each in visitor.get("/v1/photos")["items"]] == [theirs["id"]]
    visitor.client.put("/v1/sessions/current/organization", json={"organization_id": None})
    assert [each["id"] for each in visitor.get("/v1/photos")["items"]] == [own["id"]]
