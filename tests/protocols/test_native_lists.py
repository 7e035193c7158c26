"""Lists of the native API: pages, their order, and cursors."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.house import House
from tests.pictures.samples import picture
from tests.protocols.native import Visitor, faults, sign_in
from tests.server.requests import a_request

from safelight.errors import InvalidFields
from safelight.server.protocols.native.listings import window_of, write_page
from safelight.server.protocols.native.taken import PageQuery, PhotoQuery

QUERY = PageQuery(limit=10)


def cursor(position: int, query: PageQuery = QUERY, path: str = "/v1/galleries") -> str:
    """That of a page which ended at `position`."""
    reply = write_page((), position, lambda item: item, query, a_request(path=path))
    assert isinstance(reply.body, bytes)
    return reply.body.decode().split('"')[-2]


def opened(text: str, query: PageQuery = QUERY, path: str = "/v1/galleries") -> int | None:
    asked = type(query)(limit=query.limit, cursor=text)
    return window_of(asked, a_request(path=path)).after


# --- cursors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("position", [0, 1, 50, 2**32, 2**63 - 1])
def test_a_cursor_opens_at_its_position(position: int) -> None:
    assert opened(cursor(position)) == position


def test_a_cursor_fits_an_address_as_it_is() -> None:
    assert re.fullmatch("[A-Za-z0-9_-]{20}", cursor(2**63 - 1))


def test_without_a_cursor_a_list_begins_at_its_beginning() -> None:
    window = window_of(QUERY, a_request(path="/v1/galleries"))
    assert (window.limit, window.after) == (10, None)


def test_a_cursor_may_be_used_with_another_limit() -> None:
    assert opened(cursor(7, PageQuery(limit=10)), PageQuery(limit=20)) == 7


@pytest.mark.parametrize("path", ["/v1/photos", "/v1/galleries/G0000aaaaaaaaaaa/photos"])
def test_a_cursor_of_another_list_is_refused(path: str) -> None:
    with pytest.raises(InvalidFields, match="not a cursor of this list"):
        opened(cursor(7), path=path)


def test_a_cursor_of_other_filters_is_refused() -> None:
    found = cursor(7, PhotoQuery(text="dawn"))
    with pytest.raises(InvalidFields):
        window_of(PhotoQuery(text="dusk", cursor=found), a_request(path="/v1/galleries"))


@given(
    position=st.integers(0, 2**63 - 1),
    place=st.integers(0, 19),
    other=st.sampled_from("ABCXYZabcxyz019_-=+/. é"),
)
def test_a_cursor_with_any_character_changed_is_refused(
    position: int, place: int, other: str
) -> None:
    text = cursor(position)
    if text[place] == other:
        return
    with pytest.raises(InvalidFields):
        opened(text[:place] + other + text[place + 1 :])


@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=64))
def test_any_other_text_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidFields):
        opened(text)


# --- pages ------------------------------------------------------------------------------------


def three_photos(visitor: Visitor) -> str:
    for width in (60, 61, 62):
        visitor.add_photo(f"{width}.jpg", picture(width=width, height=40))
    return "/v1/photos"


def three_in_a_gallery(visitor: Visitor) -> str:
    three_photos(visitor)
    photo_ids = [each["id"] for each in visitor.get("/v1/photos")["items"]]
    return f"/v1/galleries/{visitor.add_gallery(photo_ids=photo_ids)['id']}/photos"


def three_galleries(visitor: Visitor) -> str:
    for name in "abc":
        visitor.add_gallery(name)
    return "/v1/galleries"


def three_customers(visitor: Visitor) -> str:
    for name in "abc":
        visitor.post("/v1/customers", {"first_name": name})
    return "/v1/customers"


def three_notifications(visitor: Visitor) -> str:
    for agent in "abc":
        client = visitor.house.client(headers={"user-agent": agent})
        sign_in(client, visitor.account.username)
    return "/v1/notifications"


def three_sessions(visitor: Visitor) -> str:
    for _ in range(2):
        visitor.house.clock.advance(1)
        Visitor(visitor.house, visitor.account)
    return "/v1/sessions"


def three_tokens(visitor: Visitor) -> str:
    for _ in range(3):
        visitor.add_token("photos:read")
    return "/v1/tokens"


def three_applications(visitor: Visitor) -> str:
    for name in "abc":
        visitor.post("/v1/applications", {"name": name})
    return "/v1/applications"


def three_organizations(visitor: Visitor) -> str:
    for name in "abc":
        visitor.post("/v1/organizations", {"name": name})
    return "/v1/organizations"


def three_members(visitor: Visitor) -> str:
    others = [visitor.house.add_account() for _ in range(2)]
    studio = visitor.house.add_organization("Studio", visitor.account, *others)
    return f"/v1/organizations/{studio}/members"


@pytest.mark.parametrize(
    "fill",
    [
        three_photos,
        three_in_a_gallery,
        three_galleries,
        three_customers,
        three_notifications,
        three_sessions,
        three_tokens,
        three_applications,
        three_organizations,
        three_members,
    ],
)
def test_the_pages_of_a_list_are_the_list(house: House, fill: Callable[[Visitor], str]) -> None:
    visitor = Visitor(house)
    path = fill(visitor)
    whole = visitor.get(path)
    assert (len(whole["items"]), whole["next"]) == (3, None)
    found, following = [], ""
    for size in (2, 1):
        page = visitor.get(f"{path}?limit=2{following}")
        assert len(page["items"]) == size
        found += page["items"]
        following = f"&cursor={page['next']}"
    assert page["next"] is None
    assert found == whole["items"]
    assert visitor.get(f"{path}?limit=3")["next"] is None


def test_what_comes_in_between_two_pages_moves_nothing(house: House) -> None:
    visitor = Visitor(house)
    three_photos(visitor)
    first = visitor.get("/v1/photos?limit=2")
    visitor.add_photo("new.jpg", picture(width=70, height=40))
    second = visitor.get(f"/v1/photos?limit=2&cursor={first['next']}")
    assert [each["name"] for each in second["items"]] == ["60.jpg"]


def test_fifty_items_come_when_nothing_is_said_and_two_hundred_at_most(house: House) -> None:
    visitor = Visitor(house)
    for number in range(51):
        visitor.post("/v1/customers", {"first_name": str(number)})
    assert len(visitor.get("/v1/customers")["items"]) == 50
    assert len(visitor.get("/v1/customers?limit=200")["items"]) == 51
    assert list(faults(visitor.client.get("/v1/customers?limit=201"))) == ["limit"]


def test_a_cursor_of_one_account_shows_another_only_its_own(house: House) -> None:
    ada, grace = Visitor(house), Visitor(house)
    three_customers(ada)
    three_customers(grace)
    found = ada.get("/v1/customers?limit=1")["next"]
    theirs = {each["id"] for each in ada.get("/v1/customers")["items"]}
    shown = grace.get(f"/v1/customers?cursor={found}")["items"]
    assert theirs.isdisjoint(each["id"] for each in shown)


def test_an_unknown_parameter_is_left_alone(house: House) -> None:
    assert Visitor(house).client.get("/v1/photos?page=2").status_code == 200
