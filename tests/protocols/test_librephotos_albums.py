"""Albums on LibrePhotos' wire: days, and galleries that people make."""

from __future__ import annotations

from typing import Any

import pytest
from tests.house import House
from tests.pictures.samples import DATE_TIME_ORIGINAL, exif, picture, with_exif
from tests.protocols.librephotos import NOT_PROVIDED, User, detail, fault

EDIT = "/api/albums/user/edit/"


@pytest.fixture
def ada(house: House) -> User:
    return User(house, house.add_account("ada"))


def dated(taken: str, width: int = 60) -> bytes:
    block = exif({}, {DATE_TIME_ORIGINAL: taken})
    return with_exif(picture(width=width, height=40), block)


def days(user: User, query: str = "") -> list[Any]:
    response = user.get(f"/api/albums/date/list/{query}")
    assert response.status_code == 200
    results: list[Any] = response.json()["results"]
    return results


# --- days -------------------------------------------------------------------------------------


@pytest.mark.covers("LP-69")
def test_days_are_listed_newest_first_and_the_undated_last(ada: User) -> None:
    ada.upload(dated("2024:05:06 07:08:09"))
    ada.upload(dated("2024:05:06 23:59:59", width=61))
    ada.upload(dated("2025:01:02 00:00:00"))
    ada.add_photo()
    assert days(ada) == [
        {
            "id": number,
            "date": date,
            "location": "",
            "incomplete": True,
            "numberOfItems": count,
            "items": [],
        }
        for number, date, count in [
            ("20250102", "2025-01-02", 1),
            ("20240506", "2024-05-06", 2),
            ("0", None, 1),
        ]
    ]


@pytest.mark.covers("LP-70", "LP-71", "LP-74")
@pytest.mark.parametrize("slash", ["/", ""])
def test_a_day_shows_its_photos_page_by_page(ada: User, slash: str) -> None:
    photos = [ada.upload(dated("2024:05:06 07:08:09", width=60 + each)) for each in range(3)]
    found = []
    for page in (1, 2):
        response = ada.get(f"/api/albums/date/20240506{slash}?page={page}&size=2")
        album = response.json()["results"]
        found += [each["id"] for each in album.pop("items")]
        assert album == {
            "id": "20240506",
            "date": "2024-05-06",
            "location": "",
            "incomplete": False,
            "numberOfItems": 3,
        }
    assert found == photos[::-1]


def test_the_undated_have_a_day_of_their_own(ada: User) -> None:
    photo = ada.add_photo()
    album = ada.get("/api/albums/date/0/").json()["results"]
    assert (album["date"], [each["id"] for each in album["items"]]) == (None, [photo])


@pytest.mark.parametrize("id", ["20240507", "20241301", "00000000", "x", "2024-05-06", "0" * 30])
def test_a_day_without_photos_is_not_there(ada: User, id: str) -> None:
    ada.upload(dated("2024:05:06 07:08:09"))
    response = ada.get(f"/api/albums/date/{id}/")
    assert response.status_code == 404
    assert response.json() == detail("No AlbumDate matches the given query.")


@pytest.mark.parametrize(
    ("verb", "flag", "query"),
    [
        ("hide", "hidden", "?hidden=true"),
        ("setdeleted", "deleted", "?in_trashcan=true"),
        ("favorite", "favorite", "?favorite=true"),
    ],
)
def test_days_can_be_asked_for_what_is_special(ada: User, verb: str, flag: str, query: str) -> None:
    plain, special = ada.upload(dated("2024:05:06 07:08:09")), ada.add_photo()
    ada.post(f"/api/photosedit/{verb}", {"image_hashes": [special], flag: True})
    assert [each["id"] for each in days(ada, query)] == ["0"]
    found = ada.get(f"/api/albums/date/0/{query}").json()["results"]["items"]
    assert [each["id"] for each in found] == [special]
    left = ["20240506", "0"] if verb == "favorite" else ["20240506"]
    assert [each["id"] for each in days(ada)] == left
    assert plain != special


@pytest.mark.parametrize("query", ["?video=true", "?person=1"])
def test_there_are_no_videos_and_no_people(ada: User, query: str) -> None:
    ada.add_photo()
    assert days(ada, query) == []
    assert ada.get(f"/api/albums/date/0/{query}").status_code == 404


def test_public_days_are_open_and_can_be_one_persons(house: House, ada: User) -> None:
    other = User(house, house.add_account("grace"))
    public, theirs = ada.upload(dated("2024:05:06 07:08:09")), other.add_photo()
    ada.add_photo(width=61)
    ada.make_public(public)
    other.make_public(theirs)
    client = house.client()
    assert client.get("/api/albums/date/list/").json() == detail(NOT_PROVIDED)
    assert client.get("/api/albums/date/0/").json() == detail(NOT_PROVIDED)
    everybody = client.get("/api/albums/date/list/?public=true").json()["results"]
    assert [each["id"] for each in everybody] == ["20240506", "0"]
    query = "?public=true&username=ada"
    adas = client.get(f"/api/albums/date/list/{query}").json()["results"]
    assert [(each["id"], each["numberOfItems"]) for each in adas] == [("20240506", 1)]
    shown = client.get(f"/api/albums/date/20240506/{query}").json()["results"]["items"]
    assert [each["id"] for each in shown] == [public]
    assert client.get(f"/api/albums/date/0/{query}").status_code == 404


# --- albums that people make ------------------------------------------------------------------


@pytest.mark.covers("LP-72")
def test_albums_are_listed_by_number_and_shown_by_text(ada: User) -> None:
    photo = ada.upload(dated("2024:05:06 07:08:09"))
    made = ada.post(EDIT, {"title": "Trip", "photos": [photo]})
    assert made.status_code == 201
    number = made.json()["id"]
    listed = ada.get("/api/albums/user/list/").json()
    owner = {"id": 1, "username": "ada", "first_name": "", "last_name": ""}
    assert listed == {
        "count": 1,
        "next": None,
        "previous": None,
        "results": [
            {
                "id": number,
                "title": "Trip",
                "cover_photo": {
                    "image_hash": photo,
                    "rating": 0,
                    "hidden": False,
                    "exif_timestamp": "2024-05-06T07:08:09Z",
                    "public": False,
                    "video": False,
                },
                "created_on": "2026-03-01T12:00:00Z",
                "favorited": False,
                "shared_to": [],
                "owner": owner,
                "photo_count": 1,
            }
        ],
    }
    assert isinstance(number, int)
    shown = ada.get(f"/api/albums/user/{number}/").json()
    (group,) = shown.pop("grouped_photos")
    assert shown == {
        "id": str(number),
        "title": "Trip",
        "owner": owner,
        "shared_to": [],
        "date": "2024-05-06T07:08:09+00:00",
        "location": "",
    }
    assert (group["date"], group["location"]) == ("2024-05-06", "")
    assert [each["id"] for each in group["items"]] == [photo]


def test_an_album_without_photos_has_an_empty_cover(ada: User) -> None:
    made = ada.post(EDIT, {"title": "Empty", "photos": []}).json()
    assert (made["photos"], made["cover_photo"]) == ([], None)
    (listed,) = ada.get("/api/albums/user/list/").json()["results"]
    assert listed["cover_photo"]["image_hash"] == ""
    assert ada.get(f"/api/albums/user/{made['id']}/").json()["date"] == ""


def test_a_title_that_is_there_already_is_filled_not_doubled(ada: User) -> None:
    first, second = ada.add_photo(width=61), ada.add_photo(width=62)
    made = ada.post(EDIT, {"title": "Trip", "photos": [first]}).json()
    again = ada.post(EDIT, {"title": "Trip", "photos": [second]}).json()
    assert again["id"] == made["id"]
    assert again["photos"] == [first, second]
    assert ada.get("/api/albums/user/list/").json()["count"] == 1


def test_the_same_title_of_somebody_else_is_another_album(house: House, ada: User) -> None:
    mine = ada.post(EDIT, {"title": "Trip", "photos": []}).json()
    theirs = User(house).post(EDIT, {"title": "Trip", "photos": []}).json()
    assert mine["id"] != theirs["id"]


def test_an_album_is_renamed_filled_emptied_and_deleted(ada: User) -> None:
    first, second = ada.add_photo(width=61), ada.add_photo(width=62)
    number = ada.post(EDIT, {"title": "Trip", "photos": [first]}).json()["id"]
    path = f"{EDIT}{number}/"
    changed = ada.send("PATCH", path, {"title": "Journey", "photos": [second]})
    assert changed.status_code == 200
    assert changed.json() == {
        "id": number,
        "title": "Journey",
        "photos": [first, second],
        "created_on": "2026-03-01T12:00:00Z",
        "favorited": False,
        "cover_photo": first,
    }
    assert ada.send("PATCH", path, {"removedPhotos": [first]}).json()["photos"] == [second]
    assert ada.send("DELETE", path).status_code == 204
    assert ada.get(f"/api/albums/user/{number}/").status_code == 404
    assert ada.get(f"/api/photos/{second}/").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_strangers_album_is_not_there(house: House, ada: User, method: str) -> None:
    number = ada.post(EDIT, {"title": "Trip", "photos": []}).json()["id"]
    path = f"/api/albums/user/{number}/" if method == "GET" else f"{EDIT}{number}/"
    response = User(house).send(method, path, {"title": "Mine"})
    assert response.status_code == 404
    assert response.json() == detail("No AlbumUser matches the given query.")
    assert ada.get(f"/api/albums/user/{number}/").json()["title"] == "Trip"


@pytest.mark.parametrize("number", ["0", "x", "-1", "1.5", "9" * 18, "9" * 30, "%C2%B2"])
def test_a_number_that_is_no_albums_is_not_found(ada: User, number: str) -> None:
    assert ada.get(f"/api/albums/user/{number}/").status_code == 404
    assert ada.send("PATCH", f"{EDIT}{number}/", {}).status_code == 404


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"photos": []}, "title", "This field is required."),
        ({"title": " ", "photos": []}, "title", "This field may not be blank."),
        ({"title": "Trip"}, "photos", "This field is required."),
        (
            {"title": "Trip", "photos": "x"},
            "photos",
            'Expected a list of items but got type "str".',
        ),
    ],
)
def test_an_album_that_cannot_be_read_says_why(
    ada: User, body: object, field: str, message: str
) -> None:
    response = ada.post(EDIT, body)
    assert response.status_code == 400
    assert response.json() == fault(field, message)


def test_a_cover_cannot_be_chosen(ada: User) -> None:
    photo = ada.add_photo()
    number = ada.post(EDIT, {"title": "Trip", "photos": [photo]}).json()["id"]
    response = ada.send("PATCH", f"{EDIT}{number}/", {"cover_photo": photo})
    assert response.status_code == 400
    assert response.json() == fault("cover_photo", "An album's cover is always its first photo.")


def test_photos_of_others_are_put_into_no_album(house: House, ada: User) -> None:
    photo = User(house).add_photo()
    assert ada.post(EDIT, {"title": "Trip", "photos": [photo]}).status_code == 404
    assert ada.get("/api/albums/user/list/").json()["count"] == 0
