"""PhotoShelter's codec by itself: this request, that value."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import pytest

from safelight.config import Photoshelter
from safelight.errors import (
    ConflictingCredentials,
    InvalidFields,
    MalformedCredential,
    MalformedRequest,
    NotAPicture,
    NotFound,
    Throttled,
    UnsupportedMediaType,
)
from safelight.exchange import Renewal, SessionToken
from safelight.identity.realm import Carrier, Realm, TokenForm
from safelight.library.ports import Window
from safelight.secret import Secret
from safelight.server.denials import denial_of
from safelight.server.http import Caching, Reply, Request
from safelight.server.protocols.photoshelter import PhotoShelter
from safelight.server.protocols.photoshelter.envelope import write_envelope, write_ok, write_xml
from safelight.server.protocols.photoshelter.fields import read_body_fields
from safelight.server.protocols.photoshelter.sign_in import read_sign_in
from safelight.server.protocols.photoshelter.view import read_view, write_paging

REALM = Realm(
    name="photoshelter",
    protocol="photoshelter",
    idle=timedelta(minutes=30),
    absolute=timedelta(days=14),
    token_idle=timedelta(days=1),
    token_form=TokenForm.SHORT,
    seals=True,
    requires_api_key=True,
)


def wire(**settings: object) -> PhotoShelter:
    return PhotoShelter(REALM, Photoshelter(**settings))  # type: ignore[arg-type]  # per test


def request(
    method: str = "GET",
    path: str = "/psapi/v3/mem/gallery",
    *headers: tuple[str, str],
    query: str = "",
    body: bytes = b"",
) -> Request:
    made = Request(
        method=method,
        path=path,
        query_string=query.encode(),
        raw_headers=[(name.lower().encode(), value.encode()) for name, value in headers],
        scheme="https",
        host="photos.example",
        peer="127.0.0.1",
        address="127.0.0.1",
        id="1",
    )
    made.body = body
    return made


def carriers(asked: Request, **settings: object) -> list[tuple[Carrier, str, bool]]:
    found = []
    for each in wire(**settings).read_credentials(asked).credentials:
        assert isinstance(each, SessionToken)
        assert each.realm == "photoshelter"
        found.append((each.carrier, each.secret.reveal(), each.sealed))
    return found


# --- credentials ----------------------------------------------------------------------------


@pytest.mark.covers("PS-27", "PS-32")
def test_a_header_token_comes_before_one_in_the_address_and_that_before_the_cookie() -> None:
    asked = request(
        "GET",
        "/psapi/v3/mem/gallery",
        ("Cookie", "SSphotoshelter_com_mem=sealed"),
        ("X-PS-AUTH-TOKEN", "one"),
        query="auth_token=two",
    )
    assert carriers(asked) == [
        (Carrier.HEADER, "one", False),
        (Carrier.QUERY, "two", False),
        (Carrier.COOKIE, "sealed", True),
    ]


def test_empty_credentials_are_none() -> None:
    asked = request(
        "GET",
        "/psapi/v3/mem/gallery",
        ("Cookie", "SSphotoshelter_com_mem="),
        ("X-PS-Auth-Token", ""),
        ("X-PS-Api-Key", ""),
        query="auth_token=&api_key=",
    )
    presented = wire().read_credentials(asked)
    assert presented.credentials == ()
    assert presented.api_key is None


@pytest.mark.covers("PS-27")
@pytest.mark.parametrize(
    ("setting", "method", "taken"),
    [
        ("any", "GET", True),
        ("any", "POST", True),
        ("read", "GET", True),
        ("read", "POST", False),
        ("never", "GET", False),
        ("never", "POST", False),
    ],
)
def test_a_token_in_the_address_counts_where_the_operator_says(
    setting: str, method: str, taken: bool
) -> None:
    asked = request(method, query="auth_token=two")
    if taken:
        assert carriers(asked, token_in_url=setting) == [(Carrier.QUERY, "two", False)]
    else:
        with pytest.raises(MalformedCredential, match="X-PS-Auth-Token"):
            carriers(asked, token_in_url=setting)


@pytest.mark.covers("PS-44")
def test_a_cookie_header_made_of_whole_set_cookie_lines_is_understood() -> None:
    line = "SSphotoshelter_com_mem=sealed; path=/; domain=.photoshelter.com; acs=1; path=/"
    assert carriers(request("GET", "/psapi/v3/mem/gallery", ("Cookie", line))) == [
        (Carrier.COOKIE, "sealed", True)
    ]


def test_two_session_cookies_contradict_each_other() -> None:
    asked = request(
        "GET",
        "/psapi/v3/mem/gallery",
        ("Cookie", "SSphotoshelter_com_mem=a; SSphotoshelter_com_mem=b"),
    )
    with pytest.raises(ConflictingCredentials):
        wire().read_credentials(asked)


@pytest.mark.parametrize(("header", "query"), [("a", "api_key=b"), (None, "api_key=a&api_key=b")])
def test_two_different_api_keys_contradict_each_other(header: str | None, query: str) -> None:
    headers = (("X-PS-Api-Key", header),) if header else ()
    with pytest.raises(ConflictingCredentials):
        wire().read_credentials(request("GET", "/psapi/v3/mem/gallery", *headers, query=query))


@pytest.mark.covers("PS-2")
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b"api_key=AAAAAAAAAAA&email=a"),
        ("application/json", b'{"api_key":"AAAAAAAAAAA"}'),
        ("text/plain;charset=UTF-8", b'{"api_key":"AAAAAAAAAAA"}'),
    ],
)
def test_a_small_body_may_hold_the_api_key(kind: str, body: bytes) -> None:
    asked = request("POST", "/psapi/v3/mem/authenticate", ("Content-Type", kind), body=body)
    key = wire().read_credentials(asked).api_key
    assert key is not None
    assert key.reveal() == "AAAAAAAAAAA"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b'{"api_key":'),
        ("image/png", b"\x89PNG"),
        ("application/x-www-form-urlencoded", b"api_key=%ff"),
    ],
)
def test_a_body_that_cannot_be_read_holds_no_api_key(kind: str, body: bytes) -> None:
    asked = request("POST", "/psapi/v3/mem/authenticate", ("Content-Type", kind), body=body)
    assert wire().read_credentials(asked).api_key is None


def test_the_native_api_is_given_the_same_credentials() -> None:
    asked = request(
        "GET",
        "/v1/photos",
        ("Cookie", "SSphotoshelter_com_mem=sealed"),
        ("X-PS-Auth-Token", "one"),
        query="auth_token=two",
    )
    assert [each.carrier for each in wire().read_own(asked)] == [
        Carrier.HEADER,
        Carrier.QUERY,
        Carrier.COOKIE,
    ]


def test_there_is_no_csrf_cookie_to_read() -> None:
    assert wire().read_csrf_cookie(request()) is None


# --- bodies ---------------------------------------------------------------------------------


@pytest.mark.covers("PS-6")
@pytest.mark.parametrize("kind", ["application/json", "text/plain;charset=UTF-8", None])
def test_credentials_as_json_text_are_read_under_any_name_it_goes_by(kind: str | None) -> None:
    headers = (("Content-Type", kind),) if kind else ()
    body = b'{"email":"ada@example.com","password":"secret words","mode":"token"}'
    command = read_sign_in(request("POST", "/psapi/v3/mem/authenticate", *headers, body=body))
    assert command.identifier == "ada@example.com"
    assert command.password == Secret("secret words")
    assert command.carrier is Carrier.HEADER


def test_a_form_that_is_sent_as_plain_text_is_a_form() -> None:
    body = b"email=ada%40example.com&password=secret"
    asked = request("POST", "/psapi/v3/mem/authenticate", ("Content-Type", "text/plain"), body=body)
    assert read_sign_in(asked).identifier == "ada@example.com"


@pytest.mark.parametrize(
    "body",
    [b"[]", b'{"email":', b'{"email":["a"]}', b'{"email":"\xff"}', b"{}x", b'{"a":' * 100_000],
)
def test_json_that_is_no_flat_object_is_refused(body: bytes) -> None:
    asked = request("POST", "/x", ("Content-Type", "application/json"), body=body)
    with pytest.raises(MalformedRequest):
        read_body_fields(asked)


def test_a_body_of_another_type_is_refused() -> None:
    asked = request("POST", "/x", ("Content-Type", "application/xml"), body=b"<a/>")
    with pytest.raises(UnsupportedMediaType):
        read_body_fields(asked)


def test_a_sign_in_with_two_passwords_is_refused() -> None:
    asked = request(
        "POST",
        "/psapi/v3/mem/authenticate",
        ("Content-Type", "application/x-www-form-urlencoded"),
        body=b"email=a&password=b&password=c",
    )
    with pytest.raises(ConflictingCredentials):
        read_sign_in(asked)


# --- the view -------------------------------------------------------------------------------


@pytest.mark.covers("PS-52")
@pytest.mark.parametrize(
    "query",
    [
        'extend={"Image":{"fields":"image_id, file_name","params":{}},"ImageLink":{}}',
        (
            "extend=%7B%22Image%22%3A%7B%22fields%22%3A%22image_id%2C%20file_name%22%7D%2C"
            "%22ImageLink%22%3A%7B%7D%7D"
        ),
        'extend={"Image":{"fields":"image_id,file_name","ImageLink":{}}}',
        'extend={"Image":{"fields":"image_id,file_name","extend":{"ImageLink":{}}}}',
    ],
)
def test_extend_is_read_raw_or_escaped_flat_or_nested(query: str) -> None:
    assert read_view(request(query=query)).extensions == {
        "Image": frozenset({"image_id", "file_name"}),
        "ImageLink": None,
    }


@pytest.mark.covers("PS-52")
@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"Image"', '{"Image":1}', '{"Image":{"fields":7}}', '{"a":' * 100_000, "{'a':{}}"],
)
def test_a_malformed_extend_is_refused(text: str) -> None:
    with pytest.raises(MalformedRequest, match="extend"):
        read_view(request(query=f"extend={text}"))


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=1.5",
        "page=٣",
        "page=1000001",
        "per_page=0",
        "per_page=x",
    ],
)
def test_an_impossible_page_is_refused(query: str) -> None:
    with pytest.raises(InvalidFields):
        read_view(request(query=query))


def test_a_page_is_a_window() -> None:
    assert read_view(request(query="page=3&per_page=20")).window == Window(limit=20, offset=40)
    assert read_view(request()).window == Window(limit=500, offset=0)
    assert read_view(request(query="per_page=100000")).window == Window(limit=1000, offset=0)


@pytest.mark.covers("PS-50")
def test_paging_has_a_next_page_exactly_when_there_is_one() -> None:
    asked = request(query="per_page=2&api_key=AAAAAAAAAAA&auth_token=secret&page=2&fields=name")
    address = "https://photos.example/psapi/v3/mem/gallery?per_page=2&fields=name&page="
    assert write_paging(read_view(asked), 5, asked) == {
        "page": 2,
        "pages": 3,
        "per_page": 2,
        "total": 5,
        "first": f"{address}1",
        "last": f"{address}3",
        "next": f"{address}3",
    }
    assert "next" not in write_paging(read_view(asked), 4, asked)
    assert write_paging(read_view(request()), 0, request())["pages"] == 1


@pytest.mark.covers("PS-51")
def test_fields_pick_and_an_unknown_one_is_ignored() -> None:
    record = {"gallery_id": "G", "name": "Harbour", "mode": "private"}
    assert read_view(request(query="fields=name,colour")).pick(record) == {"name": "Harbour"}
    assert read_view(request(query="fields=*")).pick(record) == record
    assert read_view(request(query="fields=")).pick(record) == record


# --- envelopes ------------------------------------------------------------------------------


@pytest.mark.covers("PS-45")
def test_xml_repeats_lists_and_escapes_texts() -> None:
    galleries = [{"name": "Boats & <ships>\x00"}, {"name": None}]
    assert write_xml({"status": "ok", "data": {"Gallery": galleries}}).decode() == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<PhotoShelterAPI><status>ok</status><data>"
        "<Gallery><name>Boats &amp; &lt;ships&gt;\ufffd</name></Gallery>"
        "<Gallery><name></name></Gallery>"
        "</data></PhotoShelterAPI>"
    )
    assert (
        write_xml({"status": "ok", "data": []}).decode().endswith("<data></data></PhotoShelterAPI>")
    )


@pytest.mark.covers("PS-45")
def test_an_answer_is_xml_when_it_is_asked_for_and_json_else() -> None:
    found = {"Session": {"tz": "UTC"}}
    assert write_ok(request(), found).body == b'{"status":"ok","data":{"Session":{"tz":"UTC"}}}'
    reply = write_ok(request(query="format=xml"), found)
    assert reply.media_type == b"application/xml; charset=utf-8"
    with pytest.raises(InvalidFields):
        read_view(request(query="format=yaml"))


@pytest.mark.covers("PS-58")
def test_a_refusal_can_be_read_in_both_ways() -> None:
    reply = wire().write_denial(denial_of(NotFound("No such gallery.")), request())
    assert reply.status == 404
    assert reply.body == (
        b'{"status":"error",'
        b'"error":{"code":404,"class":"NotFoundErr","message":"No such gallery."},'
        b'"errors":[{"id":"NotFoundErr","title":"No such gallery."}],'
        b'"data":null}'
    )


def test_a_refusal_is_written_whatever_the_query_is_like() -> None:
    reply = wire().write_denial(denial_of(NotFound()), request(query="format=%ff"))
    assert reply.status == HTTPStatus.NOT_FOUND


def test_a_class_of_error_passes_to_its_kinds() -> None:
    reply = wire().write_denial(denial_of(NotAPicture()), request())
    assert (reply.status, b'"UnsupportedTypeErr"' in bytes(reply.body)) == (415, True)  # type: ignore[arg-type]  # bytes here


def test_a_pause_is_told_in_whole_seconds() -> None:
    denial = denial_of(Throttled(timedelta(seconds=1.2)))
    assert (b"retry-after", b"2") in wire().write_denial(denial, request()).headers


def test_a_renewed_cookie_is_never_left_to_a_shared_cache() -> None:
    reply = Reply(caching=Caching.PUBLIC)
    wire().write_renewal(Renewal(session_token=Secret("sealed")), reply, request())
    assert reply.caching is Caching.PRIVATE
    assert [cookie.value for cookie in reply.cookies] == ["sealed"]


def test_nothing_is_renewed_for_a_token() -> None:
    reply = Reply(caching=Caching.PUBLIC)
    wire().write_renewal(Renewal(), reply, request())
    assert (reply.caching, reply.cookies) == (Caching.PUBLIC, [])


def test_an_envelope_keeps_its_status() -> None:
    assert write_envelope(request(), {"status": "error"}, 418, Caching.SECRET).status == 418
