"""Pictures on LibrePhotos' wire, and who is told what about them."""

from __future__ import annotations

import pytest
from tests.house import PASSWORD, House
from tests.pictures.samples import picture
from tests.protocols.librephotos import User, basic, bearer

THUMBNAILS = ("square_thumbnails", "square_thumbnails_small", "thumbnails_big")
KINDS = (*THUMBNAILS, "photos")
UNKNOWN = "0123456789abcdef0123456789abcdef1"


@pytest.fixture
def ada(house: House) -> User:
    return User(house, house.add_account("ada"))


@pytest.mark.covers("LP-58")
@pytest.mark.parametrize("kind", KINDS)
def test_the_owners_cookie_opens_a_private_picture(ada: User, kind: str) -> None:
    photo = ada.add_photo()
    response = ada.client.get(f"/media/{kind}/{photo}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "image/jpeg"
    assert response.content.startswith(b"\xff\xd8\xff")
    assert response.headers["cache-control"] == "private, no-cache"


@pytest.mark.covers("LP-58")
def test_the_original_is_what_was_uploaded(ada: User) -> None:
    content = picture(width=80, height=60)
    photo = ada.upload(content, "Holiday.jpg")
    response = ada.client.get(f"/media/photos/{photo}")
    assert response.content == content
    assert 'filename="Holiday.jpg"' in response.headers["content-disposition"]


@pytest.mark.covers("LP-59")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "Basic", "basic"])
def test_a_header_does_as_well_in_any_case(house: House, ada: User, scheme: str) -> None:
    photo = ada.add_photo()
    headers = {"Authorization": f"{scheme} {ada.access}"}
    if scheme.lower() == "basic":
        headers = basic(f"ada:{PASSWORD}", scheme)
    response = house.client().get(f"/media/square_thumbnails/{photo}", headers=headers)
    assert response.status_code == 200


@pytest.mark.covers("LP-60", "LP-63")
@pytest.mark.parametrize("kind", KINDS)
def test_without_a_usable_credential_private_and_unknown_pictures_look_alike(
    house: House, ada: User, kind: str
) -> None:
    photo = ada.add_photo()
    for cookie in (None, "garbage", ada.refresh):
        headers = {} if cookie is None else {"Cookie": f"jwt={cookie}"}
        for name in (photo, UNKNOWN, "nonsense"):
            response = house.client().get(f"/media/{kind}/{name}", headers=headers)
            assert response.status_code == 403
            assert response.content == b""
            assert response.headers["x-media-error"] == "authentication"
            assert response.headers["cache-control"] == "no-store"


@pytest.mark.covers("LP-60")
def test_an_expired_cookie_is_no_usable_credential(house: House, ada: User) -> None:
    photo = ada.add_photo()
    house.clock.advance(300)
    response = ada.client.get(f"/media/photos/{photo}")
    assert response.status_code == 403
    assert response.headers["x-media-error"] == "authentication"


@pytest.mark.covers("LP-61", "LP-63")
@pytest.mark.parametrize("kind", KINDS)
def test_for_somebody_else_private_and_unknown_pictures_look_alike(
    house: House, ada: User, kind: str
) -> None:
    photo, other = ada.add_photo(), User(house)
    for name in (photo, UNKNOWN, "nonsense"):
        response = other.client.get(f"/media/{kind}/{name}")
        assert response.status_code == 404
        assert response.content == b""
        assert "x-media-error" not in response.headers


@pytest.mark.covers("LP-62")
@pytest.mark.parametrize("cookie", [None, "garbage", "expired"])
def test_a_public_picture_opens_whatever_the_cookie(
    house: House, ada: User, cookie: str | None
) -> None:
    photo = ada.add_photo()
    ada.make_public(photo)
    headers = {} if cookie is None else {"Cookie": f"jwt={cookie}"}
    if cookie == "expired":
        house.clock.advance(300)
        headers = {"Cookie": f"jwt={ada.access}"}
    for kind in KINDS:
        response = house.client().get(f"/media/{kind}/{photo}", headers=headers)
        assert response.status_code == 200
        assert response.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.covers("LP-64")
@pytest.mark.parametrize("kind", KINDS)
def test_what_follows_the_hash_is_decoration(ada: User, kind: str) -> None:
    photo = ada.add_photo()
    contents = {
        ada.client.get(f"/media/{kind}/{photo}{ending}").content
        for ending in ("", ".jpg", ".webp", "_1", "/")
    }
    assert len(contents) == 1
    assert contents.pop().startswith(b"\xff\xd8\xff")


@pytest.mark.covers("LP-63")
@pytest.mark.parametrize("kind", ["video", "faces", "avatars", "embedded_media", "zip", "other"])
def test_there_is_nothing_under_other_kinds(house: House, ada: User, kind: str) -> None:
    photo = ada.add_photo()
    for client in (ada.client, house.client()):
        response = client.get(f"/media/{kind}/{photo}")
        assert response.status_code == 404
        assert response.content == b""


def test_head_and_conditions_and_ranges_work_as_for_every_file(ada: User) -> None:
    photo = ada.add_photo()
    whole = ada.client.get(f"/media/photos/{photo}")
    head = ada.client.head(f"/media/photos/{photo}")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))
    same = {"If-None-Match": whole.headers["etag"]}
    assert ada.client.get(f"/media/photos/{photo}", headers=same).status_code == 304
    part = ada.client.get(f"/media/photos/{photo}", headers={"Range": "bytes=0-2"})
    assert (part.status_code, part.content) == (206, b"\xff\xd8\xff")


def test_a_trashed_public_picture_is_its_owners_alone(house: House, ada: User) -> None:
    photo = ada.add_photo()
    ada.make_public(photo)
    ada.post("/api/photosedit/setdeleted", {"image_hashes": [photo], "deleted": True})
    assert house.client().get(f"/media/photos/{photo}").status_code == 403
    assert ada.client.get(f"/media/photos/{photo}").status_code == 200


def test_two_accounts_at_once_are_a_contradiction(house: House, ada: User) -> None:
    photo, other = ada.add_photo(), User(house)
    response = ada.client.get(f"/media/photos/{photo}", headers=bearer(other.access))
    assert response.status_code == 400


def test_a_cookie_that_occurs_twice_is_refused(house: House, ada: User) -> None:
    photo = ada.add_photo()
    headers = {"Cookie": f"jwt={ada.access}; jwt=other"}
    assert house.client().get(f"/media/photos/{photo}", headers=headers).status_code == 400


def test_only_get_and_head_are_answered(ada: User) -> None:
    response = ada.client.post(f"/media/photos/{UNKNOWN}")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
