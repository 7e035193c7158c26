"""What every answer carries, and what is written down of every request."""

from __future__ import annotations

import pytest
from tests.house import House
from tests.protocols.photoshelter import API, PICTURE, Visitor

from safelight.server.app import loggable
from safelight.server.wire import CREDENTIAL_HEADERS

_NOT_SENT_ON_PURPOSE = {b"host", b"referer", b"sec-fetch-site"}


def test_a_cache_tells_answers_apart_by_every_header_that_carries_a_credential(
    house: House,
) -> None:
    varying = house.client().get("/healthz").headers["vary"].lower().encode().split(b", ")
    assert set(CREDENTIAL_HEADERS) - _NOT_SENT_ON_PURPOSE <= set(varying)


def test_what_needs_an_api_key_is_kept_by_no_shared_cache(house: House) -> None:
    visitor = Visitor(house)
    visitor.take_token()
    image_id = visitor.upload(f_visible="t", mode="everyone")
    anybody = visitor.bare_client()
    path = f"{API}/mem/image/{image_id}/download"
    answer = visitor.client.get(path)
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert anybody.get(path).status_code in (401, 403)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/psapi/v3/mem/user/session", "/psapi/v3/mem/user/session"),
        ("/psapi/v3/mem/user/session;auth_token=canary", "/psapi/v3/mem/user/session"),
        ("/a;b=canary/c;d=canary", "/a"),
        ("/galleries/download/canary", "/galleries/download/…"),
        ("/download/canary", "/download/…"),
        ("/studio/download/canary/x", "/studio/download/…"),
        ("/Galleries/Download//canary\ncanary", "/Galleries/Download/…"),
        ("/psapi/v3/media/I0001/download", "/psapi/v3/media/I0001/download"),
    ],
)
def test_the_access_log_has_no_more_of_a_path_than_tells_no_secret(path: str, written: str) -> None:
    assert loggable(path) == written
