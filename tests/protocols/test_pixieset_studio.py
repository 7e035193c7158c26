"""Pixieset: the Studio API's clients and notifications."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from tests.house import House
from tests.protocols.pixieset import STUDIO, Visitor

from safelight.library.customer import CustomerKind
from safelight.library.questions import AddCustomer

UNKNOWN = f"cl_{'A' * 30}"


@pytest.fixture
def visitor(house: House) -> Visitor:
    return Visitor(house, STUDIO).sign_in()


def add_clients(visitor: Visitor, count: int, kind: CustomerKind = CustomerKind.CLIENT) -> None:
    for index in range(count):
        visitor.ask(AddCustomer(first_name=f"{kind.value} {index}", kind=kind))


def names(answer: Any) -> list[str]:
    return [each["first_name"] for each in answer.json()["data"]]


# --- notifications ------------------------------------------------------------------------------


@pytest.mark.covers("PX-15", "PX-38")
def test_notifications_come_in_a_list_with_its_paging(visitor: Visitor) -> None:
    answer = visitor.get("/notifications/all")
    assert answer.status_code == 200
    assert answer.json()["data"] == []
    visitor.client.headers["User-Agent"] = "Pigeon/1.0"
    visitor.sign_in()
    answer = visitor.get("/notifications/all")
    assert [(each["type"], each["read_at"]) for each in answer.json()["data"]] == [
        ("new_device", None)
    ]
    assert "Pigeon/1.0" in answer.json()["data"][0]["text"]
    assert answer.json()["meta"] == {
        "current_page": 1, "from": 1, "last_page": 1, "per_page": 25, "to": 1, "total": 1,
    }  # fmt: skip


# --- lists --------------------------------------------------------------------------------------


@pytest.mark.covers("PX-38", "PX-39")
def test_an_empty_list_says_so(visitor: Visitor) -> None:
    answer = visitor.get("/clients/")
    assert answer.json() == {
        "data": [],
        "links": {
            "first": "http://localhost/studio/api/v1/clients?page=1",
            "last": "http://localhost/studio/api/v1/clients?page=1",
            "prev": None,
            "next": None,
        },
        "meta": {
            "current_page": 1,
            "from": None,
            "last_page": 1,
            "per_page": 25,
            "to": None,
            "total": 0,
            "client_statuses": {"1": "Active", "2": "Archived"},
            "csv_url": "http://localhost/studio/api/v1/clients/download_csv",
        },
    }


@pytest.mark.parametrize(
    ("query", "meta"),
    [
        ("", (1, 1, 2, 25, 25, 26)),
        ("?page=2", (2, 26, 2, 25, 26, 26)),
        ("?page=3", (3, None, 2, 25, None, 26)),
        ("?page=2&per_page=10", (2, 11, 3, 10, 20, 26)),
        ("?per_page=100", (1, 1, 1, 100, 26, 26)),
        ("?page=1&page=2", (2, 26, 2, 25, 26, 26)),
    ],
)
@pytest.mark.covers("PX-39", "PX-45")
def test_clients_come_by_pages_of_25(visitor: Visitor, query: str, meta: tuple[int]) -> None:
    add_clients(visitor, 26)
    answer = visitor.get(f"/clients/{query}")
    assert answer.status_code == 200
    keys = ("current_page", "from", "last_page", "per_page", "to", "total")
    assert tuple(answer.json()["meta"][key] for key in keys) == meta
    expected = 0 if meta[1] is None else meta[4] - meta[1] + 1
    assert len(answer.json()["data"]) == expected


@pytest.mark.covers("PX-39")
def test_the_pages_of_a_list_hold_every_client_once(visitor: Visitor) -> None:
    add_clients(visitor, 7)
    found, address = [], "/studio/api/v1/clients?per_page=3&types=client"
    while address:
        body = visitor.client.get(address).json()
        found += [each["id"] for each in body["data"]]
        address = body["links"]["next"]
    assert len(found) == len(set(found)) == 7


@pytest.mark.parametrize(
    ("types", "expected"),
    [
        ("client", {"client 0"}),
        ("lead", {"lead 0"}),
        ("client,lead", {"client 0", "lead 0"}),
        ("client,lead,other", {"client 0", "lead 0", "other 0"}),
        ("all", {"client 0", "lead 0", "other 0"}),
        ("", {"client 0", "lead 0", "other 0"}),
    ],
)
@pytest.mark.covers("PX-40")
def test_types_say_which_kinds_are_listed(visitor: Visitor, types: str, expected: set[str]) -> None:
    for kind in CustomerKind:
        add_clients(visitor, 1, kind)
    answer = visitor.get("/clients/", params={"types": types})
    assert set(names(answer)) == expected
    assert answer.json()["meta"]["total"] == len(expected)


def test_a_search_finds_by_text_and_kind(visitor: Visitor) -> None:
    visitor.ask(AddCustomer(first_name="Berthe", last_name="Morisot"))
    visitor.ask(AddCustomer(first_name="Mary", last_name="Cassatt", kind=CustomerKind.LEAD))
    assert names(visitor.get("/clients/search?q=moris&types=all&page=1&pageSize=100")) == ["Berthe"]
    assert names(visitor.get("/clients/search?q=moris&types=lead")) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"), ("page=-1", "page"), ("page=x", "page"), ("page=1.5", "page"),
        ("page=", "page"), ("page=%D9%A1", "page"), ("page=1000000000", "page"),
        ("per_page=0", "per_page"), ("per_page=101", "per_page"), ("pageSize=101", "pageSize"),
        ("types=client,x", "types"), ("types=,", "types"),
    ],
)  # fmt: skip
@pytest.mark.covers("PX-42")
def test_a_parameter_that_makes_no_sense_is_named(visitor: Visitor, query: str, field: str) -> None:
    answer = visitor.get(f"/clients/?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"] == "Validation failed"
    assert list(answer.json()["details"]) == [field]


@pytest.mark.parametrize("query", ["types=%ff", "q=%ff"])
def test_a_query_that_is_no_utf_8_is_refused(visitor: Visitor, query: str) -> None:
    answer = visitor.get(f"/clients/search?{query}")
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


def test_nobody_sees_another_accounts_clients(house: House, visitor: Visitor) -> None:
    other = Visitor(house, STUDIO).sign_in()
    theirs = other.ask(AddCustomer(first_name="Berthe"))
    assert visitor.get("/clients/").json()["data"] == []
    assert visitor.get(f"/clients/{theirs.id}").status_code == 404
    assert visitor.send("DELETE", f"/clients/{theirs.id}").status_code == 404
    assert visitor.send("PUT", f"/clients/{theirs.id}", json={"notes": "x"}).status_code == 404


def test_the_csv_holds_everybody_and_no_formula(visitor: Visitor) -> None:
    visitor.ask(AddCustomer(first_name="=1+1", last_name='Say "hi", twice', email="a@b.example"))
    visitor.ask(AddCustomer(first_name="Mary"))
    address = visitor.get("/clients/").json()["meta"]["csv_url"]
    answer = visitor.client.get(address)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="clients.csv"')
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert {line["first_name"]: line["last_name"] for line in lines} == {
        "'=1+1": 'Say "hi", twice',
        "Mary": "",
    }


# --- one client ---------------------------------------------------------------------------------


@pytest.mark.covers("PX-38", "PX-41")
def test_a_new_client_has_an_id_and_everything_that_was_sent(visitor: Visitor) -> None:
    answer = visitor.send(
        "POST",
        "/clients/",
        json={
            "first_name": "John", "last_name": "Doe", "email": "john.doe@example.com",
            "phone": "+1-555-123-4567", "type": "lead", "notes": "VIP\nclient",
            "address_info": {"city": "New York"}, "id": "cl_mine", "sample": True,
        },
    )  # fmt: skip
    assert answer.status_code == 201
    record = answer.json()["data"]
    assert re.fullmatch(r"cl_[A-Za-z0-9]{30}", record["id"])
    assert record == {
        "id": record["id"],
        "email": "john.doe@example.com",
        "status_name": "Active",
        "first_name": "John",
        "last_name": "Doe",
        "phone": "+1-555-123-4567",
        "company": None,
        "job_title": None,
        "address_info": {
            "address_line_1": None, "address_line_2": None, "city": None, "postal_code": None,
            "state": None, "country": None, "country_id": None,
        },
        "notes": "VIP\nclient",
        "avatar_color": record["avatar_color"],
        "created_at": "2026-03-01T12:00:00.000000Z",
        "sample": False,
        "type": "lead",
        "type_formatted": "Lead",
    }  # fmt: skip
    assert visitor.get(f"/clients/{record['id']}").json() == {"data": record}
    assert visitor.get("/clients/").json()["data"] == [record]


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, {"first_name": ["Give a name, an e-mail address or a company."]}),
        ({"first_name": "John", "email": "john"}, {"email": ["This is not an e-mail address."]}),
        ({"first_name": 5, "phone": []}, {"first_name": ["The first name field must be a string."],
                                          "phone": ["The phone field must be a string."]}),
        ({"first_name": "John", "type": "friend"},
         {"type": ["The type must be one of client, lead, other."]}),
        ({"first_name": "J" * 101}, {"first_name": ["This may have at most 100 characters."]}),
        ({"first_name": "J\x00"}, {"first_name": ["This holds characters that cannot be shown."]}),
    ],
)  # fmt: skip
@pytest.mark.covers("PX-42")
def test_what_is_wrong_with_a_client_is_said_field_by_field(
    visitor: Visitor, body: dict[str, Any], details: dict[str, list[str]]
) -> None:
    answer = visitor.send("POST", "/clients/", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"] == "Validation failed"
    assert answer.json()["message"]
    assert answer.json()["details"] == details
    assert visitor.get("/clients/").json()["data"] == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_change_leaves_what_it_does_not_name_and_empties_what_is_null(
    visitor: Visitor, method: str
) -> None:
    made = visitor.ask(
        AddCustomer(first_name="John", email="john@example.com", phone="1", notes="VIP")
    )
    change = {"first_name": "Jon", "phone": None}
    answer = visitor.send(method, f"/clients/{made.id}", json=change)
    assert answer.status_code == 200
    record = answer.json()["data"]
    kept = ("first_name", "email", "phone", "notes", "type")
    assert [record[key] for key in kept] == ["Jon", "john@example.com", None, "VIP", "client"]
    assert visitor.send(method, f"/clients/{made.id}/", json=record).json()["data"] == record


def test_a_change_that_is_refused_changes_nothing(visitor: Visitor) -> None:
    made = visitor.ask(AddCustomer(first_name="John"))
    answer = visitor.send("PUT", f"/clients/{made.id}", json={"notes": "x", "email": "nobody"})
    assert answer.status_code == 422
    assert visitor.get(f"/clients/{made.id}").json()["data"]["notes"] is None


def test_a_deleted_client_is_gone(visitor: Visitor) -> None:
    made = visitor.ask(AddCustomer(first_name="John"))
    answer = visitor.send("DELETE", f"/clients/{made.id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert visitor.get(f"/clients/{made.id}").status_code == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "id",
    ["1", "in_" + "A" * 30, "cl_" + "A" * 29, "cl_" + "A" * 31, "CL_" + "A" * 30, "cl_",
     "cl_" + "é" * 30, "cl_" + "A" * 29 + "%00", "cl_" + "A" * 29 + "."],
)  # fmt: skip
@pytest.mark.covers("PX-43")
def test_an_id_of_another_form_gets_400(visitor: Visitor, method: str, id: str) -> None:
    answer = visitor.send(method, f"/clients/{id}", json={})
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "Bad Request",
        "message": "A client's id is cl_ and 30 letters or digits.",
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.covers("PX-43")
def test_an_id_that_names_nobody_gets_404(visitor: Visitor, method: str) -> None:
    answer = visitor.send(method, f"/clients/{UNKNOWN}", json={})
    assert answer.status_code == 404
    assert answer.json() == {"error": "Not Found", "message": "There is nothing here."}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'"x"', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b'{"first_name": "\xff"}', "application/json", 400),
        (b'{"first_name": "\\ud800"}', "application/json", 400),
        (b"[" * 5000, "application/json", 400),
        (b"first_name=John", "application/x-www-form-urlencoded", 415),
        (b"first_name=John", "text/plain", 415),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    visitor: Visitor, body: bytes, kind: str, status: int
) -> None:
    headers = {"Content-Type": kind, "X-CSRF-Token": visitor.csrf}
    answer = visitor.client.post("/studio/api/v1/clients/", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "message"}


def test_a_body_without_a_content_type_is_taken_as_json(visitor: Visitor) -> None:
    answer = visitor.client.post(
        "/studio/api/v1/clients/",
        content=b'{"first_name": "John"}',
        headers={"X-CSRF-Token": visitor.csrf},
    )
    assert answer.status_code == 201


def test_a_body_beyond_a_megabyte_is_refused(visitor: Visitor) -> None:
    answer = visitor.send("POST", "/clients/", json={"notes": "x" * 1024 * 1024})
    assert answer.status_code == 413
    assert answer.json().keys() == {"error", "message"}


# --- addresses ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/notifications/all", "/clients", "/clients/search"])
@pytest.mark.covers("PX-50", "PX-51")
def test_a_trailing_slash_makes_no_difference_and_no_redirect(visitor: Visitor, path: str) -> None:
    plain, slashed = visitor.get(path), visitor.get(f"{path}/")
    assert plain.status_code == slashed.status_code == 200
    assert plain.json() == slashed.json()
    assert plain.headers["content-type"] == slashed.headers["content-type"] == "application/json"


@pytest.mark.covers("PX-50")
def test_a_write_keeps_its_body_with_and_without_the_slash(visitor: Visitor) -> None:
    for path in ("/clients", "/clients/"):
        answer = visitor.send("POST", path, json={"first_name": "John"})
        assert answer.status_code == 201


@pytest.mark.covers("PX-51")
def test_an_unknown_path_and_a_wrong_method_get_json_too(visitor: Visitor) -> None:
    answer = visitor.get("/invoices/")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")
    assert answer.json() == {"error": "Not Found", "message": "There is nothing here."}
    answer = visitor.send("PATCH", "/clients")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert answer.json() == {
        "error": "Method Not Allowed",
        "message": "This path does not answer that method.",
    }
