"""Photos on LibrePhotos' wire: lists, details, searches and changes."""

from __future__ import annotations

from typing import Any

import pytest
from tests.house import House
from tests.pictures.samples import DATE_TIME_ORIGINAL, MAKE, MODEL, exif, picture, with_exif
from tests.protocols.librephotos import User, detail, fault

TAKEN = "2024:05:06 07:08:09"
SUMMARY = {
    "id", "dominantColor", "url", "location", "date", "birthTime", "aspectRatio", "type",
    "video_length", "rating", "owner", "exif_gps_lat", "exif_gps_lon", "removed", "in_trashcan",
}  # fmt: skip
UNKNOWN = "0123456789abcdef0123456789abcdef1"


@pytest.fixture
def ada(house: House) -> User:
    return User(house, house.add_account("ada"))


def dated(taken: str = TAKEN, *, width: int = 60) -> bytes:
    block = exif({MAKE: "Leica", MODEL: "M6"}, {DATE_TIME_ORIGINAL: taken})
    return with_exif(picture(width=width, height=40), block)


def edit(user: User, verb: str, *hashes: str, **flag: bool) -> Any:
    return user.post(f"/api/photosedit/{verb}", {"image_hashes": list(hashes), **flag})


# --- lists ------------------------------------------------------------------------------------


@pytest.mark.covers("LP-67")
def test_the_list_holds_the_callers_photos(house: House, ada: User) -> None:
    assert ada.get("/api/photos/").json() == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }
    photo = ada.add_photo()
    User(house).add_photo(width=90)
    listed = ada.get("/api/photos/").json()
    assert listed["count"] == 1
    assert [each["image_hash"] for each in listed["results"]] == [photo]


@pytest.mark.covers("LP-67", "LP-68")
def test_pages_name_their_neighbours(ada: User) -> None:
    photos = [ada.add_photo(width=60 + number) for number in range(3)]
    first = ada.get("/api/photos/?page_size=1").json()
    assert first["count"] == 3
    assert first["next"] == "http://localhost/api/photos/?page=2&page_size=1"
    assert first["previous"] is None
    second = ada.get(first["next"].removeprefix("http://localhost")).json()
    assert second["previous"] == "http://localhost/api/photos/?page_size=1"
    last = ada.get(second["next"].removeprefix("http://localhost")).json()
    assert last["next"] is None
    found = [page["results"][0]["image_hash"] for page in (first, second, last)]
    assert found == photos[::-1]


@pytest.mark.covers("LP-67")
def test_the_addresses_of_pages_repeat_nothing_but_what_was_searched(ada: User) -> None:
    for number in range(2):
        ada.add_photo(width=60 + number)
    listed = ada.get("/api/photos/?page_size=1&search=photo&jwt=secret&password=secret").json()
    assert listed["next"] == "http://localhost/api/photos/?page=2&page_size=1&search=photo"


@pytest.mark.covers("LP-68")
@pytest.mark.parametrize("page", ["2", "0", "-1", "x", "", "9" * 30, "%C2%B2"])
def test_a_page_that_cannot_be_is_not_found(ada: User, page: str) -> None:
    response = ada.get(f"/api/photos/?page={page or '%20'}")
    assert response.status_code == 404
    assert response.json() == detail("Invalid page.")


@pytest.mark.covers("LP-68")
@pytest.mark.parametrize("size", ["100001", "9" * 30, "0", "-1", "x"])
def test_a_page_size_that_is_too_large_or_no_number_is_no_error(ada: User, size: str) -> None:
    ada.add_photo()
    listed = ada.get(f"/api/photos/?page_size={size}").json()
    assert listed["count"] == len(listed["results"]) == 1


@pytest.mark.covers("LP-68")
def test_a_page_size_over_the_maximum_is_clamped(ada: User) -> None:
    listed = ada.get("/api/jobs/?page_size=1000&page=2")
    assert listed.json() == detail("Invalid page.")


def test_search_looks_in_names(ada: User) -> None:
    wanted = ada.upload(picture(width=61, height=40), "Beach.jpg")
    ada.upload(picture(width=62, height=40), "Forest.jpg")
    listed = ada.get("/api/photos/?search=beach").json()
    assert [each["image_hash"] for each in listed["results"]] == [wanted]


def test_a_search_is_answered_by_day(ada: User) -> None:
    old = ada.upload(dated(), "a trip.jpg")
    undated = ada.upload(picture(width=62, height=40), "b trip.jpg")
    found = ada.get("/api/photos/searchlist/?search=trip").json()["results"]
    assert [each["date"] for each in found] == ["2024-05-06", None]
    assert [each["items"][0]["id"] for each in found] == [old, undated]


def test_what_was_added_last_is_that_of_one_day(house: House, ada: User) -> None:
    assert ada.get("/api/photos/recentlyadded/").json() == {"date": None, "results": []}
    ada.add_photo()
    house.clock.advance(86_400)
    user = User(house, ada.account)
    latest = user.add_photo(width=61)
    found = user.get("/api/photos/recentlyadded").json()
    assert found["date"] == "2026-03-02T12:00:00Z"
    assert [each["id"] for each in found["results"]] == [latest]


def test_photos_without_a_date_have_a_list_of_their_own(ada: User) -> None:
    ada.upload(dated())
    undated = ada.add_photo()
    listed = ada.get("/api/photos/notimestamp/").json()
    assert listed["count"] == 1
    assert listed["results"][0]["id"] == undated


# --- one photo --------------------------------------------------------------------------------


def test_a_photo_is_shown_in_full(ada: User) -> None:
    content = dated()
    photo = ada.upload(content, "Trip.jpg")
    shown = ada.get(f"/api/photos/{photo}/").json()
    assert shown["image_hash"] == photo
    assert shown["image_path"] == ["Trip.jpg"]
    assert shown["exif_timestamp"] == "2024-05-06T07:08:09Z"
    assert shown["camera"] == "Leica M6"
    assert (shown["width"], shown["height"], shown["size"]) == (60, 40, len(content))
    assert shown["owner"] == {
        "id": ada.account.number,
        "username": "ada",
        "first_name": "",
        "last_name": "",
    }
    assert shown["big_thumbnail_url"] == f"/media/thumbnails_big/{photo}.jpg"
    assert (shown["rating"], shown["hidden"], shown["public"]) == (0, False, False)
    assert (shown["removed"], shown["in_trashcan"], shown["video"]) == (False, False, False)
    assert shown["people"] == shown["similar_photos"] == shown["embedded_media"] == []
    for url in ("square_thumbnail_url", "small_square_thumbnail_url", "big_thumbnail_url"):
        assert ada.client.get(shown[url]).status_code == 200


@pytest.mark.covers("LP-71")
def test_a_photo_is_shown_in_short(ada: User) -> None:
    photo = ada.upload(dated())
    shown = ada.get(f"/api/photos/{photo}/summary/").json()
    summary = shown.pop("photo_summary")
    assert shown == {"album_date_id": 20240506, "processing": False}
    assert set(summary) == SUMMARY
    assert summary["id"] == summary["url"] == photo
    assert summary["date"] == "2024-05-06T07:08:09+00:00"
    assert summary["birthTime"] == "2024-05-06T07:08:09Z"
    assert summary["aspectRatio"] == 1.5
    assert (summary["type"], summary["video_length"], summary["location"]) == ("image", "", "")
    assert summary["dominantColor"].startswith("#")
    assert summary["owner"]["username"] == "ada"


@pytest.mark.covers("LP-71")
def test_a_photo_without_a_date_says_so_with_empty_texts(ada: User) -> None:
    shown = ada.get(f"/api/photos/{ada.add_photo()}/summary/").json()
    assert shown["album_date_id"] is None
    assert (shown["photo_summary"]["date"], shown["photo_summary"]["birthTime"]) == ("", "")


def test_a_public_photo_is_anybodys_to_see_a_private_one_is_not_there(
    house: House, ada: User
) -> None:
    photo, stranger = ada.add_photo(), User(house)
    for get in (house.client().get, stranger.get):
        for path in (photo, f"{photo}/summary", UNKNOWN, "nonsense"):
            response = get(f"/api/photos/{path}/")
            assert response.status_code == 404
            assert response.json() == detail("No Photo matches the given query.")
    ada.make_public(photo)
    for get in (house.client().get, stranger.get):
        assert get(f"/api/photos/{photo}/").json()["public"] is True


# --- changes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verb", "flag", "field", "on", "off"),
    [
        ("favorite", "favorite", "rating", 5, 0),
        ("hide", "hidden", "hidden", True, False),
        ("setdeleted", "deleted", "in_trashcan", True, False),
        ("makepublic", "val_public", "public", True, False),
    ],
)
def test_photos_are_changed_and_changed_back(
    ada: User, verb: str, flag: str, field: str, on: object, off: object
) -> None:
    photo = ada.add_photo()
    for wanted, expected in ((True, on), (False, off)):
        response = edit(ada, verb, photo, **{flag: wanted})
        assert response.status_code == 200
        answer = response.json()
        assert list(answer) == ["status", "results", "updated", "not_updated"]
        assert answer["status"] is True
        assert [each["image_hash"] for each in answer["updated"]] == [photo]
        assert answer["results"] == answer["updated"]
        assert answer["not_updated"] == []
        assert answer["updated"][0][field] == expected
        assert ada.get(f"/api/photos/{photo}/").json()[field] == expected


def test_a_strangers_photo_is_not_changed_and_not_shown(house: House, ada: User) -> None:
    photo = ada.add_photo()
    answer = edit(User(house), "makepublic", photo, UNKNOWN, val_public=True).json()
    assert (answer["updated"], answer["not_updated"]) == ([], [])
    assert ada.get(f"/api/photos/{photo}/").json()["public"] is False


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "image_hashes", "This field is required."),
        ({"image_hashes": []}, "hidden", "This field is required."),
        (
            {"image_hashes": "x", "hidden": True},
            "image_hashes",
            'Expected a list of items but got type "str".',
        ),
        (
            {"image_hashes": {}, "hidden": True},
            "image_hashes",
            'Expected a list of items but got type "dict".',
        ),
        ({"image_hashes": [1], "hidden": True}, "image_hashes", "Not a valid string."),
        ({"image_hashes": [], "hidden": "maybe"}, "hidden", "Must be a valid boolean."),
        ({"image_hashes": [], "hidden": 1}, "hidden", "Must be a valid boolean."),
        (
            {"image_hashes": ["x"] * 10_001, "hidden": True},
            "image_hashes",
            "Name at most 10000 photos.",
        ),
    ],
)
def test_a_change_that_cannot_be_read_says_why(
    ada: User, body: object, field: str, message: str
) -> None:
    response = ada.post("/api/photosedit/hide", body)
    assert response.status_code == 400
    assert response.json() == fault(field, message)


def test_only_what_is_in_the_trash_is_deleted(house: House, ada: User) -> None:
    trashed, kept = ada.add_photo(width=61), ada.add_photo(width=62)
    others = User(house).add_photo()
    edit(ada, "setdeleted", trashed, deleted=True)
    body = {"image_hashes": [trashed, kept, others, UNKNOWN]}
    response = ada.send("DELETE", "/api/photosedit/delete", body)
    assert response.json() == {
        "status": True,
        "results": [trashed],
        "deleted": [trashed],
        "not_deleted": [kept, others, UNKNOWN],
    }
    assert ada.get(f"/api/photos/{trashed}/").status_code == 404
    assert ada.get(f"/api/photos/{kept}/").status_code == 200
    assert ada.client.get(f"/media/photos/{trashed}").status_code == 404
