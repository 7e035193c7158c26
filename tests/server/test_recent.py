"""What a request is remembered by must be all that decides who is asking."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from tests.house import House

from safelight.authentication.recent import Recent
from safelight.authentication.recognition import NOBODY, Recognition
from safelight.errors import SafelightError
from safelight.server.http import Request
from safelight.server.wire import CREDENTIAL_HEADERS, PublicEndpoint, ResourceEndpoint

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FOREVER = Recognition(caller=NOBODY.caller, good_until=NOON + timedelta(days=1))


class Recorder(dict[bytes, bytes]):
    """Headers that note which of them anybody looks at."""

    def __init__(self, headers: dict[bytes, bytes]) -> None:
        super().__init__(headers)
        self.seen: set[bytes] = set()

    def get(self, key: bytes, default: object = None) -> object:  # type: ignore[override]
        self.seen.add(key)
        return super().get(key, default)

    def __getitem__(self, key: bytes) -> bytes:
        self.seen.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        if isinstance(key, bytes):
            self.seen.add(key)
        return super().__contains__(key)


HEADERS = [
    (b"host", b"localhost"),
    (b"accept", b"application/json, text/html"),
    (b"user-agent", b"test"),
    (b"origin", b"http://localhost"),
    (b"referer", b"http://localhost/x"),
    (b"sec-fetch-site", b"same-origin"),
    (b"x-ps-api-key", b"AAAAAAAAAAA"),
    (b"x-ps-auth-token", b"AAAAAAAAAAAAAAAAAAAA"),
    (b"jsession", b"A" * 32),
    (b"x-csrf-token", b"AAAA"),
    (b"cookie", b"studio_session=a; gallery_dashboard_session=b; JSESSIONID=c; jwt=d; acs=e"),
]


@pytest.mark.parametrize(
    "authorization",
    [None, b"Bearer a.b.c", b"Bearer sl_pat_x", b"Bearer token", b"Basic YTpi", b"bearer x"],
)
def test_every_header_that_a_reader_looks_at_is_part_of_the_key(
    house: House, authorization: bytes | None
) -> None:
    headers = [*HEADERS, *([(b"authorization", authorization)] if authorization else [])]
    looked_at: set[bytes] = set()
    asked = 0
    for mount in house.call(house.app.site).routes.mounts:
        for endpoint in mount.protocol.endpoints:
            if not isinstance(endpoint, ResourceEndpoint | PublicEndpoint):
                continue
            request = Request(
                method="GET",
                path=endpoint.path or "/",
                query_string=b"",
                raw_headers=headers,
                scheme="http",
                host="localhost",
                peer="127.0.0.1",
                address="127.0.0.1",
                id="test",
            )
            request.headers = recorder = Recorder(dict(headers))
            with suppress(SafelightError):  # what it looked at counts all the same
                mount.protocol.read_credentials(request)
            looked_at |= recorder.seen
            asked += 1
    # A token against forgery decides about writes only, and writes are not remembered.
    assert looked_at - {b"x-csrf-token", b"x-xsrf-token"} <= set(CREDENTIAL_HEADERS)
    assert asked > 100


def test_a_recognition_is_remembered_until_somebody_commits() -> None:
    count = 2
    recent = Recent(lambda: count)
    recent.keep(("key",), FOREVER, recent.count(), NOON)
    assert recent.get(("key",), NOON) is FOREVER
    count = 4
    assert recent.get(("key",), NOON) is None


def test_a_recognition_is_over_on_the_instant_that_was_foreseen() -> None:
    recent = Recent(lambda: 2)
    recent.keep(("key",), FOREVER, 2, NOON)
    last = NOON + timedelta(days=1)
    assert recent.get(("key",), last - timedelta(microseconds=1)) is FOREVER
    assert recent.get(("key",), last) is None
    assert recent.get(("key",), NOON - timedelta(microseconds=1)) is None


def test_what_may_change_by_itself_at_once_is_not_kept() -> None:
    recent = Recent(lambda: 2)
    recent.keep(("key",), NOBODY, 2, NOON)
    assert recent.get(("key",), NOON) is None


def test_a_key_counts_for_the_length_of_its_headers() -> None:
    recent = Recent(lambda: 2)
    keys = [(1, "http", b"x" * 24 * 2**20, None, bytes([number])) for number in range(3)]
    for key in keys:
        recent.keep(key, FOREVER, 2, NOON)
    assert [recent.get(key, NOON) for key in keys] == [None, FOREVER, FOREVER]
