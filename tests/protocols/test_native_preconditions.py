"""`If-Match` and `If-Unmodified-Since` on the native API (RFC 9110 §13)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.house import House
from tests.protocols.native import PICTURE, Visitor, problem, sign_in

OLD = '"000000000000000000000000"'
FAILED = (412, "precondition_failed", "What is here now is not what If-Match names. Get it anew.")


def tag_of(visitor: Visitor, path: str) -> str:
    return str(visitor.client.get(path).headers["etag"])


def match(tags: str) -> dict[str, str]:
    return {"If-Match": tags}


def things(visitor: Visitor) -> list[tuple[str, dict[str, Any]]]:
    """The address of one of each kind that can be changed and removed, and a change of it."""
    gallery, photo = visitor.add_gallery()["id"], visitor.add_photo()["id"]
    customer = visitor.post("/v1/customers", {"first_name": "Grace"})["id"]
    return [
        (f"/v1/galleries/{gallery}", {"name": "Forest"}),
        (f"/v1/photos/{photo}", {"description": "Forest"}),
        (f"/v1/customers/{customer}", {"first_name": "Forest"}),
    ]


def test_a_change_of_what_has_changed_meanwhile_is_refused(house: House) -> None:
    visitor = Visitor(house)
    for path, change in things(visitor):
        tag = tag_of(visitor, path)
        house.clock.advance(60)
        first = visitor.client.patch(path, json=change, headers=match(tag))
        assert first.status_code == 200
        shown = visitor.get(path)
        second = dict.fromkeys(change, "Harbour")
        assert problem(visitor.client.patch(path, json=second, headers=match(tag))) == FAILED
        assert visitor.get(path) == shown
        anew = match(tag_of(visitor, path))
        assert visitor.client.patch(path, json=second, headers=anew).status_code == 200


def test_what_has_changed_meanwhile_is_not_removed(house: House) -> None:
    visitor = Visitor(house)
    for path, change in things(visitor):
        tag = tag_of(visitor, path)
        house.clock.advance(60)
        assert visitor.client.patch(path, json=change).status_code == 200
        assert problem(visitor.client.delete(path, headers=match(tag))) == FAILED
        anew = match(tag_of(visitor, path))
        assert visitor.client.delete(path, headers=anew).status_code == 204
        assert visitor.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("before", "behind", "status"),
    [("", "", 200), (f"{OLD}, ", "", 200), ("", f" ,{OLD}", 200), ("W/", "", 412)],
)
def test_one_of_the_named_tags_has_to_be_the_very_one(
    house: House, before: str, behind: str, status: int
) -> None:
    visitor = Visitor(house)
    path = f"/v1/galleries/{visitor.add_gallery()['id']}"
    headers = match(f"{before}{tag_of(visitor, path)}{behind}")
    assert visitor.client.get(path, headers=headers).status_code == status
    assert visitor.client.head(path, headers=headers).status_code == status
    answer = visitor.client.patch(path, json={"name": "Forest"}, headers=headers)
    assert answer.status_code == status


def test_tags_on_several_lines_are_one_list(house: House) -> None:
    visitor = Visitor(house)
    path = f"/v1/galleries/{visitor.add_gallery()['id']}"
    lines = [("If-Match", tag_of(visitor, path)), ("If-Match", OLD)]
    authorization = ("Authorization", visitor.client.headers["Authorization"])
    answer = house.client().delete(path, headers=[authorization, *lines])
    assert answer.status_code == 204


def test_a_star_names_whatever_is_there(house: House) -> None:
    visitor = Visitor(house)
    for path, change in things(visitor):
        assert visitor.client.get(path, headers=match("*")).status_code == 200
        assert visitor.client.patch(path, json=change, headers=match("*")).status_code == 200
        assert visitor.client.delete(path, headers=match("*")).status_code == 204
        answer = visitor.client.delete(path, headers=match("*"))
        assert problem(answer)[:2] == (404, "not_found")


def test_an_answer_is_not_given_for_another_tag(house: House) -> None:
    visitor = Visitor(house)
    for path in ("/v1/account", "/v1/galleries", "/v1/sessions", "/v1/openapi.json"):
        assert problem(visitor.client.get(path, headers=match(OLD))) == FAILED
        tag = tag_of(visitor, path)
        assert visitor.client.get(path, headers=match(tag)).status_code == 200


def test_a_list_that_has_grown_meanwhile_gets_nothing_added(house: House) -> None:
    visitor = Visitor(house)
    tag = tag_of(visitor, "/v1/galleries")
    body = {"name": "Harbour"}
    assert visitor.client.post("/v1/galleries", json=body, headers=match(tag)).status_code == 201
    assert problem(visitor.client.post("/v1/galleries", json=body, headers=match(tag))) == FAILED
    assert len(visitor.get("/v1/galleries")["items"]) == 1


def test_what_cannot_be_shown_has_no_tag_to_match(house: House) -> None:
    visitor = Visitor(house)
    gallery, photo = visitor.add_gallery()["id"], visitor.add_photo()["id"]
    path = f"/v1/galleries/{gallery}/photos/{photo}"
    tag = tag_of(visitor, f"/v1/galleries/{gallery}")
    assert problem(visitor.client.put(path, headers=match(tag))) == FAILED
    assert visitor.get(f"/v1/galleries/{gallery}/photos")["items"] == []
    assert visitor.client.put(path, headers=match("*")).status_code == 204


def test_a_session_is_not_changed_for_a_tag_that_it_has_not(house: House) -> None:
    visitor = Visitor(house)
    path = "/v1/sessions/current"
    assert problem(visitor.client.delete(path, headers=match(OLD))) == FAILED
    assert visitor.client.get("/v1/account").status_code == 200
    assert visitor.client.delete(path, headers=match("*")).status_code == 204


def test_a_sign_in_heeds_no_tag(house: House) -> None:
    house.add_account("ada")
    assert sign_in(house.client(headers=match(OLD)), "ada").status_code == 201


def test_who_may_not_look_is_not_told_whether_it_has_changed(house: House) -> None:
    visitor = Visitor(house)
    path = f"/v1/galleries/{visitor.add_gallery()['id']}"
    writer = visitor.with_token("galleries:write")
    answer = writer.delete(path, headers=match(OLD))
    assert problem(answer) == (403, "permission_denied", "This needs the scope galleries:read.")
    assert writer.delete(path).status_code == 204


def test_nobody_learns_of_the_things_of_others_by_a_tag(house: House) -> None:
    path = f"/v1/galleries/{Visitor(house).add_gallery()['id']}"
    stranger = Visitor(house)
    for tags in ("*", OLD):
        assert problem(stranger.client.delete(path, headers=match(tags)))[:2] == (404, "not_found")
    assert problem(house.client().delete(path, headers=match(OLD)))[0] == 401


def test_a_photo_is_not_taken_for_a_tag_of_another_state(house: House) -> None:
    visitor = Visitor(house)
    tag = tag_of(visitor, "/v1/photos")
    visitor.add_photo()
    files = [("files", ("dusk.jpg", PICTURE + b"1", "image/jpeg"))]
    assert problem(visitor.client.post("/v1/photos", files=files, headers=match(tag))) == FAILED
    assert len(visitor.get("/v1/photos")["items"]) == 1


@pytest.mark.parametrize("kind", ["original", "thumbnail"])
def test_a_file_is_not_sent_for_another_tag_or_an_earlier_time(house: House, kind: str) -> None:
    visitor = Visitor(house)
    path = f"/v1/photos/{visitor.add_photo()['id']}/{kind}"
    tag = tag_of(visitor, path)
    for method in ("GET", "HEAD"):
        ask = visitor.client.request
        earlier = {"If-Unmodified-Since": "Sun, 01 Mar 2026 11:59:59 GMT"}
        then = {"If-Unmodified-Since": "Sun, 01 Mar 2026 12:00:00 GMT"}
        assert ask(method, path, headers=match(OLD)).status_code == 412
        assert ask(method, path, headers=earlier).status_code == 412
        assert ask(method, path, headers=match(OLD) | then).status_code == 412
        assert ask(method, path, headers=match(OLD) | {"Range": "bytes=0-1"}).status_code == 412
        assert ask(method, path, headers=match(tag) | earlier).status_code == 200
        assert ask(method, path, headers=then).status_code == 200
        assert ask(method, path, headers={"If-Unmodified-Since": "soon"}).status_code == 200
        assert ask(method, path, headers=match(tag) | {"If-None-Match": tag}).status_code == 304
