"""PhotoShelter's wire: galleries, the collection that holds them, photos, and what is public."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
from tests.house import House
from tests.pictures.samples import picture
from tests.protocols.photoshelter import API, PICTURE, Visitor, error_class

from safelight.identity.organization import Role

ROOT = "C0000Root0000000"
INSTANT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT")
NOWHERE = "AAAAAAAAAAA"


@pytest.fixture
def visitor(house: House) -> Visitor:
    visitor = Visitor(house)
    visitor.take_token()
    return visitor


def key_alone(visitor: Visitor) -> Any:
    """A client that nobody signed in with."""
    return visitor.bare_client(**{"X-PS-Api-Key": visitor.key})


def names(galleries: list[dict[str, Any]]) -> set[str]:
    return {each["name"] for each in galleries}


# --- galleries ------------------------------------------------------------------------------


@pytest.mark.covers("PS-47", "PS-53")
def test_a_gallery_is_inserted_and_shown(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery(
        "Harbour", description="Boats & nets", f_list="f", mode="everyone", parent="root"
    )
    assert re.fullmatch(r"G0000[A-Za-z0-9._]{11}", gallery_id)
    assert visitor.data(f"/mem/gallery/{gallery_id}")["Gallery"] == {
        "gallery_id": gallery_id,
        "name": "Harbour",
        "description": "Boats & nets",
        "f_list": "f",
        "display_order": 0,
        "mode": "everyone",
        "effective_mode": "everyone",
        "access_inherit": "f",
        "owner_id": visitor.account.id,
        "organization_id": None,
        "image_count": 0,
        "created_at": "2026-03-01 12:00:00 GMT",
        "modified_at": "2026-03-01 12:00:00 GMT",
    }


@pytest.mark.covers("PS-47")
@pytest.mark.parametrize("mode", ["private", "permission", None])
def test_a_gallery_is_private_unless_it_is_for_everyone(visitor: Visitor, mode: str | None) -> None:
    more = {"mode": mode} if mode else {}
    gallery_id = visitor.add_gallery(**more)
    assert visitor.data(f"/mem/gallery/{gallery_id}")["Gallery"]["mode"] == "private"


@pytest.mark.covers("PS-47")
@pytest.mark.parametrize("path", ["/mem/gallery", "/mem/gallery/query"])
@pytest.mark.parametrize("parent", [{}, {"parent": "root"}, {"parent": ROOT}, {"parent": ""}])
def test_the_galleries_of_the_root_are_all_there_are(
    visitor: Visitor, path: str, parent: dict[str, str]
) -> None:
    visitor.add_gallery("Harbour")
    visitor.add_gallery("Mountains")
    found = visitor.data(path, **parent)
    assert names(found["Gallery"]) == {"Harbour", "Mountains"}
    assert found["Paging"]["total"] == 2


@pytest.mark.covers("PS-47")
def test_an_unknown_parent_is_not_there(visitor: Visitor) -> None:
    response = visitor.client.get(f"{API}/mem/gallery/query", params={"parent": f"C0000{NOWHERE}"})
    assert response.status_code == 404
    inserted = visitor.client.post(
        f"{API}/mem/gallery/insert", data={"name": "Boats", "parent": f"C0000{NOWHERE}"}
    )
    assert inserted.status_code == 400
    assert visitor.data("/mem/gallery")["Gallery"] == []


@pytest.mark.covers("PS-47")
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 100_000},
        {"name": "Boats", "mode": "nobody"},
        {"name": "Boats", "f_list": "yes"},
        {"name": "Boats\x00"},
    ],
)
def test_a_gallery_with_impossible_fields_is_not_inserted(
    visitor: Visitor, form: dict[str, str]
) -> None:
    response = visitor.client.post(f"{API}/mem/gallery/insert", data=form)
    assert response.status_code == 400
    assert error_class(response) == "InvalidParameterErr"
    assert visitor.data("/mem/gallery")["Gallery"] == []


def test_a_gallery_is_inserted_from_json_and_from_the_address(visitor: Visitor) -> None:
    by_json = visitor.client.post(f"{API}/mem/gallery/insert", json={"name": "Boats"})
    by_address = visitor.client.post(f"{API}/mem/gallery/insert?name=Nets")
    assert [by_json.status_code, by_address.status_code] == [200, 200]
    assert names(visitor.data("/mem/gallery")["Gallery"]) == {"Boats", "Nets"}


@pytest.mark.covers("PS-42")
def test_inserting_by_get_works_with_a_token(visitor: Visitor) -> None:
    path = f"{API}/mem/gallery/insert?name=Boats&f_list=f&parent={ROOT}&mode=private"
    response = visitor.client.get(path)
    assert response.json()["data"]["Gallery"]["gallery_id"].startswith("G0000")
    token = visitor.client.headers.pop("X-PS-Auth-Token")
    assert visitor.client.get(f"{path}&auth_token={token}").status_code == 200
    assert visitor.client.get(path).status_code == 401


@pytest.mark.covers("PS-41", "PS-42")
def test_inserting_by_get_does_not_work_with_a_cookie(house: House) -> None:
    visitor = Visitor(house)
    visitor.sign_in()
    for query in ("", "&auth_token=", "&auth_token=x"):
        response = visitor.client.get(f"{API}/mem/gallery/insert?name=Boats{query}")
        assert response.status_code in (401, 403)
    assert visitor.data("/mem/gallery")["Gallery"] == []


@pytest.mark.covers("PS-41")
def test_a_write_by_cookie_from_a_foreign_page_changes_nothing(house: House) -> None:
    visitor = Visitor(house)
    visitor.sign_in()
    gallery_id = visitor.add_gallery("Harbour")
    foreign = {"Origin": "https://evil.example"}
    for path in (f"gallery/{gallery_id}/delete", "gallery/insert?name=x", "image/upload"):
        response = visitor.client.post(f"{API}/mem/{path}", headers=foreign)
        assert response.status_code == 403
    assert names(visitor.data("/mem/gallery")["Gallery"]) == {"Harbour"}


def test_a_gallery_is_updated(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour", description="Boats")
    response = visitor.client.post(
        f"{API}/mem/gallery/{gallery_id}/update",
        data={"name": "Port", "mode": "everyone", "f_list": "f"},
    )
    gallery = response.json()["data"]["Gallery"]
    assert (gallery["name"], gallery["mode"], gallery["f_list"]) == ("Port", "everyone", "f")
    assert gallery["description"] == "Boats"
    refused = visitor.client.post(f"{API}/mem/gallery/{gallery_id}/update", data={"name": ""})
    assert refused.status_code == 400


@pytest.mark.covers("PS-49")
def test_a_gallery_is_deleted_once(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    image_id = visitor.upload(gallery_id=gallery_id)
    path = f"{API}/mem/gallery/{gallery_id}/delete"
    assert visitor.client.get(path).status_code == 405
    assert visitor.client.post(path).json() == {"status": "ok", "data": []}
    second = visitor.client.post(path)
    assert second.status_code == 404
    assert error_class(second) == "NotFoundErr"
    assert visitor.client.get(f"{API}/mem/gallery/{gallery_id}").status_code == 404
    assert visitor.data(f"/mem/image/{image_id}")["Image"]["file_name"] == "boat.jpg"


@pytest.mark.covers("PS-47")
@pytest.mark.parametrize("folder", ["images", "children"])
def test_a_gallery_lists_its_images(visitor: Visitor, folder: str) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    image_id = visitor.upload(gallery_id=gallery_id)
    visitor.upload(picture(width=20, height=30), "elsewhere.jpg")
    found = visitor.data(f"/mem/gallery/{gallery_id}/{folder}")
    assert found["GalleryImage"] == [{"image_id": image_id, "f_visible": "t"}]
    assert found["Paging"]["total"] == 1


@pytest.mark.covers("PS-53")
@pytest.mark.parametrize(
    "gallery_id", [f"G0000{NOWHERE}", f"I0000{NOWHERE}", "nonsense", "G0000", "..", "%00", "💡"]
)
def test_what_is_no_gallery_is_not_there(visitor: Visitor, gallery_id: str) -> None:
    for path in ("", "/images", "/children"):
        response = visitor.client.get(f"{API}/mem/gallery/{quote(gallery_id, safe='%')}{path}")
        assert response.status_code == 404


# --- the collection -------------------------------------------------------------------------


@pytest.mark.covers("PS-53")
@pytest.mark.parametrize("collection_id", ["root", ROOT])
def test_the_root_collection_has_two_names(visitor: Visitor, collection_id: str) -> None:
    visitor.add_gallery("Harbour")
    collection = visitor.data(f"/mem/collection/{collection_id}")["Collection"]
    assert collection["collection_id"] == ROOT
    assert re.fullmatch(r"C0000[A-Za-z0-9._]{11}", ROOT)
    children = visitor.data(f"/mem/collection/{collection_id}/children")["Children"]
    assert names(children["Gallery"]) == {"Harbour"}
    assert "Collection" not in children
    assert visitor.client.get(f"{API}/mem/collection/C0000{NOWHERE}").status_code == 404


def test_an_empty_root_has_no_children_and_never_a_parent(visitor: Visitor) -> None:
    assert visitor.data("/mem/collection/root/children")["Children"] == {}
    assert visitor.client.get(f"{API}/mem/collection/root/parent").json()["data"] == []


def test_the_top_of_the_tree_is_a_list_of_the_root(visitor: Visitor) -> None:
    found = visitor.data("/mem/collection")
    assert [each["collection_id"] for each in found["Collection"]] == [ROOT]
    assert found["Paging"]["total"] == 1


# --- pages, fields, extensions --------------------------------------------------------------


@pytest.mark.covers("PS-50")
@pytest.mark.parametrize(
    ("path", "record"),
    [
        ("/mem/gallery", "Gallery"),
        ("/mem/gallery/query", "Gallery"),
        ("/mem/collection/root/children", "Children"),
        ("/gallery", "Gallery"),
    ],
)
def test_every_gallery_is_on_one_page_and_the_last_has_no_next(
    visitor: Visitor, path: str, record: str
) -> None:
    for number in range(5):
        visitor.add_gallery(f"Gallery {number}", mode="everyone")
    seen: list[str] = []
    for page in (1, 2, 3):
        found = visitor.data(path, per_page="2", page=str(page))
        items = found[record]["Gallery"] if record == "Children" else found[record]
        seen += [each["name"] for each in items]
        assert found["Paging"]["pages"] == 3
        assert ("next" in found["Paging"]) is (page < 3)
    assert sorted(seen) == [f"Gallery {number}" for number in range(5)]
    beyond = visitor.data(path, per_page="2", page="4")
    assert beyond["Paging"]
    assert "next" not in beyond["Paging"]


@pytest.mark.covers("PS-50")
def test_the_address_of_the_next_page_leads_there_and_tells_no_secret(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    for height in (11, 12, 13):
        visitor.upload(picture(width=20, height=height), f"{height}.jpg", gallery_id=gallery_id)
    token = visitor.client.headers.pop("X-PS-Auth-Token")
    secrets = {"api_key": visitor.key, "auth_token": token}
    first = visitor.data(
        f"/mem/gallery/{gallery_id}/images", per_page="2", fields="image_id", **secrets
    )
    following = first["Paging"]["next"]
    assert token not in following
    assert visitor.key not in following
    headers = {"X-PS-Auth-Token": token}
    second = visitor.client.get(following, headers=headers).json()["data"]
    assert len(first["GalleryImage"]) == 2
    assert len(second["GalleryImage"]) == 1
    assert "next" not in second["Paging"]
    assert list(second["GalleryImage"][0]) == ["image_id"]


@pytest.mark.covers("PS-50")
def test_an_empty_list_has_a_paging_without_next(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    for path in ("/mem/gallery/query", f"/mem/gallery/{gallery_id}/images", "/mem/image/search"):
        paging = visitor.data(path, terms="nothing of the kind")["Paging"]
        assert paging["page"] == 1
        assert "next" not in paging


@pytest.mark.parametrize("query", ["page=0", "page=x", "per_page=-1", "page=99999999999999999999"])
def test_an_impossible_page_is_a_400(visitor: Visitor, query: str) -> None:
    assert visitor.client.get(f"{API}/mem/gallery?{query}").status_code == 400


@pytest.mark.covers("PS-51")
def test_fields_limit_what_is_shown(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    visitor.upload(gallery_id=gallery_id)
    shown = visitor.data(f"/mem/gallery/{gallery_id}", fields="name,mode,colour")["Gallery"]
    assert shown == {"name": "Harbour", "mode": "private"}
    assert visitor.data("/mem/gallery", fields="name")["Gallery"] == [{"name": "Harbour"}]
    images = visitor.data(f"/mem/gallery/{gallery_id}/images", fields="f_visible")["GalleryImage"]
    assert images == [{"f_visible": "t"}]


@pytest.mark.covers("PS-52")
@pytest.mark.parametrize("escaped", [True, False])
def test_extend_adds_related_records_to_each_image(visitor: Visitor, escaped: bool) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    image_id = visitor.upload(gallery_id=gallery_id)
    text = '{"Image":{"fields":"image_id,file_name","params":{}},"ImageLink":{"fields":"link"}}'
    path = f"{API}/mem/gallery/{gallery_id}/images?extend={quote(text) if escaped else text}"
    link = f"http://localhost{API}/mem/image/{image_id}/download"
    assert visitor.client.get(path).json()["data"]["GalleryImage"] == [
        {
            "image_id": image_id,
            "f_visible": "t",
            "ImageLink": {"link": link},
            "Image": {"image_id": image_id, "file_name": "boat.jpg"},
        }
    ]


@pytest.mark.covers("PS-52")
def test_extend_adds_images_visibility_and_the_first_image_to_a_gallery(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    image_id = visitor.upload(gallery_id=gallery_id)
    extend = '{"GalleryImage":{"fields":"image_id"},"ImageLink":{},"Visibility":{},"KeyImage":{}}'
    gallery = visitor.data(f"/mem/gallery/{gallery_id}", fields="name", extend=extend)["Gallery"]
    link = f"http://localhost{API}/mem/image/{image_id}/download"
    assert gallery["Visibility"] == {"mode": "private", "effective_mode": "private"}
    assert gallery["KeyImage"]["image_id"] == image_id
    assert gallery["KeyImage"]["ImageLink"]["link"] == link
    (image,) = gallery["GalleryImage"]
    assert image["image_id"] == image_id
    assert image["ImageLink"]["link"] == link
    assert set(gallery) == {"name", "Visibility", "KeyImage", "GalleryImage"}


@pytest.mark.covers("PS-52")
def test_extend_adds_children_to_the_collection_and_to_a_gallery(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    image_id = visitor.upload(gallery_id=gallery_id)
    extend = '{"Children":{"Gallery":{"fields":"name"},"Collection":{}},"KeyImage":{}}'
    collection = visitor.data("/mem/collection/root", extend=extend)["Collection"]
    (gallery,) = collection["Children"]["Gallery"]
    assert gallery["name"] == "Harbour"
    assert collection["KeyImage"]["image_id"] == image_id
    own = visitor.data(f"/mem/gallery/{gallery_id}", extend='{"Children":{}}')["Gallery"]
    assert [each["image_id"] for each in own["Children"]["GalleryImage"]] == [image_id]


@pytest.mark.covers("PS-52")
def test_an_extension_that_there_is_not_is_left_out(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    found = visitor.data(f"/mem/gallery/{gallery_id}", extend='{"Weather":{}}')["Gallery"]
    assert found["name"] == "Harbour"
    assert "Weather" not in found


@pytest.mark.covers("PS-52")
@pytest.mark.parametrize("text", ["{", "[]", "nonsense", '{"Image":"x"}', '{"a":' * 5000])
def test_a_malformed_extend_is_a_400_and_changes_nothing(visitor: Visitor, text: str) -> None:
    response = visitor.client.post(
        f"{API}/mem/gallery/insert", params={"extend": text}, data={"name": "Boats"}
    )
    assert response.status_code == 400
    assert "extend" in response.json()["error"]["message"]
    assert visitor.data("/mem/gallery")["Gallery"] == []


@pytest.mark.covers("PS-45")
def test_lists_and_refusals_come_as_xml_when_it_is_asked_for(visitor: Visitor) -> None:
    visitor.add_gallery("Boats & <nets>")
    visitor.add_gallery("Mountains")
    response = visitor.client.get(f"{API}/mem/gallery?format=xml")
    assert response.headers["content-type"] == "application/xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)
    assert root.tag == "PhotoShelterAPI"
    assert root.findtext("status") == "ok"
    assert {each.text for each in root.iterfind("data/Gallery/name")} == {
        "Boats & <nets>",
        "Mountains",
    }
    refused = visitor.client.get(f"{API}/mem/gallery/nonsense?format=xml")
    assert refused.status_code == 404
    assert ElementTree.fromstring(refused.content).findtext("error/class") == "NotFoundErr"
    unknown = visitor.client.get(f"{API}/mem/gallery?format=yaml")
    assert unknown.status_code == 400
    assert error_class(unknown) == "InvalidParameterErr"


# --- photos ---------------------------------------------------------------------------------


@pytest.mark.covers("PS-48")
@pytest.mark.parametrize("name", ["file", "file[]"])
def test_a_photo_is_uploaded_to_a_gallery(visitor: Visitor, name: str) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    response = visitor.client.post(
        f"{API}/mem/image/upload",
        data={"gallery_id": gallery_id, "f_searchable": "f"},
        files={name: ("boat.jpg", PICTURE, "image/jpeg")},
    )
    assert response.status_code == 200
    assert response.json()["status"] == "ok"
    image = response.json()["data"]["Image"]
    assert re.fullmatch(r"I0000[A-Za-z0-9._]{11}", image["image_id"])
    (listed,) = visitor.data(f"/mem/gallery/{gallery_id}/images")["GalleryImage"]
    assert listed["image_id"] == image["image_id"]


@pytest.mark.covers("PS-48")
def test_several_photos_are_uploaded_at_once(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    files = [
        ("file[]", (f"{height}.jpg", picture(width=20, height=height), "image/jpeg"))
        for height in (11, 12)
    ]
    response = visitor.client.post(
        f"{API}/mem/image/upload", data={"gallery_id": gallery_id}, files=files
    )
    images = response.json()["data"]["Image"]
    assert [each["file_name"] for each in images] == ["11.jpg", "12.jpg"]
    assert visitor.data(f"/mem/gallery/{gallery_id}")["Gallery"]["image_count"] == 2


@pytest.mark.covers("PS-48")
def test_an_upload_by_cookie_works(house: House) -> None:
    visitor = Visitor(house)
    visitor.sign_in()
    assert visitor.upload().startswith("I0000")


def test_an_upload_without_a_session_is_refused(house: House) -> None:
    visitor = Visitor(house)
    response = visitor.client.post(
        f"{API}/mem/image/upload", files={"file": ("boat.jpg", PICTURE, "image/jpeg")}
    )
    assert response.status_code == 401


@pytest.mark.covers("PS-48")
@pytest.mark.parametrize(
    ("form", "files", "status"),
    [
        ({"gallery_id": f"G0000{NOWHERE}"}, {"file": ("boat.jpg", PICTURE, "image/jpeg")}, 404),
        ({"gallery_id": "nonsense"}, {"file": ("boat.jpg", PICTURE, "image/jpeg")}, 404),
        ({"f_searchable": "yes"}, {"file": ("boat.jpg", PICTURE, "image/jpeg")}, 400),
        ({"mode": "nobody"}, {"file": ("boat.jpg", PICTURE, "image/jpeg")}, 400),
        ({}, {"picture": ("boat.jpg", PICTURE, "image/jpeg")}, 400),
        ({}, {"file": ("boat.jpg", b"no picture", "image/jpeg")}, 415),
        ({}, {"file": ("boat.jpg", b"", "image/jpeg")}, 415),
        ({"name": "x"}, None, 415),
    ],
)
def test_an_upload_that_cannot_be_kept_leaves_nothing(
    visitor: Visitor, form: dict[str, str], files: Any, status: int
) -> None:
    response = visitor.client.post(f"{API}/mem/image/upload", data=form, files=files)
    assert response.status_code == status
    assert visitor.data("/mem/image/search")["Results"]["Image"] == []
    assert [each for each in (visitor.house.folder / "incoming").rglob("*") if each.is_file()] == []


def test_a_photo_has_a_record(visitor: Visitor) -> None:
    image_id = visitor.upload()
    image = visitor.data(f"/mem/image/{image_id}")["Image"]
    assert image == {
        "image_id": image_id,
        "owner_id": visitor.account.id,
        "organization_id": None,
        "creator_id": visitor.account.id,
        "file_name": "boat.jpg",
        "file_size": len(PICTURE),
        "height": 40,
        "width": 60,
        "mode": "private",
        "f_searchable": "t",
        "rating": 0,
        "uploaded_at": "2026-03-01 12:00:00 GMT",
        "updated_at": "2026-03-01 12:00:00 GMT",
    }
    assert INSTANT.fullmatch(image["uploaded_at"])


def test_a_photo_is_downloaded_as_it_was_uploaded(visitor: Visitor) -> None:
    image_id = visitor.upload(name="bóat.jpg")
    response = visitor.client.get(f"{API}/mem/image/{image_id}/download?f_embed=")
    assert response.content == PICTURE
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["content-disposition"].startswith("attachment; filename=")
    part = visitor.client.get(
        f"{API}/mem/image/{image_id}/download", headers={"Range": "bytes=0-1"}
    )
    assert (part.status_code, part.content) == (206, b"\xff\xd8")


def test_the_parts_of_a_photo_have_records_of_their_own(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    image_id = visitor.upload(gallery_id=gallery_id)
    visitor.client.post(f"{API}/mem/image/{image_id}/update", data={"caption": "Nets"})
    assert visitor.data(f"/mem/image/{image_id}/iptc")["Iptc"]["caption"] == "Nets"
    assert visitor.data(f"/mem/image/{image_id}/exif")["Exif"]["orientation"] == 1
    galleries = visitor.data(f"/mem/image/{image_id}/galleries")["ImageGallery"]
    assert galleries == [{"image_id": image_id, "gallery_id": gallery_id}]
    extend = '{"Iptc":{"fields":"caption"},"Exif":{},"ImageGallery":{},"ImageLink":{}}'
    image = visitor.data(f"/mem/image/{image_id}", fields="image_id", extend=extend)["Image"]
    assert image["Iptc"] == {"caption": "Nets"}
    assert set(image) == {"image_id", "Iptc", "Exif", "ImageGallery", "ImageLink"}


def test_a_photo_is_updated(visitor: Visitor) -> None:
    image_id = visitor.upload()
    response = visitor.client.post(
        f"{API}/mem/image/{image_id}/update",
        data={"mode": "everyone", "rating": "5", "file_name": "net.jpg"},
    )
    image = response.json()["data"]["Image"]
    assert (image["mode"], image["rating"], image["file_name"]) == ("everyone", 5, "net.jpg")
    for form in ({"rating": "6"}, {"rating": "x"}, {"mode": "nobody"}, {"file_name": ".."}):
        refused = visitor.client.post(f"{API}/mem/image/{image_id}/update", data=form)
        assert refused.status_code == 400


@pytest.mark.covers("PS-49")
def test_a_photo_is_deleted_once(visitor: Visitor) -> None:
    image_id = visitor.upload()
    path = f"{API}/mem/image/{image_id}/delete"
    assert visitor.client.post(path).json() == {"status": "ok", "data": []}
    assert visitor.client.post(path).status_code == 404
    assert visitor.client.get(f"{API}/mem/image/{image_id}").status_code == 404


@pytest.mark.parametrize(
    "terms", ["harbour", '"harbour"', '["harbour"]', '[{"term":"harbour","mode":"any"}]']
)
def test_photos_are_found_by_their_words(visitor: Visitor, terms: str) -> None:
    image_id = visitor.upload(name="Harbour at dawn.jpg")
    visitor.upload(picture(width=20, height=30), "Mountains.jpg")
    found = visitor.data("/mem/image/search", terms=terms)
    assert [each["image_id"] for each in found["Results"]["Image"]] == [image_id]
    for broken in ("[{", "[" * 700 + "]" * 700):
        answer = visitor.client.get(f"{API}/mem/image/search", params={"terms": broken})
        assert answer.status_code == 400


@pytest.mark.covers("PS-53")
@pytest.mark.parametrize("image_id", [f"I0000{NOWHERE}", f"G0000{NOWHERE}", "nonsense", "%00"])
def test_what_is_no_photo_is_not_there(visitor: Visitor, image_id: str) -> None:
    for path in ("", "/download", "/link", "/iptc", "/exif", "/galleries"):
        assert visitor.client.get(f"{API}/mem/image/{image_id}{path}").status_code == 404
    assert visitor.client.post(f"{API}/mem/image/{image_id}/delete").status_code == 404


def test_a_strangers_private_things_are_not_there(visitor: Visitor) -> None:
    gallery_id, image_id = visitor.add_gallery("Harbour"), visitor.upload()
    stranger = Visitor(visitor.house)
    stranger.take_token()
    for path in (
        f"gallery/{gallery_id}",
        f"gallery/{gallery_id}/images",
        f"image/{image_id}",
        f"image/{image_id}/download",
        f"image/{image_id}/link",
    ):
        assert stranger.client.get(f"{API}/mem/{path}").status_code == 404
    for path in (f"gallery/{gallery_id}/delete", f"image/{image_id}/delete"):
        assert stranger.client.post(f"{API}/mem/{path}").status_code == 404
    upload = stranger.client.post(
        f"{API}/mem/image/upload",
        data={"gallery_id": gallery_id},
        files={"file": ("boat.jpg", PICTURE, "image/jpeg")},
    )
    assert upload.status_code == 404


# --- organizations --------------------------------------------------------------------------


@pytest.mark.covers("PS-37")
def test_an_organizations_things_are_not_there_for_a_session_that_is_not_bound(
    visitor: Visitor,
) -> None:
    organization = visitor.house.add_organization("Harbour Photos", visitor.account)
    other = visitor.house.add_organization("Mountain Photos", visitor.account)
    bound = Visitor(visitor.house, visitor.account)
    bound.take_token(org_id=organization)
    gallery_id = bound.add_gallery("Boats")
    image_id = bound.upload(gallery_id=gallery_id)
    paths = [
        f"{API}/mem/gallery/{gallery_id}",
        f"{API}/mem/gallery/{gallery_id}/images",
        f"{API}/mem/image/{image_id}",
        f"{API}/mem/image/{image_id}/download",
    ]
    assert [bound.client.get(path).status_code for path in paths] == [200, 200, 200, 200]
    assert [visitor.client.get(path).status_code for path in paths] == [404, 404, 404, 404]
    assert visitor.data("/mem/gallery")["Gallery"] == []
    visitor.client.post(f"{API}/mem/organization/{other}/authenticate")
    assert [visitor.client.get(path).status_code for path in paths] == [404, 404, 404, 404]
    visitor.client.post(f"{API}/mem/organization/{organization}/authenticate")
    assert [visitor.client.get(path).status_code for path in paths] == [200, 200, 200, 200]
    assert visitor.data(f"/mem/gallery/{gallery_id}")["Gallery"]["organization_id"] == organization


def test_a_plain_member_reads_galleries_and_makes_none(visitor: Visitor) -> None:
    organization = visitor.house.add_organization("Harbour", visitor.account, role=Role.MEMBER)
    visitor.take_token(org_id=organization)
    assert visitor.data("/mem/gallery")["Gallery"] == []
    response = visitor.client.post(f"{API}/mem/gallery/insert", data={"name": "Boats"})
    assert response.status_code == 403
    assert error_class(response) == "PermissionDeniedErr"


# --- what is public -------------------------------------------------------------------------


@pytest.mark.covers("PS-54")
def test_a_key_alone_shows_what_everyone_may_see(visitor: Visitor) -> None:
    open_gallery = visitor.add_gallery("Harbour", mode="everyone")
    closed_gallery = visitor.add_gallery("Diary")
    open_image = visitor.upload(gallery_id=open_gallery, mode="everyone")
    closed_image = visitor.upload(picture(width=20, height=30), gallery_id=open_gallery)
    client = key_alone(visitor)

    def found(path: str) -> Any:
        return client.get(f"{API}{path}").json()["data"]

    def status(path: str) -> int:
        return int(client.get(f"{API}{path}").status_code)

    assert found(f"/gallery/{open_gallery}")["Gallery"]["name"] == "Harbour"
    assert names(found("/gallery")["Gallery"]) == {"Harbour"}
    assert names(found("/collection/root/children")["Children"]["Gallery"]) == {"Harbour"}
    for folder in ("images", "children"):
        images = found(f"/gallery/{open_gallery}/{folder}")["GalleryImage"]
        assert [each["image_id"] for each in images] == [open_image]
    assert found(f"/image/{open_image}")["Image"]["file_name"] == "boat.jpg"
    searched = found("/image/search?terms=jpg")["Results"]["Image"]
    assert [each["image_id"] for each in searched] == [open_image]
    for folder in ("", "/download", "/link", "/iptc", "/exif"):
        assert status(f"/image/{open_image}{folder}") == 200
        assert status(f"/image/{closed_image}{folder}") == 404
    assert status(f"/gallery/{closed_gallery}") == 404
    assert status(f"/gallery/{closed_gallery}/images") == 404


@pytest.mark.covers("PS-54")
def test_a_key_alone_opens_no_member_endpoint(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour", mode="everyone")
    client = key_alone(visitor)
    for path in ("gallery", f"gallery/{gallery_id}", "collection/root", "image/search"):
        response = client.get(f"{API}/mem/{path}")
        assert response.status_code == 401
        assert error_class(response) == "SessionRequiredErr"


@pytest.mark.covers("PS-54")
def test_a_public_endpoint_takes_a_good_token_and_refuses_a_bad_one(visitor: Visitor) -> None:
    gallery_id = visitor.add_gallery("Harbour")
    assert visitor.client.get(f"{API}/gallery/{gallery_id}").status_code == 200
    bad = {"X-PS-Auth-Token": "A" * 20}
    assert visitor.client.get(f"{API}/gallery/{gallery_id}", headers=bad).status_code == 401


@pytest.mark.covers("PS-54")
def test_a_cookie_that_is_over_counts_as_none_on_a_public_endpoint(house: House) -> None:
    visitor = Visitor(house)
    visitor.sign_in()
    gallery_id = visitor.add_gallery("Harbour", mode="everyone")
    house.clock.advance(3600)
    response = visitor.client.get(f"{API}/gallery/{gallery_id}")
    assert response.status_code == 200
    assert "set-cookie" not in response.headers


@pytest.mark.covers("PS-22")
def test_a_public_file_behind_a_key_is_not_left_to_shared_caches(house: House) -> None:
    visitor = Visitor(house)
    visitor.sign_in()
    image_id = visitor.upload(mode="everyone")
    path = f"{API}/image/{image_id}/download"
    renewing = visitor.client.get(path)
    assert "set-cookie" in renewing.headers
    assert renewing.headers["cache-control"] == "private, no-cache"
    assert key_alone(visitor).get(path).headers["cache-control"] == "private, no-cache"


def test_the_link_of_a_public_photo_opens_without_key_or_session(visitor: Visitor) -> None:
    image_id = visitor.upload(mode="everyone")
    link = visitor.data(f"/mem/image/{image_id}/link", image_size="500")["ImageLink"]["link"]
    response = visitor.house.client().get(link)
    assert response.status_code == 200
    assert response.content == PICTURE


def test_the_link_of_a_private_photo_opens_with_key_and_session_only(visitor: Visitor) -> None:
    image_id = visitor.upload()
    link = visitor.data(f"/mem/image/{image_id}/link")["ImageLink"]["link"]
    assert visitor.client.get(link).content == PICTURE
    assert visitor.house.client().get(link).status_code == 401
    assert key_alone(visitor).get(link).status_code == 401
