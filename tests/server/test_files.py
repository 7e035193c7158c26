"""Photo files as answers: conditions, ranges and names."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.server.requests import a_request

from safelight.identity.ids import AccountId, PhotoId
from safelight.library.photo import Owner, Photo, Visibility
from safelight.library.ports import BlobKey
from safelight.library.questions import PhotoFile
from safelight.server.files import disposition, write_file
from safelight.server.http import BlobBody, Caching, Reply
from safelight.server.preconditions import matches

CHANGED = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
LAST_MODIFIED = "Sun, 01 Mar 2026 12:00:00 GMT"
KEY = BlobKey("photos/ab/abcd")


def a_file(*, size: int = 1000, public: bool = False, name: str = "dawn.jpg") -> PhotoFile:
    photo = Photo(
        id=PhotoId("I0000aaaaaaaaaaa"),
        number=1,
        owner=Owner(account_id=AccountId("U0000aaaaaaaaaaa")),
        owner_number=7,
        owner_username="ada",
        name=name,
        description="",
        digest="d" * 64,
        md5="e" * 32,
        media_type="image/jpeg",
        extension="jpg",
        size=size,
        width=4,
        height=3,
        orientation=1,
        taken_at=None,
        added_at=CHANGED,
        changed_at=CHANGED,
        camera_make="",
        camera_model="",
        lens="",
        latitude=None,
        longitude=None,
        dominant_color="#000000",
        visibility=Visibility.PRIVATE,
        rating=0,
        hidden=False,
        trashed=False,
    )
    return PhotoFile(
        photo=photo,
        key=KEY,
        size=size,
        media_type="image/jpeg",
        file_name=name,
        etag="tag",
        public=public,
    )


def asked(method: str = "GET", *, size: int = 1000, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return write_file(a_file(size=size), a_request(method, headers=named))


def header(reply: Reply, name: str) -> str | None:
    return next((value.decode() for key, value in reply.headers if key == name.encode()), None)


def test_a_file_comes_whole_with_what_identifies_it() -> None:
    reply = asked()
    assert (reply.status, reply.body) == (200, BlobBody(KEY, 0, 1000))
    assert header(reply, "etag") == '"tag"'
    assert header(reply, "last-modified") == LAST_MODIFIED
    assert header(reply, "accept-ranges") == "bytes"
    assert reply.media_type == b"image/jpeg"


@pytest.mark.parametrize(
    ("range_", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-499", 0, 500),
        ("bytes=500-999", 500, 1000),
        ("bytes=500-1000", 500, 1000),
        ("bytes=500-99999999", 500, 1000),
        ("bytes=999-", 999, 1000),
        ("bytes=0-", 0, 1000),
        ("bytes=-1", 999, 1000),
        ("bytes=-1000", 0, 1000),
        ("bytes=-1001", 0, 1000),
        ("bytes=007-09", 7, 10),
    ],
)
def test_a_range_is_answered_with_its_part(range_: str, start: int, stop: int) -> None:
    reply = asked(range=range_)
    assert (reply.status, reply.body) == (206, BlobBody(KEY, start, stop))
    assert header(reply, "content-range") == f"bytes {start}-{stop - 1}/1000"


@pytest.mark.parametrize("range_", ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=5000-"])
def test_a_range_that_begins_past_the_end_cannot_be_satisfied(range_: str) -> None:
    reply = asked(range=range_)
    assert (reply.status, reply.body) == (416, b"")
    assert header(reply, "content-range") == "bytes */1000"
    assert reply.caching is Caching.SECRET


@pytest.mark.parametrize(
    "range_",
    [
        "bytes=5-4",
        "bytes=-",
        "bytes=",
        "bytes=a-b",
        "bytes=0-1,5-6",
        "bytes=0-1, 5-6",
        "items=0-1",
        "BYTES 0-1",
        "bytes=--1",
        "bytes=0x1-2",
        "bytes=-1-2",
        "bytes=" + "9" * 19 + "-",
        "",
    ],
)
def test_a_range_that_is_not_understood_is_as_if_not_asked(range_: str) -> None:
    assert asked(range=range_).status == 200


@pytest.mark.parametrize("range_", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_no_range_of_an_empty_file_can_be_satisfied(range_: str) -> None:
    reply = asked(size=0, range=range_)
    assert reply.status == 416
    assert header(reply, "content-range") == "bytes */0"


@given(st.text(st.characters(codec="latin-1"), max_size=40), st.integers(0, 5000))
def test_any_range_is_answered_within_the_file(text: str, size: int) -> None:
    headers = [(b"range", b"bytes=" + text.encode("latin-1"))]
    reply = write_file(a_file(size=size), a_request(headers=headers))
    assert reply.status in (200, 206, 416)
    if isinstance(reply.body, BlobBody):
        assert 0 <= reply.body.start <= reply.body.stop <= size


@pytest.mark.parametrize(
    ("condition", "status"),
    [('"tag"', 206), ('"other"', 200), ('W/"tag"', 200), (LAST_MODIFIED, 200), ("", 200)],
)
def test_a_range_counts_only_while_the_file_is_the_one_it_was_begun_with(
    condition: str, status: int
) -> None:
    assert asked(range="bytes=0-9", if_range=condition).status == status


@pytest.mark.parametrize("tags", ['"tag"', 'W/"tag"', '"a", "tag"', "*", ' "tag" '])
def test_what_the_caller_has_is_not_sent_again(tags: str) -> None:
    reply = asked(if_none_match=tags)
    assert (reply.status, reply.body) == (304, b"")
    assert header(reply, "etag") == '"tag"'


@pytest.mark.parametrize("tags", ['"other"', "tag", '"TAG"', "", '"a", "b"'])
def test_another_tag_gets_the_file(tags: str) -> None:
    assert asked(if_none_match=tags).status == 200


@pytest.mark.parametrize(
    ("since", "status"),
    [
        (LAST_MODIFIED, 304),
        ("Sun, 01 Mar 2026 12:00:01 GMT", 304),
        ("Sun, 01 Mar 2026 11:59:59 GMT", 200),
        ("yesterday", 200),
        ("", 200),
        ("Sun, 01 Mar 2026 12:00:00", 200),
        ("Sun, 01 Mar 99999999999999999999 12:00:00 GMT", 200),
        ("Sun, 01 Mar 2026 12:00:00 +99999999999999999999", 200),
    ],
)
def test_a_file_unchanged_since_the_callers_date_is_not_sent_again(since: str, status: int) -> None:
    assert asked(if_modified_since=since).status == status


def test_a_tag_decides_over_a_date() -> None:
    assert asked(if_none_match='"other"', if_modified_since=LAST_MODIFIED).status == 200


def test_a_condition_decides_over_a_range() -> None:
    assert asked(if_none_match='"tag"', range="bytes=5000-").status == 304


def test_a_public_file_may_be_kept_by_anybody_and_a_private_one_by_its_reader() -> None:
    assert asked().caching is Caching.PRIVATE
    assert write_file(a_file(public=True), a_request()).caching is Caching.PUBLIC


def test_a_download_is_saved_and_a_picture_is_shown() -> None:
    shown = write_file(a_file(), a_request())
    saved = write_file(a_file(), a_request(), download=True)
    assert (header(shown, "content-disposition") or "").startswith("inline;")
    assert (header(saved, "content-disposition") or "").startswith("attachment;")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dawn.jpg", "inline; filename=\"dawn.jpg\"; filename*=UTF-8''dawn.jpg"),
        ("é.jpg", "inline; filename=\"_.jpg\"; filename*=UTF-8''%C3%A9.jpg"),
        ('a"b.jpg', "inline; filename=\"a_b.jpg\"; filename*=UTF-8''a%22b.jpg"),
        ("../a/b", "inline; filename=\".._a_b\"; filename*=UTF-8''..%2Fa%2Fb"),
        ("a\r\nb: c", "inline; filename=\"a__b__c\"; filename*=UTF-8''a%0D%0Ab%3A%20c"),
        ("", "inline; filename=\"photo\"; filename*=UTF-8''"),
    ],
)  # fmt: skip
def test_no_name_breaks_the_header(name: str, expected: str) -> None:
    assert disposition("inline", name) == expected


@given(st.text(st.characters(exclude_categories=()), max_size=400))
def test_any_name_can_be_sent(name: str) -> None:
    value = disposition("attachment", name)
    assert value.isascii()
    assert value.isprintable()
    Reply().set_header("content-disposition", value)


@given(st.text(st.characters(codec="latin-1"), max_size=50))
def test_any_list_of_tags_can_be_compared(tags: str) -> None:
    assert matches(f'{tags}, "tag"', '"tag"')
