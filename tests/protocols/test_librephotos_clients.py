"""LibrePhotos' real clients, request by request, and the transcripts of its page."""

from __future__ import annotations

import hashlib
import re
import shlex
from typing import Any

import pytest
from tests.house import PASSWORD, House
from tests.pictures.samples import picture
from tests.protocols.librephotos import BLACKLIST, OBTAIN, REFRESH, bearer, parts_of
from tests.protocols.transcripts import PAGES, read_page, replay

PAGE = "librephotos.md"


@pytest.fixture
def ada(house: House) -> House:
    house.add_account("ada")
    return house


def test_the_transcripts_are_what_the_server_answers(ada: House) -> None:
    values = {"password": PASSWORD}
    for exchange in read_page(PAGE):
        replay(ada.client(), exchange, values)


@pytest.mark.covers("LP-1", "LP-36", "LP-45")
def test_the_curl_commands_of_the_page_work(ada: House) -> None:
    """6.10: curl, as on the page. Its variables are put in as a shell would."""
    text = (PAGES / PAGE).read_text("utf-8")
    signing, basic, _, out = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    commands = re.findall(
        r"^\$ (curl .*?)(?=^\$|\Z)", signing + basic + out, re.MULTILINE | re.DOTALL
    )
    assert len(commands) == 5
    known: dict[str, str] = {}
    for command in commands:
        filled = re.sub(r"\$([A-Z]+)", lambda name: known[name[1]], command)
        response = run_curl(ada, shlex.split(filled.replace("\\\n", " ")))
        assert response.status_code == 200, response.text
        for name, value in response.json().items():
            known[name.upper()] = str(value)


def run_curl(house: House, words: list[str]) -> Any:
    """What the options that the page uses would send."""
    headers: dict[str, str] = {}
    address, body, credentials = "", None, None
    arguments = iter(words[1:])
    for word in arguments:
        if word == "-H":
            name, _, value = next(arguments).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(arguments)
        elif word == "-u":
            username, _, password = next(arguments).partition(":")
            credentials = (username, password)
        else:
            address = word
    method = "POST" if body is not None else "GET"
    client = house.client("http://localhost:8000")
    auth: Any = credentials
    return client.request(method, address, headers=headers, content=body, auth=auth)


@pytest.mark.covers("LP-14", "LP-52", "LP-58", "LP-65", "LP-73", "LP-74")
def test_the_web_frontend_of_2024(ada: House) -> None:
    """6.1: lower-cased name, cookies for pictures, a stale header at the refresh."""
    browser = ada.client(headers={"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"})
    assert browser.get("/api/firsttimesetup/").json()["isFirstTimeSetup"] is True
    settings = browser.get("/api/sitesettings").json()
    for name in ("skip_patterns", "map_api_key", "map_api_provider", "captioning_model"):
        assert isinstance(settings[name], str)
    wrong = browser.post(OBTAIN, json={"username": "ada", "password": "wrong"}).json()
    assert [each["field"] for each in wrong["errors"]] == ["detail"]

    tokens = browser.post(OBTAIN, json={"username": "ada", "password": PASSWORD}).json()
    header = bearer(tokens["access"])
    user_id = parts_of(tokens["access"])[1]["user_id"]
    assert browser.get(f"/api/user/{user_id}/", headers=header).json()["username"] == "ada"
    assert browser.get("/api/rqavailable/", headers=header).json()["status"] is True

    content = picture(width=600, height=400)
    photo = f"{hashlib.md5(content).hexdigest()}{user_id}"
    upload_in_chunks(browser, content, user_id, size=1_000)  # with the cookie alone
    days = browser.get("/api/albums/date/list/", headers=header).json()["results"]
    day = browser.get(f"/api/albums/date/{days[0]['id']}?page=1", headers=header)
    assert day.status_code == 200
    assert day.json()["results"]["items"][0]["url"] == photo
    assert browser.get(f"/media/square_thumbnails/{photo}").status_code == 200

    ada.clock.advance(300)
    assert browser.get("/api/stats", headers=header).status_code == 401
    assert browser.get(f"/media/square_thumbnails/{photo}").status_code == 403
    renewed = browser.post(REFRESH, json={"refresh": tokens["refresh"]}, headers=header).json()
    header = bearer(renewed["access"])
    assert browser.get("/api/stats", headers=header).json()["num_photos"] == 1
    assert browser.get(f"/media/square_thumbnails/{photo}").status_code == 200

    body = {"refresh": tokens["refresh"]}
    assert browser.post(BLACKLIST, json=body, headers=header).status_code == 200
    lost = browser.post(REFRESH, json=body).json()
    assert {"field": "code", "message": "token_not_valid"} in lost["errors"]


def upload_in_chunks(client: Any, content: bytes, user_id: str, size: int) -> None:
    """As the frontend does: the chunk's own size as the total, the checksum at the end."""
    upload_id, offset = "", 0
    while offset < len(content):
        chunk = content[offset : offset + size]
        span = f"bytes {offset}-{offset + len(chunk) - 1}/{len(chunk)}"
        response = client.post(
            "/api/upload/",
            headers={"Content-Range": span},
            data={"upload_id": upload_id, "offset": str(offset), "md5": "", "user": user_id},
            files={"file": ("blob", chunk, "application/octet-stream")},
        )
        assert response.status_code == 200, response.text
        upload_id, offset = response.json()["upload_id"], response.json()["offset"]
    done = client.post(
        "/api/upload/complete/",
        files={
            name: (None, value)
            for name, value in {
                "upload_id": upload_id,
                "md5": hashlib.md5(content).hexdigest(),
                "user": user_id,
                "filename": "beach.jpg",
            }.items()
        },
    )
    assert (done.status_code, done.json()) == (200, {})


@pytest.mark.covers("LP-15", "LP-22")
def test_the_web_frontend_of_2025(ada: House) -> None:
    """6.2: refreshes ahead without a header, blacklists by itself when that did not help."""
    browser = ada.client()
    tokens = browser.post(OBTAIN, json={"username": "ada", "password": PASSWORD}).json()
    ada.clock.advance(296)  # under five seconds are left
    renewed = browser.post(REFRESH, json={"refresh": tokens["refresh"]})
    assert renewed.headers["content-type"] == "application/json"
    header = bearer(renewed.json()["access"])
    assert browser.get("/api/photos/", headers=header).status_code == 200
    (account,) = ada.call(ada.stores.accounts.list_accounts)
    ada.suspend(account)
    assert browser.get("/api/photos/", headers=header).status_code == 401
    assert browser.post(REFRESH, json={"refresh": tokens["refresh"]}).status_code == 401
    given_up = browser.post(BLACKLIST, json={"refresh": tokens["refresh"]})
    shown = [each["message"] for each in given_up.json()["errors"] if each["field"] == "detail"]
    assert shown == ["Token is blacklisted"]


@pytest.mark.covers("LP-59", "LP-76")
def test_the_official_mobile_app(ada: House) -> None:
    """6.3: Bearer only, for the upload too; a slash after every path; no cookies."""
    tokens = ada.client().post(OBTAIN, json={"username": "ada", "password": PASSWORD}).json()
    phone = ada.client(headers=bearer(tokens["access"]))
    user_id = parts_of(tokens["access"])[1]["user_id"]
    content = picture()
    upload_in_chunks(phone, content, user_id, size=100_000)
    photo = f"{hashlib.md5(content).hexdigest()}{user_id}"
    assert phone.get(f"/api/exists/{photo}/").json() == {"exists": True}
    assert phone.get(f"/media/thumbnails_big/{photo}").status_code == 200
    assert phone.post(BLACKLIST, json={"refresh": tokens["refresh"]}).status_code == 200
    assert phone.get("/api/photos/").status_code == 401


@pytest.mark.covers("LP-8", "LP-74")
def test_the_mobile_client_of_2021(ada: House) -> None:
    """6.4: probes with test/test, where exactly 401 means LibrePhotos; paths without a slash."""
    probe = ada.client().post(OBTAIN, json={"username": "test", "password": "test"})
    assert probe.status_code == 401
    phone = ada.client(headers={"Accept": "application/json"})
    tokens = phone.post(OBTAIN, json={"username": "ada", "password": PASSWORD}).json()
    header = bearer(tokens["access"])
    for path in ("/api/photos/", "/api/albums/user/list", "/api/photos/recentlyadded"):
        assert phone.get(path, headers=header).status_code == 200
    found = phone.get("/api/photos/searchlist/?search=beach", headers=header)
    assert found.json() == {"results": []}
    gone = phone.get("/api/albums/date/photohash/list/", headers=header)
    assert gone.status_code == 404
    ada.clock.advance(300)
    renewed = phone.post(REFRESH, json={"refresh": tokens["refresh"]}, headers=header)
    assert phone.get("/api/photos/", headers=bearer(renewed.json()["access"])).status_code == 200


@pytest.mark.covers("LP-14", "LP-31", "LP-65", "LP-75")
def test_uhuruphotos(ada: House) -> None:
    """6.5: sends `Bearer null` before it has a token, follows no redirect, reads every claim."""
    phone = ada.client()
    body = {"username": "ada", "password": PASSWORD}
    signed_in = phone.post(OBTAIN, json=body, headers=bearer("null"))
    assert signed_in.status_code == 200
    tokens = signed_in.json()
    for token in tokens.values():
        _, payload = parts_of(token)
        assert isinstance(payload["exp"], int)
        assert all(not isinstance(value, list | dict) for value in payload.values())
    header = bearer(tokens["access"])
    user_id = str(parts_of(tokens["access"])[1]["user_id"])
    record = phone.get(f"/api/user/{user_id}/", headers=header).json()
    for name in (
        "username", "email", "scan_directory", "confidence", "transcode_videos",
        "semantic_search_topk", "public_photo_count", "photo_count", "favorite_min_rating",
        "image_scale", "save_metadata_to_disk", "datetime_rules", "default_timezone",
    ):  # fmt: skip
        assert record[name] is not None
    assert phone.get("/api/sitesettings", headers=header).json()["allow_upload"] is True
    content = picture()
    photo = f"{hashlib.md5(content).hexdigest()}{user_id}"
    assert phone.get(f"/api/exists/{photo}/", headers=header).json() == {"exists": False}
    phone.headers.update(header)
    upload_in_chunks(phone, content, user_id, size=len(content))
    listed = phone.get("/api/albums/date/list/?last_modified=2026-01-01").json()["results"]
    assert listed[0]["numberOfItems"] == 1
    assert phone.get("/api/albums/date/0/?page=1").json()["results"]["items"][0]["id"] == photo
    for kind in ("square_thumbnails", "photos"):
        assert phone.get(f"/media/{kind}/{photo}").status_code == 200
    paths = [
        "/api/albums/user/list", "/api/user/1", "/api/stats", "/api/photos", "/api/persons/",
        f"/media/video/{photo}",
    ]  # fmt: skip
    assert all(phone.get(path).status_code in (200, 404) for path in paths)


@pytest.mark.covers("LP-2", "LP-73")
def test_the_home_assistant_sensor(ada: House) -> None:
    """6.6: forms, an empty list of jobs, exactly ten numbers; signs in again on a 401."""
    sensor = ada.client()
    for _ in range(2):
        tokens = sensor.post(OBTAIN, data={"username": "ada", "password": PASSWORD}).json()
        header = bearer(tokens["access"])
        jobs = sensor.get("/api/jobs/?page_size=3&page=1", headers=header).json()
        assert (jobs["count"], jobs["results"]) == (0, [])
        stats = sensor.get("/api/stats", headers=header).json()
        assert len(stats) == 10
        assert all(isinstance(value, int) for value in stats.values())
        ada.clock.advance(300)
        over = sensor.get("/api/jobs/?page_size=3&page=1", headers=header)
        assert over.status_code == 401
        assert "count" not in over.json()
    renewed = sensor.post(REFRESH, data={"refresh": tokens["refresh"]})
    assert list(renewed.json()) == ["access"]


@pytest.mark.covers("LP-65")
def test_the_cypress_tests(house: House) -> None:
    """6.7: an admin lists the users and changes one."""
    account = house.add_account("admin", admin=True)
    body = {"username": "admin", "password": PASSWORD}
    header = bearer(house.client().post(OBTAIN, json=body).json()["access"])
    listed = house.client().get("/api/user/", headers=header).json()["results"]
    assert [each["username"] for each in listed] == ["admin"]
    changed = house.client().patch(
        f"/api/user/{account.number}/", json={"first_name": "Root"}, headers=header
    )
    assert changed.json()["first_name"] == "Root"


@pytest.mark.covers("LP-36", "LP-39", "LP-49")
def test_the_interoperability_test_of_the_rewrite(ada: House) -> None:
    """6.8: 200 with Bearer, 401 without, and no 500 with the cookie alone."""
    client = ada.client()
    access = client.post(OBTAIN, json={"username": "ada", "password": PASSWORD}).json()["access"]
    path = "/api/jobs/?page_size=1"
    assert ada.client().get(path, headers=bearer(access)).status_code == 200
    assert ada.client().get(path).status_code == 401
    assert client.get(path).status_code == 401
