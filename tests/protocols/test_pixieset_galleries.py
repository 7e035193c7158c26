"""Pixieset: the Galleries API's account, collections, galleries, photos and files."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.house import House
from tests.pictures.samples import picture
from tests.protocols.pixieset import SESSION, STUDIO, Visitor

from safelight.errors import PermissionDenied
from safelight.library.ports import PhotoChange
from safelight.library.questions import ById, ChangeGallery, ChangePhoto, DeletePhoto
from safelight.server.linked_originals import LinkOriginal


@pytest.fixture
def visitor(house: House) -> Visitor:
    account = house.add_account("mary", first_name="Mary", last_name="Cassatt")
    return Visitor(house, account=account).sign_in()


# --- the account --------------------------------------------------------------------------------


@pytest.mark.covers("PX-16", "PX-38")
def test_bootstrap_tells_user_and_business(visitor: Visitor) -> None:
    answer = visitor.get("/data/bootstrap")
    assert answer.status_code == 200
    assert answer.json() == {
        "data": {
            "user": {
                "id": visitor.account.number, "username": "mary", "email": "mary@example.com",
                "first_name": "Mary", "last_name": "Cassatt",
            },
            "profile": {"business_name": "Mary Cassatt"},
            "workspace": {"id": visitor.account.id, "name": "Mary Cassatt"},
        }
    }  # fmt: skip


@pytest.mark.covers("PX-17", "PX-38")
def test_user_tells_the_username(visitor: Visitor) -> None:
    answer = visitor.get("/user")
    assert answer.status_code == 200
    assert answer.json()["data"]["username"] == "mary"


# --- the dashboard ------------------------------------------------------------------------------


def dashboard(visitor: Visitor, query: str = "") -> dict[str, Any]:
    answer = visitor.get(f"/dashboard_listings{query}")
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"data"}
    assert body["data"].keys() == {"data", "meta"}
    return body["data"]


@pytest.mark.covers("PX-44")
def test_an_empty_dashboard_has_an_empty_list_and_one_page(visitor: Visitor) -> None:
    assert dashboard(visitor) == {
        "data": {"collections": [], "items": [], "folders": []},
        "meta": {"total": 0, "current_page": 1, "last_page": 1},
    }


@pytest.mark.covers("PX-44", "PX-52")
def test_a_collection_on_the_dashboard_has_what_tools_read(visitor: Visitor) -> None:
    gallery = visitor.add_gallery("Harbour", public=True, description="Boats")
    photo = visitor.add_photo(gallery)
    thumbnails = "//localhost/galleries/media/thumbnails"
    assert dashboard(visitor)["data"]["collections"] == [
        {
            "id": 10_000_000 + gallery.number,
            "name": "Harbour",
            "description": "Boats",
            "photo_count": 1,
            "video_count": 0,
            "event_date": "2026-03-01",
            "create_at": "2026-03-01 12:00:00",
            "url_key": gallery.id,
            "status": 1,
            "folder_id": None,
            "expire_at": None,
            "coverPhoto": f"{thumbnails}/large/{photo.id}.jpg",
            "coverPhotoThumbnail": f"{thumbnails}/square/{photo.id}.jpg",
            "collection_download": True,
            "photo_download": True,
            "high_res_download_size": "original",
            "web_download_size": None,
            "password": None,
            "download_pin": None,
        }
    ]


@pytest.mark.parametrize(
    ("query", "shown", "page"),
    [("", 24, 1), ("?page=1", 24, 1), ("?page=2", 1, 2), ("?page=3", 0, 3),
     ("?page=1&page=2", 1, 2), ("?page=2&page=1", 24, 1)],
)  # fmt: skip
@pytest.mark.covers("PX-44", "PX-45")
def test_the_dashboard_comes_by_24_and_of_two_pages_the_last_counts(
    visitor: Visitor, query: str, shown: int, page: int
) -> None:
    for index in range(25):
        visitor.add_gallery(f"Collection {index}")
    found = dashboard(visitor, query)
    assert len(found["data"]["collections"]) == shown
    assert found["meta"] == {"total": 25, "current_page": page, "last_page": 2}


@pytest.mark.parametrize("page", ["0", "-1", "x", "1e3", "99999999999"])
@pytest.mark.covers("PX-42")
def test_a_page_that_is_none_is_refused(visitor: Visitor, page: str) -> None:
    answer = visitor.get(f"/dashboard_listings?page={page}")
    assert answer.status_code == 422
    assert answer.json()["details"] == {"page": ["The page must be a whole number from 1."]}


def test_nobody_sees_anothers_collections_on_the_dashboard(house: House, visitor: Visitor) -> None:
    other = Visitor(house)
    other.add_gallery("Private")
    other.add_gallery("Public", public=True)
    assert dashboard(visitor)["data"]["collections"] == []


# --- collections and galleries ------------------------------------------------------------------


@pytest.mark.covers("PX-46", "PX-52")
def test_a_collection_holds_one_gallery_with_the_same_photos(visitor: Visitor) -> None:
    gallery = visitor.add_gallery("Harbour")
    photos = [visitor.add_photo(gallery, width=width) for width in (60, 61)]
    collection = 10_000_000 + gallery.number
    record = visitor.get(f"/collections/{collection}?expand=video_cover").json()["data"]
    keys = ("id", "name", "description", "gallery_count", "photo_count", "video_count",
            "client_count", "password_protected", "downloadable", "expiry_date")  # fmt: skip
    assert [record[key] for key in keys] == [
        collection, "Harbour", None, 1, 2, 0, 0, False, True, None,
    ]  # fmt: skip
    listed = visitor.get(f"/collections/{collection}/galleries").json()["data"]
    assert listed == [
        {
            "id": 100_000_000 + gallery.number,
            "collection_id": collection,
            "name": "Harbour",
            "description": None,
            "photo_count": 2,
            "video_count": 0,
            "download": True,
            "private": True,
            "cover_photo": f"//localhost/galleries/media/thumbnails/large/{photos[0].id}.jpg",
        }
    ]
    opened = visitor.get(f"/galleries/{listed[0]['id']}?expand=photos.starred%2Cvideos")
    assert opened.status_code == 200
    body = opened.json()["data"]
    assert (body["id"], body["collection_id"]) == (listed[0]["id"], collection)
    assert body["photo_count"] == len(body["photos"]) == 2
    assert body["videos"] == []
    assert {each["id"] for each in body["photos"]} == {each.number for each in photos}
    assert [each["rank"] for each in body["photos"]] == [1, 2]
    for each in body["photos"]:
        assert (each["collection_id"], each["gallery_id"]) == (collection, listed[0]["id"])


@pytest.mark.covers("PX-46")
def test_a_photo_in_a_gallery_has_what_tools_read(visitor: Visitor) -> None:
    gallery = visitor.add_gallery()
    photo = visitor.add_photo(gallery, name="boat.jpg")
    visitor.ask(ChangePhoto(photo=ById(photo.id), change=PhotoChange(rating=5)))
    body = visitor.get(f"/galleries/{100_000_000 + gallery.number}").json()["data"]
    large = f"//localhost/galleries/media/thumbnails/large/{photo.id}.jpg"
    assert body["photos"] == [
        {
            "id": photo.number,
            "collection_id": 10_000_000 + gallery.number,
            "gallery_id": 100_000_000 + gallery.number,
            "name": "boat.jpg",
            "description": None,
            "mime_type": "image/jpeg",
            "ext": "jpg",
            "size": photo.size,
            "width": 60,
            "height": 40,
            "rank": 1,
            "capture_date": None,
            "path_xxlarge": large,
            "path_xlarge": large,
            "path_large": large,
            "path_medium": large,
            "path_thumb": f"//localhost/galleries/media/thumbnails/square/{photo.id}.jpg",
            "path_display_small": large,
            "path_display_medium": large,
            "path_display_large": large,
            "starred": True,
            "watermark": False,
            "status": 1,
            "mark_private_at": None,
            "visibility_status": "private",
        }
    ]


@pytest.mark.covers("PX-46")
def test_an_empty_gallery_has_lists_all_the_same(visitor: Visitor) -> None:
    gallery = visitor.add_gallery()
    body = visitor.get(f"/galleries/{100_000_000 + gallery.number}").json()["data"]
    assert (body["photo_count"], body["photos"], body["videos"]) == (0, [], [])


def test_the_photos_of_a_collection_come_by_pages(visitor: Visitor) -> None:
    gallery = visitor.add_gallery()
    for width in range(60, 85):
        visitor.add_photo(gallery, width=width)
    path = f"/collections/{10_000_000 + gallery.number}/photos"
    first, second = visitor.get(path).json(), visitor.get(f"{path}?page=2").json()
    assert (len(first["data"]), len(second["data"])) == (24, 1)
    assert second["data"][0]["rank"] == 25
    assert second["meta"] == {
        "current_page": 2, "from": 25, "last_page": 2, "per_page": 24, "to": 25, "total": 25,
    }  # fmt: skip


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_collection_is_renamed(visitor: Visitor, method: str) -> None:
    collection = 10_000_000 + visitor.add_gallery("Harbour", description="Boats").number
    answer = visitor.send(method, f"/collections/{collection}", json={"name": "Quay"})
    assert answer.status_code == 200
    assert (answer.json()["data"]["name"], answer.json()["data"]["description"]) == (
        "Quay",
        "Boats",
    )
    answer = visitor.send(method, f"/collections/{collection}", json={"description": None})
    assert answer.json()["data"]["description"] is None


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"name": ""}, {"name": ["This must not be empty."]}),
        ({"name": None}, {"name": ["This must not be empty."]}),
        ({"name": "x" * 201}, {"name": ["This may have at most 200 characters."]}),
        ({"name": 1}, {"name": ["The name field must be a string."]}),
        ({"name": "Quay", "download_pin": None},
         {"download_pin": ["Download PINs are not kept here."]}),
    ],
)  # fmt: skip
@pytest.mark.covers("PX-42")
def test_a_change_of_a_collection_that_makes_no_sense_changes_nothing(
    visitor: Visitor, body: dict[str, Any], details: dict[str, list[str]]
) -> None:
    collection = 10_000_000 + visitor.add_gallery("Harbour").number
    answer = visitor.send("PUT", f"/collections/{collection}", json=body)
    assert (answer.status_code, answer.json()["details"]) == (422, details)
    assert visitor.get(f"/collections/{collection}").json()["data"]["name"] == "Harbour"


IDS = [
    "/collections/{}",
    "/collections/{}/galleries",
    "/collections/{}/photos",
    "/galleries/{}",
    "/photos/{}/download",
]


@pytest.mark.parametrize("path", IDS)
@pytest.mark.parametrize("id", ["x", "-1", "1.0", "%D9%A1", "1" * 21, "0x10", "cl_1", "%20"])
@pytest.mark.covers("PX-43")
def test_an_id_that_is_no_number_gets_400(visitor: Visitor, path: str, id: str) -> None:
    answer = visitor.get(path.format(id))
    assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")


@pytest.mark.parametrize("path", IDS)
@pytest.mark.parametrize("id", ["0", "1", "10000000", "99999999", "999999999", "9" * 20])
@pytest.mark.covers("PX-43")
def test_a_number_that_names_nothing_gets_404(visitor: Visitor, path: str, id: str) -> None:
    answer = visitor.get(path.format(id))
    assert (answer.status_code, answer.json()["error"]) == (404, "Not Found")


def test_what_is_anothers_is_not_there(house: House, visitor: Visitor) -> None:
    other = Visitor(house)
    gallery = other.add_gallery()
    photo = other.add_photo(gallery)
    collection = 10_000_000 + gallery.number
    for path in (
        f"/collections/{collection}",
        f"/collections/{collection}/galleries",
        f"/collections/{collection}/photos",
        f"/galleries/{100_000_000 + gallery.number}",
        f"/photos/{photo.number}/download",
    ):
        assert visitor.get(path).status_code == 404
    assert visitor.send("PUT", f"/collections/{collection}", json={}).status_code == 404
    address = f"/galleries/media/thumbnails/large/{photo.id}.jpg"
    assert visitor.client.get(address).status_code == 404


@pytest.mark.parametrize("path", ["/dashboard_listings", "/user", "/data/bootstrap"])
@pytest.mark.covers("PX-50", "PX-51")
def test_a_trailing_slash_makes_no_difference(visitor: Visitor, path: str) -> None:
    plain, slashed = visitor.get(path), visitor.get(f"{path}/")
    assert plain.status_code == slashed.status_code == 200
    assert plain.content == slashed.content
    assert slashed.headers["content-type"] == "application/json"


# --- files --------------------------------------------------------------------------------------


@pytest.mark.covers("PX-48")
def test_a_download_leads_to_the_true_original_without_a_cookie(
    house: House, visitor: Visitor
) -> None:
    photo = visitor.add_photo(name="boat.jpg")
    answer = visitor.get(f"/photos/{photo.number}/download")
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    address = answer.headers["location"]
    assert address.startswith("http://localhost/galleries/download/")
    original = house.client().get(address)
    assert original.status_code == 200
    assert original.content == picture(width=60, height=40)
    assert original.headers["content-type"] == "image/jpeg"
    assert original.headers["content-disposition"].startswith('attachment; filename="boat.jpg"')


@pytest.mark.covers("PX-48")
def test_a_download_link_is_over_after_five_minutes(house: House, visitor: Visitor) -> None:
    photo = visitor.add_photo()
    address = visitor.get(f"/photos/{photo.number}/download").headers["location"]
    house.clock.advance(timedelta(minutes=5, seconds=-1))
    assert house.client().get(address).status_code == 200
    house.clock.advance(1)
    assert house.client().get(address).status_code == 404


@pytest.mark.covers("PX-48")
def test_a_download_link_dies_with_its_session(house: House, visitor: Visitor) -> None:
    photo = visitor.add_photo()
    address = visitor.get(f"/photos/{photo.number}/download").headers["location"]
    Visitor(house, account=visitor.account).sign_in()
    headers = {"X-CSRF-Token": visitor.csrf}
    assert visitor.client.post("/galleries/logout", headers=headers).status_code == 204
    assert house.client().get(address).status_code == 404


@pytest.mark.covers("PX-48")
def test_a_download_link_cannot_be_made_up(house: House, visitor: Visitor) -> None:
    mine, other = visitor.add_photo(), Visitor(house).add_photo(width=61)
    address = visitor.get(f"/photos/{mine.number}/download").headers["location"]
    head, _, signed = address.rpartition("/")
    for forged in (signed[:-2] + "AA", signed[1:], "x", ".", "é", "%00", signed.replace(".", "")):
        assert house.client().get(f"{head}/{forged}").status_code == 404
    assert visitor.get(f"/photos/{other.number}/download").status_code == 404


def test_a_download_link_gives_what_its_account_may_still_see(
    house: House, visitor: Visitor
) -> None:
    photo = visitor.add_photo()
    address = visitor.get(f"/photos/{photo.number}/download").headers["location"]
    visitor.ask(DeletePhoto(photo=ById(photo.id)))
    assert house.client().get(address).status_code == 404


def test_a_link_needs_a_session_to_live_by(visitor: Visitor) -> None:
    photo = visitor.add_photo()
    with pytest.raises(PermissionDenied):
        visitor.ask(LinkOriginal(photo=ById(photo.id)))


def test_a_download_link_gives_parts_too(house: House, visitor: Visitor) -> None:
    photo = visitor.add_photo()
    address = visitor.get(f"/photos/{photo.number}/download").headers["location"]
    part = house.client().get(address, headers={"Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


def test_on_its_own_host_links_and_pictures_stay_there(house: House) -> None:
    visitor = Visitor(house, "", base_url="http://galleries.localhost")
    visitor.client.post("/login", data=visitor.credentials())
    gallery = visitor.add_gallery()
    photo = visitor.add_photo(gallery)
    address = visitor.get(f"/photos/{photo.number}/download").headers["location"]
    assert address.startswith("http://galleries.localhost/download/")
    assert house.client().get(address).status_code == 200
    body = visitor.get(f"/galleries/{100_000_000 + gallery.number}").json()["data"]
    path = body["photos"][0]["path_xxlarge"]
    assert path == f"//galleries.localhost/media/thumbnails/large/{photo.id}.jpg"
    assert visitor.client.get(f"http:{path}").status_code == 200


@pytest.mark.parametrize("kind", ["square_small", "square", "large"])
def test_a_picture_comes_with_the_session_cookie_only(
    house: House, visitor: Visitor, kind: str
) -> None:
    photo = visitor.add_photo()
    address = f"/galleries/media/thumbnails/{kind}/{photo.id}.jpg"
    answer = visitor.client.get(address)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "private, no-cache"
    again = visitor.client.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert house.client().get(address).status_code == 401
    studio = Visitor(house, STUDIO, visitor.account).sign_in()
    cookie = {"Cookie": f"{SESSION[STUDIO]}={studio.session}"}
    assert house.client(headers=cookie).get(address).status_code == 401


@pytest.mark.parametrize("path", ["huge/{}.jpg", "large/{}", "large/{}.png", "large/..%2F{}.jpg"])
def test_another_kind_of_picture_is_not_there(visitor: Visitor, path: str) -> None:
    photo = visitor.add_photo()
    answer = visitor.client.get(f"/galleries/media/thumbnails/{path.format(photo.id)}")
    assert answer.status_code == 404


def test_a_photo_that_leaves_a_gallery_is_not_counted_any_more(visitor: Visitor) -> None:
    gallery = visitor.add_gallery()
    photo = visitor.add_photo(gallery)
    visitor.ask(ChangeGallery(gallery=ById(gallery.id), take=(ById(photo.id),)))
    collection = f"/collections/{10_000_000 + gallery.number}"
    assert visitor.get(collection).json()["data"]["photo_count"] == 0
    listed = visitor.get(f"{collection}/galleries").json()["data"]
    assert (listed[0]["photo_count"], listed[0]["cover_photo"]) == (0, None)
