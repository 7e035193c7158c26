"""Photos by the native API: adding, showing, changing, fetching."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.house import House, a_house
from tests.pictures.samples import picture
from tests.protocols.native import PICTURE, Visitor, faults, problem

OTHER = picture(width=61, height=40)
UNKNOWN = "/v1/photos/I0000aaaaaaaaaaa"


# --- adding -----------------------------------------------------------------------------------


def test_an_added_photo_is_shown_with_all_that_is_known_of_it(house: House) -> None:
    visitor = Visitor(house)
    files = [("files", ("Dawn.jpg", PICTURE, "image/jpeg"))]
    answer = visitor.client.post("/v1/photos", files=files)
    photo = answer.json()["items"][0]
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/photos/{photo['id']}"
    number = visitor.account.number
    md5 = hashlib.md5(PICTURE).hexdigest()
    assert photo.pop("dominant_color").startswith("#")
    assert photo == {
        "id": photo["id"],
        "name": "Dawn.jpg",
        "description": "",
        "owner": {
            "account_id": visitor.account.id,
            "username": visitor.account.username,
            "organization_id": None,
        },
        "visibility": "private",
        "rating": 0,
        "hidden": False,
        "trashed": False,
        "media_type": "image/jpeg",
        "size": len(PICTURE),
        "sha256": hashlib.sha256(PICTURE).hexdigest(),
        "width": 60,
        "height": 40,
        "taken_at": None,
        "added_at": "2026-03-01T12:00:00Z",
        "changed_at": "2026-03-01T12:00:00Z",
        "camera": {"make": "", "model": "", "lens": ""},
        "location": None,
        "gallery_ids": [],
        "wire_ids": {"pixieset": 1, "photoshelter": photo["id"], "librephotos": f"{md5}{number}"},
    }


def test_several_files_are_added_in_their_order_whatever_their_field_is_called(
    house: House,
) -> None:
    visitor = Visitor(house)
    files = [("a", ("1.jpg", PICTURE, "image/jpeg")), ("b", ("2.jpg", OTHER, "image/jpeg"))]
    added = visitor.client.post("/v1/photos", files=files).json()["items"]
    assert [each["name"] for each in added] == ["1.jpg", "2.jpg"]
    listed = visitor.get("/v1/photos")["items"]
    assert [each["name"] for each in listed] == ["2.jpg", "1.jpg"]


def test_a_photo_can_be_public_and_in_a_gallery_from_the_beginning(house: House) -> None:
    visitor = Visitor(house)
    gallery = visitor.add_gallery()["id"]
    photo = visitor.add_photo(gallery_id=gallery, visibility="public")
    assert (photo["visibility"], photo["gallery_ids"]) == ("public", [gallery])


def test_all_files_are_added_or_none(house: House) -> None:
    visitor = Visitor(house)
    files = [("files", ("a.jpg", PICTURE, "image/jpeg")), ("files", ("b.jpg", b"no picture", ""))]
    answer = visitor.client.post("/v1/photos", files=files)
    assert problem(answer)[:2] == (415, "not_a_picture")
    assert visitor.get("/v1/photos")["items"] == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"visibility": "everyone"}, "visibility"),
        ({"owner": "U0000aaaaaaaaaaa"}, "owner"),
        ({"rating": "5"}, "rating"),
    ],
)
def test_an_upload_whose_fields_do_not_fit_adds_nothing(
    house: House, fields: dict[str, str], field: str
) -> None:
    visitor = Visitor(house)
    files = [("files", ("a.jpg", PICTURE, "image/jpeg"))]
    answer = visitor.client.post("/v1/photos", files=files, data=fields)
    assert list(faults(answer)) == [field]
    assert visitor.get("/v1/photos")["items"] == []
    assert [each for each in (house.folder / "incoming").rglob("*") if each.is_file()] == []


def test_an_upload_needs_a_file(house: House) -> None:
    visitor = Visitor(house)
    body = b'--x\r\nContent-Disposition: form-data; name="visibility"\r\n\r\npublic\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = visitor.client.post("/v1/photos", content=body, headers=headers)
    assert faults(answer) == {"files": "Send at least one file."}


def test_a_hundred_files_come_at_once_and_no_more(house: House) -> None:
    files = [("files", (f"{number}.jpg", b"x", "image/jpeg")) for number in range(101)]
    answer = Visitor(house).client.post("/v1/photos", files=files)
    assert faults(answer) == {"files": "Send at most 100 files at once."}


def test_an_upload_is_a_multipart_form(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.client.post("/v1/photos", json={"files": []})
    assert problem(answer)[:2] == (415, "unsupported_media_type")


def test_an_upload_into_somebody_elses_gallery_adds_nothing(house: House) -> None:
    theirs = Visitor(house).add_gallery()["id"]
    visitor = Visitor(house)
    files = [("files", ("a.jpg", PICTURE, "image/jpeg"))]
    answer = visitor.client.post("/v1/photos", files=files, data={"gallery_id": theirs})
    assert problem(answer)[:2] == (404, "not_found")
    assert visitor.get("/v1/photos")["items"] == []


def test_an_upload_past_the_quota_is_refused(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", LIBRARY__QUOTA_BYTES=str(len(PICTURE))) as house:
        visitor = Visitor(house)
        visitor.add_photo()
        files = [("files", ("b.jpg", OTHER, "image/jpeg"))]
        answer = visitor.client.post("/v1/photos", files=files)
        assert problem(answer)[:2] == (507, "quota_exceeded")


def test_a_file_past_the_limit_is_refused(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", LIBRARY__UPLOAD_LIMIT_BYTES=str(len(PICTURE) - 1)) as house:
        files = [("files", ("a.jpg", PICTURE, "image/jpeg"))]
        answer = Visitor(house).client.post("/v1/photos", files=files)
        assert problem(answer)[:2] == (413, "too_large")


def test_nobody_uploads_without_a_credential(house: House) -> None:
    files = [("files", ("a.jpg", PICTURE, "image/jpeg"))]
    assert house.client().post("/v1/photos", files=files).status_code == 401


# --- listing ----------------------------------------------------------------------------------


def test_photos_are_listed_by_what_is_asked_of_them(house: House) -> None:
    visitor = Visitor(house)
    gallery = visitor.add_gallery()["id"]
    harbour = visitor.add_photo("harbour.jpg", gallery_id=gallery)["id"]
    forest = visitor.add_photo("forest.jpg", OTHER, visibility="public")["id"]
    visitor.client.patch(f"/v1/photos/{forest}", json={"rating": 5})

    def listed(query: str) -> list[str]:
        return [each["id"] for each in visitor.get(f"/v1/photos?{query}")["items"]]

    assert listed("") == [forest, harbour]
    assert listed(f"gallery={gallery}") == [harbour]
    assert listed("text=FOREST") == [forest]
    assert listed("favorite=true") == [forest]
    assert listed("favorite=false") == [harbour]
    assert listed("public=true") == [forest]
    assert listed("trashed=true") == []
    visitor.client.patch(f"/v1/photos/{harbour}", json={"trashed": True})
    assert listed("trashed=true") == [harbour]
    assert listed("") == [forest]


def test_everybodys_public_photos_are_listed_and_nothing_private(house: House) -> None:
    theirs = Visitor(house)
    shown = theirs.add_photo(visibility="public")["id"]
    theirs.add_photo("secret.jpg", OTHER)
    visitor = Visitor(house)
    assert [each["id"] for each in visitor.get("/v1/photos?public=true")["items"]] == [shown]
    assert visitor.get("/v1/photos")["items"] == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=2", "limit"),
        ("trashed=perhaps", "trashed"),
        ("favorite=", "favorite"),
        ("cursor=x", "cursor"),
        ("text=" + "a" * 201, "text"),
        ("gallery=" + "a" * 65, "gallery"),
    ],
)
def test_a_query_that_does_not_fit_names_the_parameter(
    house: House, query: str, field: str
) -> None:
    assert list(faults(Visitor(house).client.get(f"/v1/photos?{query}"))) == [field]


def test_the_photos_of_somebody_elses_private_gallery_are_not_there(house: House) -> None:
    theirs = Visitor(house).add_gallery()["id"]
    visitor = Visitor(house)
    for path in (f"/v1/photos?gallery={theirs}", f"/v1/galleries/{theirs}/photos"):
        assert problem(visitor.client.get(path))[:2] == (404, "not_found")


# --- one photo --------------------------------------------------------------------------------


def test_a_photo_changes_in_what_is_said_and_stays_in_the_rest(house: House) -> None:
    visitor = Visitor(house)
    photo = visitor.add_photo()
    house.clock.advance(60)
    change = {"name": "Dusk.jpg", "rating": 4, "visibility": "public", "description": "Harbour"}
    changed = visitor.client.patch(f"/v1/photos/{photo['id']}", json=change).json()
    assert changed == photo | change | {"changed_at": "2026-03-01T12:01:00Z"}
    assert visitor.get(f"/v1/photos/{photo['id']}") == changed


@pytest.mark.parametrize(
    "change",
    [
        {"rating": 6},
        {"rating": -1},
        {"rating": "5"},
        {"rating": 2.5},
        {"name": ""},
        {"name": "a" * 256},
        {"name": None},
        {"description": "a" * 5001},
        {"visibility": "everyone"},
        {"hidden": 1},
        {"owner": {"account_id": "U0000aaaaaaaaaaa"}},
        {"id": "I0000aaaaaaaaaaa"},
        {"sha256": "0" * 64},
        {"media_type": "text/html"},
    ],
)
def test_a_photo_stays_as_it_is_when_one_field_may_not_change(
    house: House, change: dict[str, object]
) -> None:
    visitor = Visitor(house)
    photo = visitor.add_photo()
    path = f"/v1/photos/{photo['id']}"
    assert list(faults(visitor.client.patch(path, json=change | {"trashed": True}))) == [
        *change.keys()
    ]
    assert visitor.get(path) == photo


def test_a_deleted_photo_is_gone_with_its_file(house: House) -> None:
    visitor = Visitor(house)
    path = f"/v1/photos/{visitor.add_photo()['id']}"
    assert visitor.client.delete(path).status_code == 204
    for gone in (path, f"{path}/original", f"{path}/thumbnail"):
        assert problem(visitor.client.get(gone))[:2] == (404, "not_found")
    assert visitor.client.delete(path).status_code == 404
    assert [each for each in (house.folder / "blobs").rglob("*") if each.is_file()] == []


def test_somebody_elses_private_photo_is_not_there(house: House) -> None:
    theirs = Visitor(house)
    photo = theirs.add_photo()
    path = f"/v1/photos/{photo['id']}"
    visitor = Visitor(house)
    answers = [
        visitor.client.get(path),
        visitor.client.get(f"{path}/original"),
        visitor.client.get(f"{path}/thumbnail"),
        visitor.client.patch(path, json={"rating": 1}),
        visitor.client.delete(path),
    ]
    unknown = [
        visitor.client.get(UNKNOWN),
        visitor.client.get(f"{UNKNOWN}/original"),
        visitor.client.get(f"{UNKNOWN}/thumbnail"),
        visitor.client.patch(UNKNOWN, json={"rating": 1}),
        visitor.client.delete(UNKNOWN),
    ]
    assert [problem(each) for each in answers] == [problem(each) for each in unknown]
    assert {each.status_code for each in answers} == {404}
    assert theirs.get(path) == photo


def test_somebody_elses_public_photo_can_be_seen_and_not_changed(house: House) -> None:
    theirs = Visitor(house)
    path = f"/v1/photos/{theirs.add_photo(visibility='public')['id']}"
    visitor = Visitor(house)
    assert visitor.client.get(path).status_code == 200
    assert visitor.client.get(f"{path}/original").status_code == 200
    assert visitor.client.patch(path, json={"rating": 1}).status_code in (403, 404)
    assert visitor.client.delete(path).status_code in (403, 404)
    assert theirs.get(path)["rating"] == 0


@pytest.mark.parametrize(
    "id", ["x", "1", "I0000", "I0000aaaaaaaaaaaa", "..", "%00", "%FF", "O0000aaaaaaaaaaa"]
)
def test_what_cannot_be_an_id_names_nothing(house: House, id: str) -> None:
    visitor = Visitor(house)
    assert problem(visitor.client.get(f"/v1/photos/{id}/original"))[:2] == (404, "not_found")


# --- files ------------------------------------------------------------------------------------


def test_an_original_comes_back_byte_for_byte(house: House) -> None:
    visitor = Visitor(house)
    photo = visitor.add_photo("Dawn é.jpg")
    answer = visitor.client.get(f"/v1/photos/{photo['id']}/original")
    assert (answer.status_code, answer.content) == (200, PICTURE)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''Dawn%20%C3%A9.jpg")
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_part_of_an_original_can_be_asked_for(house: House) -> None:
    visitor = Visitor(house)
    path = f"/v1/photos/{visitor.add_photo()['id']}/original"
    answer = visitor.client.get(path, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer.content) == (206, PICTURE[10:20])
    past = visitor.client.get(path, headers={"Range": f"bytes={len(PICTURE)}-"})
    assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{len(PICTURE)}")


def test_an_original_that_the_caller_has_is_not_sent_again(house: House) -> None:
    visitor = Visitor(house)
    path = f"/v1/photos/{visitor.add_photo()['id']}/original"
    etag = visitor.client.get(path).headers["etag"]
    answer = visitor.client.get(path, headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("size", ["square_small", "square", "large", None])
def test_a_thumbnail_is_a_jpeg_of_the_asked_size(house: House, size: str | None) -> None:
    visitor = Visitor(house)
    path = f"/v1/photos/{visitor.add_photo()['id']}/thumbnail"
    answer = visitor.client.get(path if size is None else f"{path}?size={size}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")
    assert answer.content[:2] == b"\xff\xd8"


def test_a_thumbnail_of_another_size_is_refused(house: House) -> None:
    visitor = Visitor(house)
    path = f"/v1/photos/{visitor.add_photo()['id']}/thumbnail?size=huge"
    assert list(faults(visitor.client.get(path))) == ["size"]


def test_the_head_of_a_file_has_its_size_and_no_body(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.client.head(f"/v1/photos/{visitor.add_photo()['id']}/original")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(PICTURE))


def test_without_the_photos_folder_nothing_is_taken_shown_or_deleted(house: House) -> None:
    visitor = Visitor(house)
    photo = visitor.add_photo()["id"]
    blobs, away = house.folder / "blobs", house.folder / "away"
    blobs.rename(away)
    client, files = visitor.client, [("files", ("dusk.jpg", OTHER, "image/jpeg"))]
    for _ in range(2):
        assert client.post("/v1/photos", files=files).status_code == 503
        assert client.get(f"/v1/photos/{photo}/original").status_code == 503
        assert client.delete(f"/v1/photos/{photo}").status_code == 503
    assert not blobs.exists()
    away.rename(blobs)
    assert client.get(f"/v1/photos/{photo}/original").status_code == 200
    assert len(visitor.get("/v1/photos")["items"]) == 1
