"""A small share of `dev.py prove wires` and `prove sockets`, and that they can fail."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from tools.prove import raw
from tools.prove.draft import draft_of
from tools.prove.furnished import Answer, FurnishedHouse, furnished_house
from tools.prove.inventory import EndpointReader, endpoint_readers
from tools.prove.proof import Broken, Effort, Tally
from tools.prove.wire_shapes import require_refused, require_sound
from tools.prove.wires import opened

SHARE = Effort(seed=20260301, share=0.015)

HOST = (b"host", b"localhost")
HEADERS = [
    (name, b"x")
    for name in (
        b"x-content-type-options", b"referrer-policy", b"content-security-policy", b"vary",
        b"cross-origin-opener-policy", b"cross-origin-resource-policy",
    )
]  # fmt: skip


def test_every_wire_answers_anything_as_it_should_and_refusals_change_nothing() -> None:
    tally = Tally()
    with opened(tally) as wires:
        for endpoint in endpoint_readers():
            wires.try_endpoint(endpoint, SHARE)
    assert tally["requests"] > 1000
    assert tally["answers 4xx"] > 300
    assert tally["answers 2xx"] > 300


def test_bytes_that_are_hardly_http_do_no_harm() -> None:
    assert raw.prove(Effort(seed=20260301, share=0.1))["of which were answered"] > 500


# --- they can fail ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def furnished() -> Generator[FurnishedHouse, None, None]:
    with furnished_house() as furnished:
        yield furnished


def test_a_row_that_a_refused_request_leaves_is_seen_and_put_back(
    furnished: FurnishedHouse,
) -> None:
    visitor = furnished.credentials["native"]
    body = b'{"name":"Harbour"}'
    headers = [*visitor, HOST, (b"content-type", b"application/json")]
    answer = furnished.ask("POST", b"/v1/galleries", b"", headers, body)
    assert answer.status == 201
    assert furnished.has_committed()
    assert set(furnished.changed_rows()) == {"gallery"}
    furnished.put_back()
    assert not furnished.has_committed()
    assert furnished.changed_rows() == {}


def test_a_file_that_a_refused_request_leaves_is_seen_and_put_back(
    furnished: FurnishedHouse,
) -> None:
    (furnished.house.folder / "incoming" / "x.staged").write_bytes(b"half")
    assert furnished.files() != furnished.initial.files
    furnished.put_back()
    assert furnished.files() == furnished.initial.files


def test_what_a_refusal_changes_breaks_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(Tally()) as wires:
        found = endpoint("DELETE", "/v1/photos/{id}")
        good = draft_of(wires._furnished, found)
        ask = wires._furnished.ask

        def refuse_too_late(*request: object) -> Answer:
            ask(*request)
            return ask("GET", b"/v1/nothing", b"", [HOST], b"")

        monkeypatch.setattr(wires._furnished, "ask", refuse_too_late)
        with pytest.raises(Broken, match="answered 404, and"):
            wires.try_one(good)


def endpoint(method: str, path: str) -> EndpointReader:
    return next(
        found
        for found in endpoint_readers()
        if (found.endpoint.method, found.endpoint.path) == (method, path)
    )


def test_an_endpoint_that_the_proof_cannot_enter_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(Tally()) as wires:
        monkeypatch.setitem(wires._furnished.credentials, "native", [])
        with pytest.raises(Broken, match="says what a rightful caller sends"):
            wires.try_endpoint(endpoint("GET", "/v1/account"), SHARE)


@pytest.mark.parametrize(
    ("realm", "status", "body"),
    [
        ("native", 404, b'{"error":"not_found","message":"Nothing."}'),
        ("studio", 404, b'{"error":"Not Found"}'),
        ("photoshelter", 404, b'{"status":"error","error":{"message":"x"}}'),
        ("librephotos", 404, b'{"detail":"Not found."}'),
        ("recorder_monitor", 404, b'{"status":"OK","message":"x"}'),
        ("web", 404, b"Not found"),
        ("web", 404, b'{"error":"not_found","message":""}'),
    ],
)
def test_a_refusal_in_another_shape_breaks_the_proof(realm: str, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    with pytest.raises(Broken):
        require_refused("it", realm, "/x", Answer(status, headers, body))


@pytest.mark.parametrize(
    ("status", "missing"),
    [(401, "challenge"), (405, "names no method"), (429, "names no time"), (404, "may be kept")],
)
def test_a_refusal_without_its_header_breaks_the_proof(status: int, missing: str) -> None:
    kept = b"no-store" if status != 404 else b"public, max-age=300"
    headers = [(b"content-type", b"application/json"), (b"cache-control", kept)]
    body = b'{"error":"x","message":"y"}'
    with pytest.raises(Broken, match=missing):
        require_refused("it", "web", "/x", Answer(status, headers, body))


def test_a_fault_breaks_the_proof() -> None:
    with pytest.raises(Broken, match="500"):
        require_sound("it", Answer(500, [], b"{}"))
    with pytest.raises(Broken, match="without"):
        require_sound("it", Answer(200, [], b""))
    torn = [*HEADERS, (b"cache-control", b"a"), (b"location", b"/\r\nSet-Cookie: a=b")]
    with pytest.raises(Broken, match="location"):
        require_sound("it", Answer(302, torn, b""))
