"""The document that describes the native API: complete, valid, and what the endpoints say."""

from __future__ import annotations

import re
from typing import Any

import pytest
import schemathesis
from tests.house import House
from tests.protocols.native import DOCUMENT, WIRE, Visitor

from safelight.identity.permission import Scope
from safelight.server.wire import CommandEndpoint, FixedEndpoint, ResourceEndpoint

DECLARED = [each for each in WIRE.endpoints if not isinstance(each, FixedEndpoint)]
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        own = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return own.union(*(references(each) for each in value.values()))
    if isinstance(value, list):
        return set().union(*(references(each) for each in value))
    return set()


def test_the_document_is_served_to_anybody(house: House) -> None:
    answer = house.client().get("/v1/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == DOCUMENT
    assert DOCUMENT["openapi"] == "3.1.0"


def test_the_document_is_one_that_tools_can_load() -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    operations = [each.ok() for each in schema.get_all_operations()]
    assert len(operations) == len(DECLARED)


def test_every_endpoint_is_in_the_document_and_nothing_else() -> None:
    declared = {(each.path, each.method.lower()) for each in DECLARED}
    assert {(path, method) for path, method, _ in OPERATIONS} == declared


def test_every_endpoint_says_what_it_is_for() -> None:
    assert [each for each in DECLARED if not each.summary] == []
    ids = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(ids) == len(set(ids))


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_every_kept_schema_is_used() -> None:
    named = {each.rpartition("/")[2] for each in references(DOCUMENT) if "/schemas/" in each}
    assert DOCUMENT["components"]["schemas"].keys() == named


def test_every_path_parameter_is_declared() -> None:
    for path, _, operation in OPERATIONS:
        declared = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
        assert declared == set(re.findall(r"\{(\w+)\}", path))


@pytest.mark.parametrize("endpoint", DECLARED, ids=lambda each: f"{each.method} {each.path}")
def test_an_operation_asks_for_the_scope_that_its_endpoint_needs(endpoint: Any) -> None:
    operation = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]
    assert isinstance(endpoint, CommandEndpoint | ResourceEndpoint)
    if endpoint.needs is None:
        assert (endpoint.path, operation["security"]) == ("/v1/sessions", [])
        return
    schemes = DOCUMENT["components"]["securitySchemes"]
    assert operation["security"] == [{scheme: [endpoint.needs.value]} for scheme in schemes]


def test_every_scope_is_needed_somewhere() -> None:
    needed = {
        each.needs for each in DECLARED if isinstance(each, CommandEndpoint | ResourceEndpoint)
    }
    assert needed - {None} == set(Scope)


@pytest.mark.parametrize("endpoint", DECLARED, ids=lambda each: f"{each.method} {each.path}")
def test_a_token_with_every_other_scope_is_refused(house: House, endpoint: Any) -> None:
    if endpoint.needs is None:
        return
    others = [each.value for each in Scope if each is not endpoint.needs]
    path = re.sub(r"\{\w+\}", "x", endpoint.path)
    body = b"{}" if endpoint.takes else b""
    headers = {"Content-Type": "application/json"}
    client = Visitor(house).with_token(*others)
    answer = client.request(endpoint.method, path, content=body, headers=headers)
    if isinstance(endpoint, CommandEndpoint) and endpoint.takes:
        assert answer.status_code == 400  # a command's body is read before its caller is known
        return
    assert answer.status_code == 403
    assert answer.json()["detail"] == f"This needs the scope {endpoint.needs.value}."


@pytest.mark.parametrize("endpoint", DECLARED, ids=lambda each: f"{each.method} {each.path}")
def test_nobody_gets_anything_without_a_credential(house: House, endpoint: Any) -> None:
    path = re.sub(r"\{\w+\}", "x", endpoint.path)
    answer = house.client().request(endpoint.method, path)
    expected = 415 if endpoint.takes and isinstance(endpoint, CommandEndpoint) else 401
    assert answer.status_code == expected
    documented = DOCUMENT["paths"][endpoint.path][endpoint.method.lower()]["responses"]
    assert str(expected) in documented


def test_bodies_refuse_fields_that_are_not_theirs() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for each in DECLARED:
        if each.takes is not None and each.takes.__name__ != "PhotoUpload":
            assert schemas[each.takes.__name__]["additionalProperties"] is False


def test_every_text_that_is_taken_has_an_end() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for each in DECLARED:
        if each.takes is None or each.takes.__name__ == "PhotoUpload":
            continue
        for name, schema in schemas[each.takes.__name__]["properties"].items():
            for option in schema.get("anyOf", [schema]):
                if option.get("type") in ("string", "array"):
                    assert option.keys() & {"maxLength", "maxItems"}, f"{each.path} {name}"


def test_a_page_shows_the_document_with_what_lies_on_this_server_alone(house: House) -> None:
    answer = house.client().get("/v1/docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    (policy,) = answer.headers.get_list("content-security-policy")
    assert "script-src 'self';" in policy
    addresses = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(addresses) == 3
    for address in addresses:
        assert address.startswith("/v1/docs/")
        assert house.client().get(address).status_code == 200
    assert '"/v1/openapi.json"' in house.client().get("/v1/docs/start.js").text
