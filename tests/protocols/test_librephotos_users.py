"""Accounts on LibrePhotos' wire, and what the server says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.house import STRANGER, House, a_house
from tests.protocols.librephotos import NOT_PROVIDED, OBTAIN, User, detail, fault

from safelight.secret import Secret

PUBLIC_FIELDS = {
    "id", "avatar_url", "username", "first_name", "last_name", "public_photo_count",
    "public_photo_samples",
}  # fmt: skip
FULL_RECORD = {
    "id": 1,
    "username": "ada",
    "email": "ada@example.com",
    "scan_directory": "",
    "confidence": 0.1,
    "confidence_person": 0.9,
    "transcode_videos": False,
    "semantic_search_topk": 0,
    "first_name": "Ada",
    "public_photo_samples": [],
    "last_name": "Lovelace",
    "public_photo_count": 0,
    "date_joined": "2026-03-01T12:00:00Z",
    "avatar": None,
    "is_superuser": False,
    "photo_count": 0,
    "nextcloud_server_address": None,
    "nextcloud_username": None,
    "nextcloud_scan_directory": None,
    "avatar_url": None,
    "favorite_min_rating": 4,
    "image_scale": 1.0,
    "save_metadata_to_disk": "OFF",
    "datetime_rules": "[]",
    "llm_settings": None,
    "default_timezone": "UTC",
    "public_sharing": False,
    "face_recognition_model": "HOG",
    "min_cluster_size": 0,
    "confidence_unknown_face": 0.5,
    "min_samples": 1,
    "cluster_selection_epsilon": 0.05,
}
NEW_USER = {
    "username": "grace",
    "password": "a ship in harbour is safe",
    "email": "grace@example.com",
    "first_name": "Grace",
    "last_name": "Hopper",
}
SETUP = "one-time-token-of-the-first-start"


@pytest.fixture
def ada(house: House) -> User:
    return User(house, house.add_account("ada"))


@pytest.fixture
def open_house(tmp_path: Path) -> Iterator[House]:
    """A house where anybody may sign up."""
    open_to_all = {"REALMS__LIBREPHOTOS__ALLOW_REGISTRATION": "true"}
    with a_house(tmp_path / "data", **open_to_all) as house:
        house.add_account("root", admin=True)
        yield house


def put_setup_token(house: House) -> None:
    house.call(house.stores.accounts.put_setup_token, Secret(SETUP).digest(), house.clock.now())


def sign_up(house: House, body: Any = None, token: str | None = None) -> Any:
    headers = {} if token is None else {"X-Safelight-Setup": token}
    return house.client().post("/api/user/", json=body or NEW_USER, headers=headers)


# --- records ----------------------------------------------------------------------------------


@pytest.mark.covers("LP-65")
def test_ones_own_record_is_full(ada: User) -> None:
    assert ada.get("/api/user/1/").json() == FULL_RECORD


@pytest.mark.covers("LP-65")
def test_a_record_counts_the_photos(ada: User) -> None:
    public, trashed = ada.add_photo(width=61), ada.add_photo(width=62)
    ada.add_photo(width=63)
    ada.make_public(public)
    ada.post("/api/photosedit/setdeleted", {"image_hashes": [trashed], "deleted": True})
    record = ada.get("/api/user/1/").json()
    assert (record["photo_count"], record["public_photo_count"]) == (2, 1)


@pytest.mark.covers("LP-66")
def test_another_persons_record_is_public_only(house: House, ada: User) -> None:
    record = User(house).get("/api/user/1/").json()
    assert set(record) == PUBLIC_FIELDS
    assert (record["username"], record["first_name"]) == ("ada", "Ada")


@pytest.mark.covers("LP-66")
def test_an_admin_sees_every_record_in_full(house: House, ada: User) -> None:
    root = User(house, house.add_account("root", admin=True))
    assert root.get("/api/user/1/").json() == FULL_RECORD
    listed = root.get("/api/user/").json()
    assert (listed["count"], listed["next"], listed["previous"]) == (2, None, None)
    assert {each["username"] for each in listed["results"]} == {"ada", "root"}
    assert FULL_RECORD in listed["results"]


@pytest.mark.covers("LP-66")
def test_others_list_themselves_and_nobody_lists_anyone(house: House, ada: User) -> None:
    User(house)
    assert ada.get("/api/user/").json()["results"] == [FULL_RECORD]
    assert house.client().get("/api/user/").json() == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }


@pytest.mark.parametrize("number", ["2", "0", "x", "-1", "9" * 18, "9" * 30, "%C2%B9"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_account_that_is_not_there_is_not_found(house: House, number: str, method: str) -> None:
    root = User(house, house.add_account("root", admin=True))
    response = root.send(method, f"/api/user/{number}/", {})
    assert response.status_code == 404
    assert response.json() == detail("No User matches the given query.")


# --- changes ----------------------------------------------------------------------------------


@pytest.mark.covers("LP-65")
def test_names_and_address_are_changed_and_nothing_else(ada: User) -> None:
    body = {
        **FULL_RECORD,
        "first_name": " Augusta ",
        "last_name": "King",
        "email": "augusta@example.com",
        "scan_directory": "/etc",
        "is_superuser": True,
        "username": "root",
        "id": 7,
        "password": "",
    }
    response = ada.send("PATCH", "/api/user/1/", body)
    assert response.status_code == 200
    changed = {"first_name": "Augusta", "last_name": "King", "email": "augusta@example.com"}
    assert response.json() == FULL_RECORD | changed
    assert ada.get("/api/user/1/").json() == FULL_RECORD | changed
    notices = ada.house.stores.database.raw.execute("SELECT kind FROM notification").fetchall()
    assert notices == [("email_changed",)]


def test_an_admin_changes_anybodys_names(house: House, ada: User) -> None:
    root = User(house, house.add_account("root", admin=True))
    response = root.send("PATCH", "/api/user/1/", {"last_name": "King"})
    assert response.json()["last_name"] == "King"


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"email": "nonsense"}, "email", "This is not an e-mail address."),
        ({"email": None}, "email", "This field may not be null."),
        ({"first_name": ["x"]}, "first_name", "Not a valid string."),
        (
            {"password": "another password"},
            "password",
            "A password is changed on the account's page only.",
        ),
    ],
)
def test_a_change_that_breaks_a_rule_changes_nothing(
    ada: User, body: dict[str, object], field: str, message: str
) -> None:
    response = ada.send("PATCH", "/api/user/1/", {"last_name": "King", **body})
    assert response.status_code == 400
    assert response.json() == fault(field, message)
    assert ada.get("/api/user/1/").json() == FULL_RECORD


def test_an_address_that_is_taken_is_named(house: House, ada: User) -> None:
    house.add_account("grace")
    response = ada.send("PATCH", "/api/user/1/", {"email": "GRACE@example.com"})
    assert response.status_code == 400
    assert [each["field"] for each in response.json()["errors"]] == ["email"]


def test_only_an_admin_deletes_and_the_account_takes_its_photos_along(
    house: House, ada: User
) -> None:
    photo, other = ada.add_photo(), User(house)
    ada.make_public(photo)
    assert other.send("DELETE", "/api/user/1/").status_code == 403
    root = User(house, house.add_account("root", admin=True))
    response = root.send("DELETE", "/api/user/1/")
    assert (response.status_code, response.content) == (204, b"")
    assert root.get("/api/user/1/").status_code == 404
    assert other.client.get(f"/media/photos/{photo}").status_code == 404


# --- set-up and sign-up -----------------------------------------------------------------------


@pytest.mark.covers("LP-89")
def test_the_first_admin_signs_up_with_the_token_of_the_first_start(house: House) -> None:
    put_setup_token(house)
    client = house.client()
    assert client.get("/api/firsttimesetup/").json() == {"isFirstTimeSetup": True}
    response = sign_up(house, token=SETUP)
    assert response.status_code == 201
    assert response.json() == {
        "id": 1,
        "username": "grace",
        "email": "grace@example.com",
        "first_name": "Grace",
        "last_name": "Hopper",
    }
    assert "set-cookie" not in response.headers
    assert client.get("/api/firsttimesetup").json() == {"isFirstTimeSetup": False}
    user = User(house, house_account(house), password=NEW_USER["password"])
    assert user.get("/api/user/1/").json()["is_superuser"] is True


@pytest.mark.covers("LP-89")
@pytest.mark.parametrize("token", [None, "", "guess"])
def test_without_that_token_nobody_becomes_the_first_admin(house: House, token: str | None) -> None:
    put_setup_token(house)
    response = sign_up(house, token=token)
    assert response.status_code == 401
    assert response.json() == detail("The set-up token is missing or not valid.")
    assert house.client().get("/api/firsttimesetup/").json() == {"isFirstTimeSetup": True}


@pytest.mark.covers("LP-89")
def test_the_token_is_good_once(house: House) -> None:
    put_setup_token(house)
    assert sign_up(house, token=SETUP).status_code == 201
    again = sign_up(house, {**NEW_USER, "username": "eve", "email": "eve@x.example"}, SETUP)
    assert again.status_code == 401


@pytest.mark.covers("LP-89", "LP-90")
def test_of_those_who_race_with_the_token_one_is_the_admin_and_the_others_get_401(
    house: House,
) -> None:
    put_setup_token(house)

    def try_it(number: int) -> int:
        body = {**NEW_USER, "username": f"grace{number}", "email": f"grace{number}@x.example"}
        return int(sign_up(house, body, SETUP).status_code)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(try_it, range(4))) == [201, 401, 401, 401]


@pytest.mark.covers("LP-90")
def test_with_registration_off_nobody_signs_up(house: House) -> None:
    house.add_account("root", admin=True)
    response = sign_up(house)
    assert response.status_code == 401
    assert response.json() == detail(NOT_PROVIDED)
    assert house.client().get("/api/sitesettings").json()["allow_registration"] is False


@pytest.mark.covers("LP-90")
def test_an_admin_signs_others_up_and_a_plain_account_does_not(house: House) -> None:
    root, ada = User(house, house.add_account(admin=True)), User(house)
    refused = ada.post("/api/user/", NEW_USER)
    assert refused.status_code == 403
    assert root.post("/api/user/", NEW_USER).status_code == 201


@pytest.mark.covers("LP-90")
def test_where_registration_is_on_anybody_signs_up_as_a_plain_account(open_house: House) -> None:
    assert open_house.client().get("/api/sitesettings").json()["allow_registration"] is True
    body = {**NEW_USER, "username": "Grace", "is_superuser": True, "is_staff": True, "id": 1}
    response = sign_up(open_house, body)
    assert response.status_code == 201
    assert response.json()["username"] == "grace"
    signed_in = open_house.client().post(
        OBTAIN, json={"username": "grace", "password": NEW_USER["password"]}
    )
    assert signed_in.status_code == 200


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"username": ""}, "username", "This field may not be blank."),
        ({"password": "too short"}, "password", "Use at least 15 characters."),
        (
            {"password": " a ship in harbour is safe"},
            "password",
            "It may not begin or end with a blank here.",
        ),
        ({"email": "nonsense"}, "email", "This is not an e-mail address."),
        ({"last_name": {}}, "last_name", "Not a valid string."),
    ],
)
def test_a_sign_up_that_breaks_a_rule_says_which(
    open_house: House, change: dict[str, object], field: str, message: str
) -> None:
    response = sign_up(open_house, NEW_USER | change)
    assert response.status_code == 400
    assert response.json() == fault(field, message)


@pytest.mark.parametrize("field", ["username", "email"])
def test_what_is_taken_already_is_named(open_house: House, field: str) -> None:
    assert sign_up(open_house).status_code == 201
    other = {"username": "eve", "email": "eve@example.com", field: NEW_USER[field]}
    response = sign_up(open_house, NEW_USER | other)
    assert response.status_code == 400
    assert [each["field"] for each in response.json()["errors"]] == [field]


def test_over_plain_http_a_stranger_signs_nobody_up(open_house: House) -> None:
    response = open_house.client(peer=STRANGER).post("/api/user/", json=NEW_USER)
    assert response.status_code == 403


# --- the server -------------------------------------------------------------------------------


@pytest.mark.covers("LP-73")
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_plain_routes_answer_with_and_without_the_slash(ada: User, slash: str) -> None:
    for path in ("/api/sitesettings", "/api/firsttimesetup", "/api/stats"):
        assert ada.get(path + slash).status_code == 200


@pytest.mark.covers("LP-74")
@pytest.mark.parametrize("slash", ["", "/"])
def test_the_router_paths_answer_with_and_without_the_slash(ada: User, slash: str) -> None:
    for path in ("photos", "user", "user/1", "jobs", "albums/user/list", "albums/date/list"):
        assert ada.get(f"/api/{path}{slash}").status_code == 200


def test_the_settings_have_the_types_that_the_frontend_reads(house: House) -> None:
    assert house.client().get("/api/sitesettings").json() == {
        "allow_registration": False,
        "allow_upload": True,
        "skip_patterns": "",
        "heavyweight_process": None,
        "map_api_provider": "",
        "map_api_key": "",
        "captioning_model": "",
        "llm_model": "",
    }


@pytest.mark.covers("LP-73")
def test_the_statistics_are_ten_integers(ada: User) -> None:
    photo = ada.add_photo()
    ada.post("/api/albums/user/edit/", {"title": "Trip", "photos": [photo]})
    assert ada.get("/api/stats").json() == {
        "num_photos": 1,
        "num_missing_photos": 0,
        "num_faces": 0,
        "num_people": 0,
        "num_unknown_faces": 0,
        "num_labeled_faces": 0,
        "num_inferred_faces": 0,
        "num_albumauto": 0,
        "num_albumdate": 1,
        "num_albumuser": 1,
    }


def test_there_are_no_jobs_and_the_queue_is_free(ada: User) -> None:
    assert ada.get("/api/jobs/?page_size=3&page=1").json() == {
        "count": 0,
        "next": None,
        "previous": None,
        "results": [],
    }
    assert ada.get("/api/rqavailable/").json() == {
        "status": True,
        "queue_can_accept_job": True,
        "job_detail": None,
    }


def house_account(house: House) -> Any:
    (account,) = house.call(house.stores.accounts.list_accounts)
    return account
