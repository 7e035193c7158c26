"""Pixieset: the calls of real programs, one after the other, as each of them makes them."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import unquote

import pytest
from tests.house import House
from tests.protocols.pixieset import MISMATCH, STUDIO, Visitor

from safelight.library.questions import AddCustomer

XHR = {"X-Requested-With": "XMLHttpRequest"}
EXPAND = "?expand=photos.starred%2Cvideos"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def joined(client: Any, separator: str = "; ") -> str:
    return separator.join(f"{name}={value}" for name, value in client.cookies.items())


def test_the_documentations_python_class(house: House) -> None:
    """A form without a page before it, redirects followed, then the jar and nothing else."""
    visitor = Visitor(house, STUDIO)
    visitor.client.headers["User-Agent"] = "python-requests/2.32.3"
    answer = visitor.client.post("/studio/login", data=visitor.credentials(), follow_redirects=True)
    assert answer.status_code < 400
    assert answer.history == []
    for _ in range(2):
        answer = visitor.client.get("/studio/api/v1/clients/", follow_redirects=True)
        assert answer.status_code == 200
        assert answer.json()["data"] == []


@pytest.mark.covers("PX-3")
def test_the_documentations_php_class(house: House) -> None:
    """Curl with a cookie file: 200 or nothing. A header that it never fills is not sent."""
    visitor = Visitor(house, STUDIO)
    body = f"email={visitor.account.email}&password=correct+horse+battery"
    answer = visitor.client.post("/studio/login", content=body, headers=FORM)
    assert answer.status_code == 200
    answer = visitor.client.get("/studio/api/v1/clients/", headers={"X-CSRF-Token": ""})
    assert answer.status_code == 200
    house.clock.advance(7200)
    assert visitor.client.get("/studio/api/v1/clients/").status_code == 401
    answer = visitor.client.post("/studio/login", content=body, headers=FORM)
    assert answer.status_code == 200
    assert visitor.client.get("/studio/api/v1/clients/").status_code == 200


@pytest.mark.covers("PX-3", "PX-14")
def test_the_documentations_ruby_class(house: House) -> None:
    """No redirect, 200 exactly, and of each cookie the name and the value from that answer."""
    visitor = Visitor(house, STUDIO)
    answer = visitor.elsewhere().post("/studio/login", data=visitor.credentials())
    assert answer.status_code == 200
    pairs = [line.partition(";")[0] for line in answer.headers.get_list("set-cookie")]
    assert len(pairs) == 3
    answer = visitor.elsewhere(Cookie="; ".join(pairs)).get("/studio/api/v1/clients/")
    assert answer.status_code == 200


@pytest.mark.covers("PX-27", "PX-39")
def test_the_quick_start_lists_clients_and_its_write_is_refused(house: House) -> None:
    visitor = Visitor(house, STUDIO).sign_in()
    visitor.ask(AddCustomer(first_name="John", last_name="Doe", email="john@example.com"))
    headers = {"Cookie": joined(visitor.client), "Content-Type": "application/json", **XHR}
    client = visitor.elsewhere(**headers)
    body = client.get("/studio/api/v1/clients/").json()
    assert [(each["first_name"], each["last_name"], each["email"]) for each in body["data"]] == [
        ("John", "Doe", "john@example.com")
    ]
    assert [body["meta"][key] for key in ("current_page", "last_page", "total")] == [1, 1, 1]
    answer = client.post("/studio/api/v1/clients/", json={"first_name": "Jane"})
    assert (answer.status_code, answer.json()) == (419, MISMATCH)


@pytest.mark.covers("PX-24", "PX-26", "PX-44", "PX-46")
def test_pixiegrabber_walks_from_the_dashboard_to_every_photo(house: House) -> None:
    """A browser's cookies; strict about shapes, counts and redirects."""
    visitor = Visitor(house).sign_in()
    for index in range(25):
        gallery = visitor.add_gallery(f"Collection {index}")
        if index < 2:
            visitor.add_photo(gallery, width=60 + index)
    client = visitor.elsewhere(
        **{
            "Cookie": joined(visitor.client),
            "Accept": "application/json",
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64)",
            "Referer": "http://localhost/collections",
            "X-XSRF-TOKEN": unquote(visitor.client.cookies["GD-XSRF-TOKEN"]),
            **XHR,
        }
    )

    def get(path: str) -> Any:
        answer = client.get(f"/galleries/api/v1{path}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        return answer.json()["data"]

    collections: list[Any] = []
    page, last = 1, 1
    while page <= last:
        listing = get(f"/dashboard_listings?page={page}")
        assert listing["meta"]["current_page"] == page
        last = listing["meta"]["last_page"]
        collections += listing["data"]["collections"]
        page += 1
    assert len({each["id"] for each in collections}) == 25
    found = 0
    for collection in collections:
        assert collection["name"].strip()
        galleries = get(f"/collections/{collection['id']}/galleries")
        for gallery in galleries:
            assert gallery["collection_id"] == collection["id"]
            opened = get(f"/galleries/{gallery['id']}{EXPAND}")
            assert opened["photo_count"] == len(opened["photos"]) == gallery["photo_count"]
            assert opened["videos"] == []
            for photo in opened["photos"]:
                assert min(photo["width"], photo["height"], photo["size"]) > 0
                assert photo["mime_type"].startswith("image/")
                assert client.get(f"http:{photo['path_xxlarge']}").status_code == 200
                found += 1
    assert found == sum(each["photo_count"] for each in collections) == 2


@pytest.mark.covers("PX-16", "PX-18")
def test_the_migration_extension_asks_who_is_signed_in(house: House) -> None:
    visitor = Visitor(house)
    headers = {"Accept": "application/json, text/plain, */*", "Cache-Control": "no-cache", **XHR}
    assert visitor.get("/data/bootstrap", headers=headers).status_code == 401
    visitor.sign_in()
    body = visitor.get("/data/bootstrap", headers=headers).json()["data"]
    assert body["user"]["email"] == visitor.account.email
    assert body["profile"]["business_name"] == "Ada Lovelace"
    listing = visitor.get("/dashboard_listings?page=1", headers=headers).json()["data"]
    assert listing["data"]["collections"] == []
    assert listing["meta"]["total"] == 0


@pytest.mark.covers("PX-32", "PX-45", "PX-48", "PX-59", "PX-63")
def test_the_migration_worker_keeps_a_cookie_header_until_it_gets_401(house: House) -> None:
    visitor = Visitor(house)
    gallery = visitor.add_gallery()
    photo = visitor.add_photo(gallery)
    browser = {"Accept": "text/html"}
    bounced = visitor.client.get("/galleries/collections", headers=browser)
    assert "/login" in bounced.headers["location"]
    form = visitor.client.get(bounced.headers["location"], headers=browser).text
    for element in ("UserLogin_username", "UserLogin_password", "login-button"):
        assert f'id="{element}"' in form
    visitor.client.post("/galleries/login", data=visitor.credentials(), headers=browser)
    assert visitor.client.get("/galleries/collections", headers=browser).status_code == 200
    worker = visitor.elsewhere(cookie=joined(visitor.client, ";"))
    answer = worker.get("/galleries/api/v1/dashboard_listings?page=1&page=2")
    assert answer.json()["data"]["meta"]["current_page"] == 2
    collection = 10_000_000 + gallery.number
    listed = worker.get(f"/galleries/api/v1/collections/{collection}/galleries").json()["data"]
    opened = worker.get(f"/galleries/api/v1/galleries/{listed[0]['id']}{EXPAND}").json()["data"]
    assert [each["id"] for each in opened["photos"]] == [photo.number]
    download = worker.get(
        f"/galleries/api/v1/photos/{photo.number}/download", follow_redirects=True
    )
    assert len(download.content) == photo.size
    house.clock.advance(7200)
    assert worker.get("/galleries/api/v1/dashboard_listings?page=1").status_code == 401


@pytest.mark.covers("PX-17", "PX-21", "PX-22", "PX-23", "PX-24")
def test_scripts_in_the_page_find_the_token_in_either_place(house: House) -> None:
    visitor = Visitor(house)
    json = {"Accept": "application/json"}
    assert visitor.get("/user", headers=json).status_code == 401
    visitor.sign_in()
    assert visitor.get("/user", headers=json).json()["data"]["username"]
    path = f"/collections/{10_000_000 + visitor.add_gallery().number}"
    assert visitor.get(path, headers=XHR).json()["data"]["download_pin"] is None
    cookies = SimpleCookie(joined(visitor.client))
    token = unquote(cookies["GD-XSRF-TOKEN"].value)
    address = f"/galleries/api/v1{path}"
    for headers, status in (
        (XHR, 419),
        ({"X-XSRF-TOKEN": token, **XHR}, 200),
        ({"X-CSRF-TOKEN": token}, 200),
    ):
        answer = visitor.client.patch(address, json={"name": "Quay"}, headers=headers)
        assert answer.status_code == status
