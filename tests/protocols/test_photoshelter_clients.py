"""PhotoShelter's wire as real clients use it: their requests in order, and what they read of each
answer. The sequences are those of `docs/protocols/photoshelter.md`."""

from __future__ import annotations

from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from tests.house import PASSWORD, House, a_house
from tests.pictures.samples import picture
from tests.protocols.photoshelter import API, LOGIN, LOGOUT, PICTURE, Visitor

ROOT = "C0000Root0000000"


@pytest.fixture
def owner(house: House) -> Visitor:
    """Somebody with a gallery and two photos in it, who has an application's key at hand."""
    owner = Visitor(house)
    owner.take_token()
    gallery_id = owner.add_gallery("Harbour", mode="everyone")
    for height in (20, 30):
        owner.upload(
            picture(width=40, height=height),
            f"{height}.jpg",
            gallery_id=gallery_id,
            mode="everyone",
        )
    return owner


@pytest.mark.covers("PS-4", "PS-27", "PS-42", "PS-47", "PS-48")
def test_a_script_in_r_makes_a_gallery_by_get_and_uploads_to_it(owner: Visitor) -> None:
    client = owner.bare_client(**{"X-PS-Api-Key": owner.key})
    signed_in = client.post(LOGIN, data=owner.credentials(mode="token")).json()
    assert signed_in["status"] == "ok"
    client.headers["X-PS-Auth-Token"] = signed_in["data"]["token"]
    listed = client.get(f"{API}/mem/gallery/query?parent={ROOT}").json()
    assert [gallery["name"] for gallery in listed["data"]["Gallery"]] == ["Harbour"]
    inserted = client.get(
        f"{API}/mem/gallery/insert?name=Boats%20%26%20nets&f_list=f&parent={ROOT}&mode=private"
    ).json()
    gallery_id = inserted["data"]["Gallery"]["gallery_id"]
    uploaded = client.post(
        f"{API}/mem/image/upload",
        data={"gallery_id": gallery_id, "f_searchable": "f"},
        files={"file": ("boat.jpg", PICTURE)},
    ).json()
    assert uploaded["status"] == "ok"


@pytest.mark.covers("PS-7", "PS-33", "PS-46", "PS-50", "PS-52")
def test_a_drupal_module_signs_in_by_get_and_walks_the_tree(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__PHOTOSHELTER__LOGIN_BY_GET="true") as house:
        owner = Visitor(house)
        organization = house.add_organization("Harbour Photos", owner.account)
        owner.take_token(org_id=organization)
        gallery_id = owner.add_gallery("Harbour")
        for height in (20, 30, 40):
            photo = picture(width=40, height=height)
            owner.upload(photo, f"{height}.jpg", gallery_id=gallery_id)
        client = house.client()

        signed_in = client.get(
            f"{LOGIN}?api_key={owner.key}&email={owner.account.email}&password={PASSWORD}"
            "&mode=token"
        ).json()
        assert signed_in["status"] == "ok"
        organization_id = signed_in["data"]["org"][0]["id"]
        query = f"api_key={owner.key}&auth_token={signed_in['data']['token']}"
        bound = client.get(f"{API}/mem/organization/{organization_id}/authenticate?{query}")
        assert bound.json()["status"] == "ok"
        session = client.get(f"{API}/mem/user/session?{query}").json()
        assert session["data"]["Session"]["tz"] == "UTC"

        children = client.get(f"{API}/mem/collection/root/children?{query}").json()
        (gallery,) = children["data"]["Children"]["Gallery"]
        assert (gallery["mode"], gallery["name"]) == ("private", "Harbour")
        assert "Collection" not in children["data"]["Children"]
        collection = client.get(
            f"{API}/mem/collection/root?{query}&fields=collection_id,name"
            '&extend={"KeyImage":{"fields":"image_id"},"ImageLink":{"fields":"link"},'
            '"Visibility":{"fields":"mode"},"Children":{"Gallery":{"fields":"gallery_id"}}}'
        ).json()["data"]["Collection"]
        assert collection["KeyImage"]["image_id"].startswith("I0000")
        assert collection["KeyImage"]["ImageLink"]["link"].startswith("http://localhost/")
        assert collection["Visibility"]["mode"] == "private"
        assert collection["Children"]["Gallery"][0]["gallery_id"] == gallery_id

        seen: list[str] = []
        for page in range(1, 10):
            found = client.get(
                f"{API}/mem/gallery/{gallery_id}/images?{query}"
                f"&fields=image_id,f_visible&per_page=2&page={page}"
                '&extend={"Image":{"fields":"file_name"}}'
            ).json()
            assert found["status"] == "ok"
            assert found["data"]["Paging"]
            seen += [each["Image"]["file_name"] for each in found["data"]["GalleryImage"]]
            if "next" not in found["data"]["Paging"]:
                break
        assert sorted(seen) == ["20.jpg", "30.jpg", "40.jpg"]


@pytest.mark.covers("PS-7", "PS-8", "PS-22")
def test_the_oldest_drupal_module_keeps_its_cookies_in_a_jar(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", REALMS__PHOTOSHELTER__LOGIN_BY_GET="true") as house:
        owner = Visitor(house)
        client = house.client()
        query = f"api_key={owner.key}"
        client.get(f"{LOGIN}?{query}&email={owner.account.email}&password={PASSWORD}")
        for _ in range(4):
            house.clock.advance(20 * 60)
            collections = client.get(f"{API}/mem/collection?fields=name&{query}")
            assert collections.json()["data"]["Collection"] == [{"name": "Library"}]
            galleries = client.get(f'{API}/mem/gallery?extend={{"KeyImage":{{}}}}&{query}')
            assert galleries.json()["data"]["Gallery"] == []


@pytest.mark.covers("PS-6", "PS-14", "PS-33", "PS-52")
def test_a_typescript_library_sends_json_as_text_and_signs_in_again_when_refused(
    owner: Visitor,
) -> None:
    organization = owner.house.add_organization("Harbour Photos", owner.account)
    client = owner.bare_client(**{"X-PS-Api-Key": owner.key})

    def sign_in() -> None:
        client.headers.pop("X-PS-Auth-Token", None)
        body = f'{{"email":"{owner.account.email}","password":"{PASSWORD}","mode":"token"}}'
        answer = owner.bare_client(**{"Content-Type": "text/plain;charset=UTF-8"}).post(
            f"{LOGIN}?api_key={owner.key}", content=body
        )
        assert answer.is_success
        found = answer.json()["data"]
        client.headers["X-PS-Auth-Token"] = found["token"]
        if "org" in found:
            bound = client.post(f"{API}/mem/organization/{found['org'][0]['id']}/authenticate")
            assert bound.is_success

    def get(path: str) -> Any:
        answer = client.get(f"{API}/mem{path}")
        if not answer.is_success:
            sign_in()
            answer = client.get(f"{API}/mem{path}")
        assert answer.is_success
        return answer

    gallery_id = owner.data("/mem/gallery")["Gallery"][0]["gallery_id"]
    children = get('/collection/root/children?extend={"Collection":{},"Gallery":{}}').json()
    assert children["data"]["Children"] == {}
    images = get(f'/gallery/{gallery_id}/children?extend={{"Image":{{}}}}').json()
    image_id = images["data"]["GalleryImage"][0]["Image"]["image_id"]
    assert get(f"/image/{image_id}/download?f_embed=").content.startswith(b"\xff\xd8")
    client.get(LOGOUT)
    assert get("/user/session").json()["data"]["Session"]["organization_id"] == organization


@pytest.mark.covers("PS-9", "PS-10", "PS-24", "PS-38")
@pytest.mark.parametrize("by_get", [True, False])
def test_a_ruby_scraper_keeps_the_first_cookie_and_never_takes_a_newer_one(
    tmp_path: Path, by_get: bool
) -> None:
    with a_house(tmp_path / "data", REALMS__PHOTOSHELTER__LOGIN_BY_GET="true") as house:
        owner = Visitor(house)
        client = house.client(headers={"X-PS-Api-Key": owner.key})
        if by_get:
            answer = client.get(LOGIN, params=owner.credentials())
        else:
            answer = client.post(LOGIN, data=owner.credentials())
        assert answer.status_code == 200
        lines = answer.headers.get_list("set-cookie")
        cookie = "; ".join(line.split(";")[0] for line in lines if "deleted" not in line)
        headers = {"X-PS-Api-Key": owner.key, "Cookie": cookie}
        for _ in range(20):
            house.clock.advance(80)
            listed = house.client(headers=headers).get(f"{API}/mem/gallery/query?")
            assert listed.status_code == 200
        assert house.client(headers=headers).get(f"{LOGOUT}?").status_code == 200
        assert house.client(headers=headers).get(f"{API}/mem/gallery/query?").status_code == 401


@pytest.mark.covers("PS-5", "PS-8", "PS-24", "PS-48")
def test_curl_uploads_with_the_jar_that_the_sign_in_filled(owner: Visitor) -> None:
    client = owner.bare_client(**{"X-PS-Api-Key": owner.key})
    parts = {name: (None, value) for name, value in owner.credentials(mode="cookie").items()}
    jar: SimpleCookie = SimpleCookie()
    for line in client.post(LOGIN, files=parts).headers.get_list("set-cookie"):
        jar.load(line)
    cookie = "; ".join(f"{name}={each.value}" for name, each in jar.items())
    gallery_id = owner.data("/mem/gallery")["Gallery"][0]["gallery_id"]
    for height in (50, 60):
        owner.house.clock.advance(60)
        fresh = owner.bare_client(**{"X-PS-Api-Key": owner.key, "Cookie": cookie})
        photo = picture(width=40, height=height)
        uploaded = fresh.post(
            f"{API}/mem/image/upload",
            files={"gallery_id": (None, gallery_id), "file": (f"{height}.jpg", photo)},
        )
        assert uploaded.json()["status"] == "ok"
        assert uploaded.json()["data"]["Image"]["image_id"].startswith("I0000")


@pytest.mark.covers("PS-36", "PS-58")
def test_a_javascript_library_reads_the_title_of_the_first_error(owner: Visitor) -> None:
    organization = owner.house.add_organization("Harbour Photos", owner.account)
    client = owner.bare_client(**{"X-PS-API-Key": owner.key, "Content-Type": "application/json"})
    form = owner.credentials(mode="token", org_id=organization)
    sign_in = owner.bare_client(**{"X-PS-API-Key": owner.key})
    found = sign_in.post(LOGIN, data=form).json()["data"]
    assert found["org"][0]["id"] == organization
    client.headers["X-PS-Auth-Token"] = found["token"]
    missing = client.get(f"{API}/workspace/W0000AAAAAAAAAAA/media/I0000AAAAAAAAAAA/review")
    assert missing.status_code == 404
    refused = sign_in.post(LOGIN, data={**form, "password": "wrong"})
    assert not refused.is_success
    assert refused.json()["errors"][0]["title"] == "The e-mail address or the password is wrong."


@pytest.mark.covers("PS-7", "PS-26", "PS-28", "PS-54")
def test_a_wordpress_theme_keeps_its_token_for_a_day_and_uses_it_on_public_paths(
    tmp_path: Path,
) -> None:
    with a_house(tmp_path / "data", REALMS__PHOTOSHELTER__LOGIN_BY_GET="true") as house:
        owner = Visitor(house)
        owner.take_token()
        gallery_id = owner.add_gallery("Harbour", mode="everyone")
        owner.upload(gallery_id=gallery_id, mode="everyone")
        client = house.client()
        key = f"api_key={owner.key}"
        signed_in = client.get(
            f"{LOGIN}?{key}&email={owner.account.email}&password={PASSWORD}&mode=token"
        )
        token = signed_in.json()["data"]["token"]
        for _ in range(3):
            house.clock.advance(8 * 3600 - 1)
            house.settle()
            shown = client.get(
                f"{API}/gallery/{gallery_id}?{key}&auth_token={token}"
                '&extend={"GalleryImage":{"fields":"image_id"},"ImageLink":{"fields":"link"}}'
            )
            (image,) = shown.json()["data"]["Gallery"]["GalleryImage"]
            link = image["ImageLink"]["link"]
            assert link.startswith("http://localhost/media/")
            assert token not in shown.text
            assert owner.key not in shown.text


@pytest.mark.covers("PS-6", "PS-27", "PS-38")
def test_a_downloader_for_node_sends_its_form_as_plain_text(owner: Visitor) -> None:
    body = f"email={owner.account.email}&password={PASSWORD.replace(' ', '+')}&mode=token"
    client = owner.bare_client(**{"X-PS-Api-Key": owner.key})
    answer = client.post(LOGIN, content=body, headers={"Content-Type": "text/plain;charset=UTF-8"})
    client.headers["X-PS-Auth-Token"] = answer.json()["data"]["token"]
    assert client.get(f"{API}/mem/user/session").status_code == 200
    assert client.get(LOGOUT).json() == {"status": "ok", "data": None}


@pytest.mark.covers("PS-33", "PS-47")
def test_a_migration_tool_in_python_binds_and_downloads_what_it_finds(owner: Visitor) -> None:
    organization = owner.house.add_organization("Harbour Photos", owner.account)
    owner.client.get(f"{API}/mem/organization/{organization}/authenticate")
    gallery_id = owner.add_gallery("Archive")
    image_id = owner.upload(gallery_id=gallery_id)
    children = owner.data("/mem/collection/root/children")["Children"]
    assert "Collection" not in children
    assert children["Gallery"][0]["gallery_id"] == gallery_id
    (image,) = owner.data(f"/mem/gallery/{gallery_id}/images")["GalleryImage"]
    assert image["image_id"] == image_id
    assert owner.data(f"/mem/image/{image_id}")["Image"]["file_name"] == "boat.jpg"
    assert owner.client.get(f"{API}/mem/image/{image_id}/download").content == PICTURE
    assert "Iptc" in owner.data(f"/mem/image/{image_id}/iptc")
    assert "Exif" in owner.data(f"/mem/image/{image_id}/exif")
