"""Pixieset: small rules of the wire, without a server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from tests.server.requests import a_request

from safelight.config import Pixieset as PixiesetSettings
from safelight.errors import ConfigurationError, InvalidFields, MalformedRequest, NotFound
from safelight.library.ports import Window
from safelight.library.questions import ByNumber
from safelight.server.http import Request
from safelight.server.protocols.pixieset.cookies import (
    GALLERIES,
    STUDIO,
    SignInCookies,
    name_cookies,
)
from safelight.server.protocols.pixieset.fields import read_collection_change, read_new_client
from safelight.server.protocols.pixieset.ids import (
    collection_id,
    gallery_id,
    read_collection_id,
    read_gallery_id,
    read_photo_id,
)
from safelight.server.protocols.pixieset.instants import write_date, write_instant, write_moment
from safelight.server.protocols.pixieset.paging import (
    Page,
    read_page,
    write_links,
    write_meta,
)
from safelight.server.protocols.pixieset.sign_in import (
    asks_for_json,
    read_csrf_token,
    read_log_in,
)


@pytest.mark.covers("PX-52")
def test_collections_have_eight_digits_and_galleries_nine() -> None:
    assert (collection_id(1), gallery_id(1)) == (10_000_001, 100_000_001)
    assert read_collection_id("10000001") == ByNumber(1)
    assert read_gallery_id("100000001") == ByNumber(1)
    assert read_photo_id("1") == ByNumber(1)


@pytest.mark.parametrize("text", ["0", "10000000", "99999999999999999999"])
def test_a_number_that_no_collection_can_have_names_none(text: str) -> None:
    with pytest.raises(NotFound):
        read_collection_id(text)


@pytest.mark.parametrize("text", ["", "+1", "-1", " 1", "1 ", "1_0", "١", "1" * 21])
def test_only_digits_make_a_number(text: str) -> None:
    with pytest.raises(MalformedRequest):
        read_photo_id(text)


@pytest.mark.parametrize("read", [read_log_in, read_new_client, read_collection_change])
def test_json_that_is_nested_beyond_reason_is_refused(read: Callable[[Request], object]) -> None:
    body = b'{"email":' * 5000
    request = a_request("POST", headers={"Content-Type": "application/json"}, body=body)
    with pytest.raises(MalformedRequest):
        read(request)


def test_instants_are_written_in_utc() -> None:
    at = datetime(2026, 3, 1, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    assert write_instant(at) == "2026-02-28T23:02:03.000000Z"
    assert write_moment(at) == "2026-02-28 23:02:03"
    assert write_date(at) == "2026-02-28"
    assert write_instant(datetime(2026, 3, 1, 1, 2, 3, 4, UTC)) == "2026-03-01T01:02:03.000004Z"


@pytest.mark.parametrize(
    ("query", "page"),
    [
        (b"", Page(number=1, size=25)),
        (b"page=3", Page(number=3, size=25)),
        (b"page=3&per_page=100", Page(number=3, size=100)),
        (b"page=007&per_page=1", Page(number=7, size=1)),
        (b"page=1&page=9", Page(number=9, size=25)),
    ],
)
@pytest.mark.covers("PX-39", "PX-45")
def test_a_page_is_read_from_the_query(query: bytes, page: Page) -> None:
    assert read_page(a_request(query=query), 25, ("per_page",)) == page


def test_a_size_that_nobody_may_ask_for_is_ignored() -> None:
    assert read_page(a_request(query=b"per_page=0"), 24) == Page(number=1, size=24)


@pytest.mark.parametrize("query", [b"page=0", b"per_page=101", b"page=1000000000", b"page=1;2"])
def test_a_page_that_makes_no_sense_is_refused(query: bytes) -> None:
    with pytest.raises(InvalidFields):
        read_page(a_request(query=query), 25, ("per_page",))


def test_a_window_begins_where_the_page_before_ends() -> None:
    assert Page(number=1, size=24).window == Window(limit=24, offset=0)
    assert Page(number=3, size=24).window == Window(limit=24, offset=48)


@pytest.mark.parametrize(("total", "last"), [(0, 1), (1, 1), (24, 1), (25, 2), (48, 2), (49, 3)])
def test_the_last_page_is_the_one_that_holds_the_last_item(total: int, last: int) -> None:
    page = Page(number=1, size=24)
    assert page.last(total) == last
    assert write_meta(page, shown=min(24, total), total=total).last_page == last


def test_links_keep_the_rest_of_the_query() -> None:
    request = a_request(path="/studio/api/v1/clients", query=b"types=client,lead&page=2&q=a%26b")
    links = write_links(request, Page(number=2, size=25), 60)
    address = "https://photos.example/studio/api/v1/clients?types=client%2Clead&q=a%26b&page="
    assert [links.first, links.prev, links.next, links.last] == [
        f"{address}{number}" for number in (1, 1, 3, 3)
    ]


def test_from_beyond_the_end_the_way_back_leads_to_the_last_page() -> None:
    links = write_links(a_request(path="/clients"), Page(number=9, size=25), 60)
    assert (links.prev, links.next) == ("https://photos.example/clients?page=3", None)


@pytest.mark.parametrize(
    "settings",
    [
        PixiesetSettings(session_cookie="two words"),
        PixiesetSettings(csrf_cookie="a=b"),
        PixiesetSettings(auth_cookie="ä"),
        PixiesetSettings(session_cookie="x\r\nSet-Cookie: y"),
        PixiesetSettings(session_cookie="same", csrf_cookie="same"),
    ],
)
def test_a_name_that_no_cookie_can_have_stops_the_server(settings: PixiesetSettings) -> None:
    with pytest.raises(ConfigurationError, match=r"realms\.studio"):
        name_cookies("studio", STUDIO, settings)


@pytest.mark.covers("PX-63")
def test_the_session_is_found_among_cookies_of_any_spacing() -> None:
    cookies = SignInCookies(GALLERIES, None)
    for header in (
        "a=1;gallery_dashboard_session=token;b=2",
        "a=1;  gallery_dashboard_session=token ; b=2",
        "gallery_dashboard_session=token",
    ):
        found = cookies.read_session(a_request(headers={"Cookie": header}))
        assert found is not None
        assert found.reveal() == "token"
    spaced = a_request(headers=[(b"cookie", "\u2000gallery_dashboard_session=x".encode())])
    assert cookies.read_session(spaced) is None


@pytest.mark.covers("PX-9")
def test_the_csrf_cookie_is_decoded() -> None:
    request = a_request(headers={"Cookie": "GD-XSRF-TOKEN=a%3Db%25"})
    token = SignInCookies(GALLERIES, None).read_csrf(request)
    assert token is not None
    assert token.reveal() == "a=b%"


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ({"Accept": "application/json, text/plain, */*"}, True),
        ({"X-Requested-With": "XMLHttpRequest"}, True),
        ({"Accept": "*/*"}, False),
        ({"Accept": "text/html"}, False),
        ({}, False),
    ],
)
@pytest.mark.covers("PX-10")
def test_json_is_asked_for_by_either_header(headers: dict[str, str], asked: bool) -> None:
    assert asks_for_json(a_request(headers=headers)) is asked


@pytest.mark.parametrize(
    ("headers", "body", "token"),
    [
        ({"X-CSRF-Token": "one", "X-XSRF-TOKEN": "two"}, b"", "one"),
        ({"X-CSRF-Token": "", "X-XSRF-TOKEN": "two"}, b"", "two"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"_token=three", "three"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"_token=", None),
        ({"Content-Type": "application/json"}, b'{"_token": "four"}', None),
        ({}, b"", None),
    ],
)
@pytest.mark.covers("PX-23", "PX-24")
def test_the_token_of_a_write_is_in_a_header_or_in_a_form(
    headers: dict[str, str], body: bytes, token: str | None
) -> None:
    found = read_csrf_token(a_request("POST", headers=headers, body=body))
    assert (found.reveal() if found else None) == token
