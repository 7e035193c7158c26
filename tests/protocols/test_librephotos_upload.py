"""Photos in parts on LibrePhotos' wire."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from tests.house import PASSWORD, House, a_house
from tests.pictures.samples import picture
from tests.protocols.librephotos import User, basic, bearer

UPLOAD, COMPLETE = "/api/upload/", "/api/upload/complete/"
NOT_PROVIDED = {"detail": "Authentication credentials were not provided"}
INVALID = {"detail": "Authentication credentials were invalid"}


@pytest.fixture
def ada(house: House) -> User:
    return User(house, house.add_account("ada"))


def lying(house: House) -> list[Path]:
    """The files that wait in the data folder, as parts or staged."""
    incoming = house.folder / "incoming"
    return [path for path in incoming.rglob("*") if path.is_file() and ".digests" not in path.parts]


@pytest.mark.covers("LP-75", "LP-78")
def test_three_steps_store_a_photo(house: House, ada: User) -> None:
    content = picture(width=300, height=200)
    name = ada.hash_of(content)
    assert ada.get(f"/api/exists/{name}").json() == {"exists": False}
    sent = ada.send_chunk(content, 0)
    assert sent.status_code == 200
    answer = sent.json()
    assert list(answer) == ["upload_id", "offset", "expires"]
    assert len(answer["upload_id"]) == 32
    assert set(answer["upload_id"]) <= set("0123456789abcdef")
    assert (answer["offset"], answer["expires"]) == (len(content), "2026-03-02T12:00:00Z")
    done = ada.complete(answer["upload_id"], content, "Trip.jpg")
    assert (done.status_code, done.json()) == (200, {})
    assert ada.get(f"/api/exists/{name}/").json() == {"exists": True}
    assert ada.get(f"/api/photos/{name}/").json()["image_path"] == ["Trip.jpg"]
    assert ada.client.get(f"/media/photos/{name}").content == content
    assert lying(house) == []


@pytest.mark.covers("LP-75", "LP-78")
def test_parts_are_put_together_whatever_total_they_claim(ada: User) -> None:
    content = picture(width=300, height=200)
    third = len(content) // 3
    upload_id, offset = "", 0
    for part in (content[:third], content[third : 2 * third], content[2 * third :]):
        answer = ada.send_chunk(part, offset, upload_id).json()  # total: the part's own size
        offset += len(part)
        assert answer["offset"] == offset
        assert upload_id in ("", answer["upload_id"])
        upload_id = answer["upload_id"]
    assert ada.complete(upload_id, content).status_code == 200
    assert ada.client.get(f"/media/photos/{ada.hash_of(content)}").content == content


@pytest.mark.covers("LP-75")
def test_an_upload_outlives_the_server(tmp_path: Path) -> None:
    content = picture(width=300, height=200)
    half = len(content) // 2
    with a_house(tmp_path / "data") as house:
        ada = User(house, house.add_account("ada"))
        upload_id = ada.send_chunk(content[:half], 0).json()["upload_id"]
        account = ada.account
    with a_house(tmp_path / "data") as house:
        ada = User(house, account)
        assert ada.send_chunk(content[half:], half, upload_id).status_code == 200
        assert ada.complete(upload_id, content).status_code == 200


@pytest.mark.covers("LP-76")
@pytest.mark.parametrize("path", [UPLOAD, COMPLETE])
@pytest.mark.parametrize(
    ("headers", "answer"),
    [
        ({}, NOT_PROVIDED),
        ({"Authorization": "Bearer"}, NOT_PROVIDED),
        ({"Authorization": "Basic !"}, NOT_PROVIDED),
        ({"Authorization": "Bearer garbage"}, INVALID),
        ({"Cookie": "jwt=garbage"}, INVALID),
        ({"Authorization": "Basic YWRhOndyb25n"}, INVALID),
    ],
)
def test_who_may_not_upload_gets_403_never_401(
    house: House, ada: User, path: str, headers: dict[str, str], answer: dict[str, str]
) -> None:
    files = {"file": b"x"} if path == UPLOAD else None
    response = house.client().post(path, headers=headers, files=files, data={"upload_id": "x"})
    assert response.status_code == 403
    assert response.json() == answer
    assert "www-authenticate" not in response.headers
    assert lying(house) == []


@pytest.mark.covers("LP-59", "LP-57")
@pytest.mark.parametrize("kind", ["Bearer", "bearer", "cookie", "Basic"])
def test_every_credential_uploads(house: House, ada: User, kind: str) -> None:
    headers = {
        "cookie": {"Cookie": f"jwt={ada.access}"},
        "Basic": basic(f"ada:{PASSWORD}"),
    }.get(kind, {"Authorization": f"{kind} {ada.access}"})
    response = house.client().post(UPLOAD, headers=headers, files={"file": b"x"})
    assert response.status_code == 200


@pytest.mark.covers("LP-77")
def test_the_photo_is_the_callers_whoever_the_form_names(house: House, ada: User) -> None:
    content, other = picture(), User(house)
    sent = ada.send_chunk(content, 0, user=str(other.account.number)).json()
    body = {
        "upload_id": sent["upload_id"],
        "md5": hashlib.md5(content).hexdigest(),
        "user": str(other.account.number),
        "filename": "x.jpg",
    }
    done = house.client().post(COMPLETE, headers=ada.header, data=body)
    assert done.status_code == 200
    assert ada.get("/api/photos/").json()["count"] == 1
    assert other.get("/api/photos/").json()["count"] == 0
    assert ada.get(f"/api/exists/{ada.hash_of(content)}").json() == {"exists": True}
    for user in (ada, other):
        theirs = f"{body['md5']}{other.account.number}"
        assert user.get(f"/api/exists/{theirs}").json() == {"exists": False}


@pytest.mark.covers("LP-77")
def test_somebody_elses_upload_is_not_there(house: House, ada: User) -> None:
    content, other = picture(), User(house)
    upload_id = ada.send_chunk(content, 0).json()["upload_id"]
    more = other.send_chunk(b"more", len(content), upload_id)
    assert (more.status_code, more.json()) == (404, {"detail": "Not found."})
    done = other.complete(upload_id, content)
    assert (done.status_code, done.json()) == (404, {"detail": "Not found."})
    assert ada.complete(upload_id, content).status_code == 200


@pytest.mark.parametrize("upload_id", ["0" * 32, "x", "../" * 10 + "xx", "A" * 32, "0" * 33])
def test_an_unknown_upload_is_not_found(ada: User, upload_id: str) -> None:
    for response in (ada.send_chunk(b"x", 0, upload_id), ada.complete(upload_id, b"x")):
        assert (response.status_code, response.json()) == (404, {"detail": "Not found."})


@pytest.mark.covers("LP-78")
def test_a_part_that_does_not_fit_is_told_where_the_upload_stands(house: House, ada: User) -> None:
    first = ada.send_chunk(b"12345", 3)
    assert first.status_code == 400
    assert first.json() == {"detail": "Offsets do not match", "offset": 0}
    assert lying(house) == []
    upload_id = ada.send_chunk(b"12345", 0).json()["upload_id"]
    for start in (0, 4, 6):
        response = ada.send_chunk(b"678", start, upload_id)
        assert response.status_code == 400
        assert response.json() == {"detail": "Offsets do not match", "offset": 5}
    assert ada.send_chunk(b"678", 5, upload_id).json()["offset"] == 8


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("bytes 0-3/4", "File size doesn't match headers"),
        ("bytes 0-5/4", "File size doesn't match headers"),
        ("bytes 5-0/4", "File size doesn't match headers"),
        ("nonsense", "Error in request headers"),
        ("bytes 0-4", "Error in request headers"),
        ("bytes ²-4/5", "Error in request headers"),
        (f"bytes 0-{'9' * 40}/5", "Error in request headers"),
    ],
)
def test_a_range_that_is_not_the_parts_is_refused(
    house: House, ada: User, header: str, text: str
) -> None:
    headers = [*bearer(ada.access).items(), ("Content-Range", header)]
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    response = house.client().post(UPLOAD, headers=raw, files={"file": b"12345"})
    assert (response.status_code, response.json()) == (400, {"detail": text})
    assert lying(house) == []


def test_without_a_range_the_offset_counts(house: House, ada: User) -> None:
    client, headers = house.client(), ada.header
    first = client.post(UPLOAD, headers=headers, files={"file": b"12345"})
    data = {"upload_id": first.json()["upload_id"], "offset": "5"}
    second = client.post(UPLOAD, headers=headers, files={"file": b"678"}, data=data)
    assert second.json()["offset"] == 8
    data["offset"] = "-1"
    response = client.post(UPLOAD, headers=headers, files={"file": b"678"}, data=data)
    assert response.status_code == 400


def test_a_form_without_a_file_is_refused(house: House, ada: User) -> None:
    for files in ({"other": b"x"}, {"file": (None, "text")}):
        response = house.client().post(UPLOAD, headers=ada.header, files=files)
        assert response.status_code == 400
        assert response.json() == {"detail": "No chunk file was submitted"}
    response = house.client().post(UPLOAD, headers=ada.header, json={})
    assert response.status_code == 415
    assert list(response.json()) == ["detail"]
    assert lying(house) == []


@pytest.mark.parametrize(
    "body", [{}, {"upload_id": "0" * 32}, {"md5": "0" * 32}, {"upload_id": "", "md5": ""}]
)
def test_completing_needs_the_upload_and_its_checksum(
    house: House, ada: User, body: dict[str, str]
) -> None:
    response = house.client().post(COMPLETE, headers=ada.header, data=body)
    assert response.status_code == 400
    assert response.json() == {"detail": "Both 'upload_id' and 'md5' are required"}


def test_a_wrong_checksum_is_refused_and_the_upload_stays(ada: User) -> None:
    content = picture()
    upload_id = ada.send_chunk(content, 0).json()["upload_id"]
    wrong = ada.complete(upload_id, b"something else")
    assert (wrong.status_code, wrong.json()) == (400, {"detail": "md5 checksum does not match"})
    assert ada.complete(upload_id, content).status_code == 200


def test_a_checksum_may_be_in_capitals(house: House, ada: User) -> None:
    content = picture()
    upload_id = ada.send_chunk(content, 0).json()["upload_id"]
    body = {"upload_id": upload_id, "md5": hashlib.md5(content).hexdigest().upper()}
    assert house.client().post(COMPLETE, headers=ada.header, data=body).status_code == 200


@pytest.mark.parametrize("content", [b"no picture", b"<svg onload='alert(1)'/>", b""])
def test_what_is_no_picture_is_refused_and_gone(house: House, ada: User, content: bytes) -> None:
    sent = house.client().post(UPLOAD, headers=ada.header, files={"file": content})
    done = ada.complete(sent.json()["upload_id"], content)
    assert (done.status_code, done.json()) == (400, {"detail": "File type not allowed"})
    assert lying(house) == []
    assert ada.get("/api/photos/").json()["count"] == 0


def test_an_upload_expires_a_day_after_its_last_part(house: House, ada: User) -> None:
    content = picture()
    half = len(content) // 2
    upload_id = ada.send_chunk(content[:half], 0).json()["upload_id"]
    house.clock.advance(86_400 - 1)
    ada = User(house, ada.account)
    assert ada.send_chunk(content[half:], half, upload_id).status_code == 200
    house.clock.advance(86_400)
    ada = User(house, ada.account)
    for response in (
        ada.send_chunk(b"x", len(content), upload_id),
        ada.complete(upload_id, content),
    ):
        assert (response.status_code, response.json()) == (410, {"detail": "Upload has expired"})


def test_what_is_long_over_is_removed_at_the_next_upload(house: House, ada: User) -> None:
    old = ada.send_chunk(b"12345", 0).json()["upload_id"]
    house.clock.advance(2 * 86_400)
    ada = User(house, ada.account)
    ada.send_chunk(b"12345", 0)
    assert len(lying(house)) == 1
    assert ada.send_chunk(b"678", 5, old).status_code == 404


def test_the_same_photo_twice_is_kept_once(ada: User) -> None:
    content = picture()
    assert ada.upload(content, "One.jpg") == ada.upload(content, "Two.jpg")
    assert ada.get("/api/photos/").json()["count"] == 1


def small_house(tmp_path: Path, **settings: str) -> Any:
    return a_house(tmp_path / "data", **settings)


def test_a_photo_over_the_limit_is_refused_part_by_part(tmp_path: Path) -> None:
    with small_house(tmp_path, LIBRARY__UPLOAD_LIMIT_BYTES="1000") as house:
        ada = User(house)
        assert ada.send_chunk(b"x" * 1001, 0).status_code == 413
        upload_id = ada.send_chunk(b"x" * 600, 0).json()["upload_id"]
        response = ada.send_chunk(b"x" * 401, 600, upload_id)
        assert (response.status_code, list(response.json())) == (413, ["detail"])
        assert ada.send_chunk(b"x" * 400, 600, upload_id).json()["offset"] == 1000


def test_unfinished_uploads_count_against_the_quota(tmp_path: Path) -> None:
    with small_house(tmp_path, LIBRARY__QUOTA_BYTES="1000") as house:
        ada = User(house)
        assert ada.send_chunk(b"x" * 600, 0).status_code == 200
        refused = ada.send_chunk(b"x" * 401, 0)
        assert (refused.status_code, list(refused.json())) == (507, ["detail"])
        assert ada.send_chunk(b"x" * 400, 0).status_code == 200


def test_nobody_begins_uploads_without_end(ada: User, house: House) -> None:
    for _ in range(100):
        house.call(house.stores.partials.begin, ada.account.id, house.clock.now())
    response = ada.send_chunk(b"x", 0)
    assert response.status_code == 507
    assert response.json() == {"detail": "At most 100 uploads may be unfinished at once."}
