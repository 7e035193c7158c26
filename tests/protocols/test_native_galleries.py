"""Galleries, customers and notifications by the native API."""

from __future__ import annotations

import pytest
from tests.house import House
from tests.pictures.samples import picture
from tests.protocols.native import Visitor, faults, problem, sign_in

OTHER = picture(width=61, height=40)
NO_CUSTOMER = "/v1/customers/cl_" + "a" * 30
TEXTS = ("first_name", "last_name", "email", "phone", "company", "job_title", "notes")

# --- galleries --------------------------------------------------------------------------------


def test_an_added_gallery_is_shown_and_listed(house: House) -> None:
    visitor = Visitor(house)
    answer = visitor.client.post("/v1/galleries", json={"name": "Harbour"})
    gallery = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/galleries/{gallery['id']}"
    assert gallery == {
        "id": gallery["id"],
        "name": "Harbour",
        "description": "",
        "owner": {
            "account_id": visitor.account.id,
            "username": visitor.account.username,
            "organization_id": None,
        },
        "visibility": "private",
        "listed": True,
        "photo_count": 0,
        "cover_id": None,
        "created_at": "2026-03-01T12:00:00Z",
        "changed_at": "2026-03-01T12:00:00Z",
        "wire_ids": {"pixieset": 1, "photoshelter": gallery["id"], "librephotos": "1"},
    }
    assert visitor.get(f"/v1/galleries/{gallery['id']}") == gallery
    assert visitor.get("/v1/galleries")["items"] == [gallery]


def test_a_gallery_can_hold_photos_from_the_beginning(house: House) -> None:
    visitor = Visitor(house)
    photo = visitor.add_photo()["id"]
    gallery = visitor.add_gallery(photo_ids=[photo])
    assert (gallery["photo_count"], gallery["cover_id"]) == (1, photo)


def test_a_gallery_with_a_photo_of_others_is_not_made(house: House) -> None:
    theirs = Visitor(house).add_photo()["id"]
    visitor = Visitor(house)
    body = {"name": "Harbour", "photo_ids": [theirs]}
    assert problem(visitor.client.post("/v1/galleries", json=body))[:2] == (404, "not_found")
    assert visitor.get("/v1/galleries")["items"] == []


def test_a_photo_goes_into_a_gallery_and_out_again_as_often_as_asked(house: House) -> None:
    visitor = Visitor(house)
    gallery, photo = visitor.add_gallery()["id"], visitor.add_photo()["id"]
    path = f"/v1/galleries/{gallery}/photos/{photo}"
    for _ in range(2):
        assert visitor.client.put(path).status_code == 204
    listed = visitor.get(f"/v1/galleries/{gallery}/photos")["items"]
    assert [each["id"] for each in listed] == [photo]
    for _ in range(2):
        assert visitor.client.delete(path).status_code == 204
    assert visitor.get(f"/v1/galleries/{gallery}/photos")["items"] == []
    assert visitor.client.get(f"/v1/photos/{photo}").status_code == 200


def test_a_photo_of_others_does_not_go_into_a_gallery(house: House) -> None:
    theirs = Visitor(house).add_photo()["id"]
    visitor = Visitor(house)
    gallery = visitor.add_gallery()["id"]
    answer = visitor.client.put(f"/v1/galleries/{gallery}/photos/{theirs}")
    assert problem(answer)[:2] == (404, "not_found")


def test_a_photo_does_not_go_into_a_gallery_of_others(house: House) -> None:
    theirs = Visitor(house)
    gallery = theirs.add_gallery(visibility="public")["id"]
    visitor = Visitor(house)
    photo = visitor.add_photo()["id"]
    answer = visitor.client.put(f"/v1/galleries/{gallery}/photos/{photo}")
    assert answer.status_code in (403, 404)
    assert theirs.get(f"/v1/galleries/{gallery}")["photo_count"] == 0


def test_a_gallery_changes_in_what_is_said_and_stays_in_the_rest(house: House) -> None:
    visitor = Visitor(house)
    gallery = visitor.add_gallery()
    house.clock.advance(60)
    change = {"name": "Forest", "listed": False, "visibility": "public"}
    changed = visitor.client.patch(f"/v1/galleries/{gallery['id']}", json=change).json()
    assert changed == gallery | change | {"changed_at": "2026-03-01T12:01:00Z"}


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": " "},
        {"name": "a" * 201},
        {"name": "a\nb"},
        {"name": None},
        {"description": "a" * 5001},
        {"visibility": "everyone"},
        {"listed": "yes"},
        {"owner": {}},
        {"photo_count": 3},
    ],
)
def test_a_gallery_stays_as_it_is_when_one_field_may_not_change(
    house: House, change: dict[str, object]
) -> None:
    visitor = Visitor(house)
    gallery = visitor.add_gallery()
    path = f"/v1/galleries/{gallery['id']}"
    assert list(faults(visitor.client.patch(path, json=change))) == [*change.keys()]
    assert visitor.get(path) == gallery


def test_a_deleted_gallery_leaves_its_photos(house: House) -> None:
    visitor = Visitor(house)
    photo = visitor.add_photo()["id"]
    path = f"/v1/galleries/{visitor.add_gallery(photo_ids=[photo])['id']}"
    assert visitor.client.delete(path).status_code == 204
    assert problem(visitor.client.get(path))[:2] == (404, "not_found")
    assert visitor.get(f"/v1/photos/{photo}")["gallery_ids"] == []


def test_somebody_elses_private_gallery_is_not_there(house: House) -> None:
    path = f"/v1/galleries/{Visitor(house).add_gallery()['id']}"
    visitor = Visitor(house)
    for answer in (
        visitor.client.get(path),
        visitor.client.patch(path, json={"name": "Mine"}),
        visitor.client.delete(path),
    ):
        assert problem(answer)[:2] == (404, "not_found")


def test_everybodys_public_galleries_are_listed(house: House) -> None:
    theirs = Visitor(house)
    shown = theirs.add_gallery(visibility="public")["id"]
    theirs.add_gallery("Private")
    visitor = Visitor(house)
    assert [each["id"] for each in visitor.get("/v1/galleries?public=true")["items"]] == [shown]
    assert visitor.get("/v1/galleries")["items"] == []


# --- customers --------------------------------------------------------------------------------


def test_an_added_customer_is_shown_and_listed(house: House) -> None:
    visitor = Visitor(house)
    body = {"first_name": "Grace", "email": "grace@example.com", "kind": "lead"}
    answer = visitor.client.post("/v1/customers", json=body)
    customer = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/customers/{customer['id']}"
    rest = {"id": customer["id"], "archived": False, "created_at": "2026-03-01T12:00:00Z"}
    assert customer == dict.fromkeys(TEXTS, "") | rest | body
    assert visitor.get(f"/v1/customers/{customer['id']}") == customer
    assert visitor.get("/v1/customers")["items"] == [customer]


def test_customers_are_listed_by_kind_and_text(house: House) -> None:
    visitor = Visitor(house)
    visitor.post("/v1/customers", {"first_name": "Grace", "kind": "lead"})
    visitor.post("/v1/customers", {"first_name": "Edsger"})

    def listed(query: str) -> list[str]:
        return [each["first_name"] for each in visitor.get(f"/v1/customers?{query}")["items"]]

    assert listed("kind=lead") == ["Grace"]
    assert listed("kind=client") == ["Edsger"]
    assert listed("text=edsg") == ["Edsger"]
    assert listed("kind=other") == []


def test_a_customer_changes_in_what_is_said_and_stays_in_the_rest(house: House) -> None:
    visitor = Visitor(house)
    customer = visitor.post("/v1/customers", {"first_name": "Grace"})
    change = {"company": "Navy", "archived": True, "kind": "other"}
    path = f"/v1/customers/{customer['id']}"
    assert visitor.client.patch(path, json=change).json() == customer | change


@pytest.mark.parametrize(
    "change",
    [
        {"email": "no address"},
        {"kind": "friend"},
        {"first_name": "a" * 101},
        {"phone": "1" * 51},
        {"notes": "a" * 5001},
        {"company": "a\u0000b"},
        {"archived": None},
        {"owner": "U0000aaaaaaaaaaa"},
    ],
)
def test_a_customer_stays_as_it_is_when_one_field_may_not_change(
    house: House, change: dict[str, object]
) -> None:
    visitor = Visitor(house)
    customer = visitor.post("/v1/customers", {"first_name": "Grace"})
    path = f"/v1/customers/{customer['id']}"
    assert list(faults(visitor.client.patch(path, json=change))) == [*change.keys()]
    assert visitor.get(path) == customer


def test_a_customer_has_something_to_be_called_by(house: House) -> None:
    assert faults(Visitor(house).client.post("/v1/customers", json={})) == {
        "first_name": "Give a name, an e-mail address or a company."
    }


def test_a_deleted_customer_is_gone(house: House) -> None:
    visitor = Visitor(house)
    path = f"/v1/customers/{visitor.post('/v1/customers', {'first_name': 'Grace'})['id']}"
    assert visitor.client.delete(path).status_code == 204
    assert problem(visitor.client.get(path))[:2] == (404, "not_found")


def test_somebody_elses_customer_is_not_there(house: House) -> None:
    theirs = Visitor(house)
    path = f"/v1/customers/{theirs.post('/v1/customers', {'first_name': 'Grace'})['id']}"
    visitor = Visitor(house)
    for at in (path, NO_CUSTOMER, "/v1/customers/x"):
        for answer in (
            visitor.client.get(at),
            visitor.client.patch(at, json={"notes": "mine"}),
            visitor.client.delete(at),
        ):
            assert problem(answer)[:2] == (404, "not_found")
    assert visitor.get("/v1/customers")["items"] == []
    assert theirs.get(path)["notes"] == ""


# --- notifications ----------------------------------------------------------------------------


def test_a_new_device_leaves_a_notification_that_can_be_read(house: House) -> None:
    visitor = Visitor(house)
    client = house.client(headers={"user-agent": "Stranger/9"})
    sign_in(client, visitor.account.username)
    (notification,) = visitor.get("/v1/notifications")["items"]
    assert notification["kind"] == "new_device"
    assert "Stranger/9" in notification["text"]
    assert notification["read_at"] is None
    house.clock.advance(60)
    answer = visitor.client.post(f"/v1/notifications/{notification['id']}/read")
    assert answer.status_code == 200
    assert answer.json() == notification | {"read_at": "2026-03-01T12:01:00Z"}
    assert visitor.get("/v1/notifications")["items"] == [answer.json()]


def test_somebody_elses_notification_is_not_there(house: House) -> None:
    theirs = Visitor(house)
    sign_in(house.client(headers={"user-agent": "Stranger/9"}), theirs.account.username)
    notification = theirs.get("/v1/notifications")["items"][0]["id"]
    visitor = Visitor(house)
    assert visitor.get("/v1/notifications")["items"] == []
    answer = visitor.client.post(f"/v1/notifications/{notification}/read")
    assert problem(answer)[:2] == (404, "not_found")
    assert theirs.get("/v1/notifications")["items"][0]["read_at"] is None
