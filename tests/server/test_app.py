"""What every answer carries, and what is written down of every request."""

from __future__ import annotations

import socket

import pytest
from httpx2 import Response
from tests.house import House
from tests.protocols.native import Visitor as NativeVisitor
from tests.protocols.photoshelter import API, PICTURE, Visitor, error_class

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


def is_of_no_use_again(answer: Response) -> bool:
    return answer.headers["cache-control"] == "no-store" and "etag" not in answer.headers


def test_a_change_by_get_is_answered_anew_each_time(house: House) -> None:
    visitor = Visitor(house)
    visitor.take_token()
    for name in ("Boats", "Nets"):
        path = f"{API}/mem/gallery/insert?name={name}"
        answer = visitor.client.get(path, headers={"If-None-Match": "*"})
        assert (answer.status_code, is_of_no_use_again(answer)) == (200, True)
        gallery = answer.json()["data"]["Gallery"]["gallery_id"]
        assert visitor.data(f"/mem/gallery/{gallery}")["Gallery"]["name"] == name


def test_a_condition_that_does_not_hold_is_refused_in_the_words_of_the_wire(house: House) -> None:
    visitor = Visitor(house)
    visitor.take_token()
    answer = visitor.client.get(f"{API}/mem/user/session", headers={"If-Match": '"other"'})
    assert (answer.status_code, error_class(answer)) == (412, "PreconditionFailedErr")
    insert = f"{API}/mem/gallery/insert"
    answer = visitor.client.post(insert, data={"name": "Boats"}, headers={"If-Match": '"other"'})
    assert (answer.status_code, error_class(answer)) == (412, "PreconditionFailedErr")
    assert visitor.data("/mem/gallery")["Gallery"] == []


def test_what_came_of_a_change_is_kept_by_nobody(house: House) -> None:
    visitor = NativeVisitor(house)
    gallery = visitor.client.post("/v1/galleries", json={"name": "Boats"})
    changed = visitor.client.patch(gallery.headers["location"], json={"name": "Nets"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Nets")
    assert is_of_no_use_again(gallery)
    assert is_of_no_use_again(changed)


@pytest.mark.parametrize("length", ["99999999999", "1048577"])
def test_a_body_that_is_announced_too_long_is_refused_before_it_comes(
    house: House, length: str
) -> None:
    with house.on_socket(house.app) as url:
        port = int(url.rpartition(":")[2])
        with socket.create_connection(("localhost", port), timeout=5) as connection:
            connection.sendall(
                b"POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\n"
                b"Content-Length: " + length.encode() + b"\r\n\r\n"
            )
            with connection.makefile("rb") as answer:
                assert answer.readline().startswith(b"HTTP/1.1 413 ")


def test_a_body_is_as_long_as_it_may_be(house: House) -> None:
    visitor = NativeVisitor(house)
    rest = 1024 * 1024 - len('{"name":"Boats"}')
    content = b'{"name":"Boats"' + b" " * rest + b"}"
    headers = {"Content-Type": "application/json"}
    answer = visitor.client.post("/v1/galleries", content=content, headers=headers)
    assert (len(content), answer.status_code) == (1048576, 201)


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
