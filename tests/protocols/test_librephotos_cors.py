"""Scripts of other origins on LibrePhotos' wire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.house import PASSWORD, House, a_house
from tests.protocols.librephotos import BLACKLIST, OBTAIN, User, bearer

FRONTEND = "https://app.example"
METHODS = {"DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"}
HEADERS = {
    "cache-control", "accept", "accept-encoding", "allow-credentials", "withcredentials",
    "authorization", "content-type", "dnt", "origin", "user-agent", "x-csrftoken",
    "x-requested-with",
}  # fmt: skip


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[House]:
    """A house that shares with one origin on another site."""
    with a_house(tmp_path / "data", REALMS__LIBREPHOTOS__CORS_ORIGINS=FRONTEND) as house:
        house.add_account("ada")
        yield house


def names(text: str) -> set[str]:
    return set(text.split(", "))


@pytest.mark.covers("LP-54", "LP-56")
@pytest.mark.parametrize("path", ["/api/sitesettings", "/api/stats", "/api/nothing", "/media/x/y"])
def test_by_default_the_development_frontend_may_read_every_answer(house: House, path: str) -> None:
    response = house.client().get(path, headers={"Origin": "http://localhost:3000"})
    assert response.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert response.headers.get_list("access-control-allow-credentials") == ["true"]
    assert "Origin" in response.headers["vary"]


@pytest.mark.covers("LP-54")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3001"])
def test_other_origins_are_served_but_not_shared_with(house: House, origin: str) -> None:
    response = house.client().get("/api/sitesettings", headers={"Origin": origin})
    assert response.status_code == 200
    assert [name for name in response.headers if name.startswith("access-control-")] == []


@pytest.mark.covers("LP-56")
def test_the_origins_can_be_set(shared: House) -> None:
    client = shared.client()
    listed = client.get("/api/sitesettings", headers={"Origin": FRONTEND})
    assert listed.headers["access-control-allow-origin"] == FRONTEND
    usual = client.get("/api/sitesettings", headers={"Origin": "http://localhost:3000"})
    assert "access-control-allow-origin" not in usual.headers


@pytest.mark.covers("LP-54", "LP-6")
def test_signing_in_from_a_listed_origin_allows_credentials_once(shared: House) -> None:
    body = {"username": "ada", "password": PASSWORD}
    response = shared.client().post(OBTAIN, json=body, headers={"Origin": FRONTEND})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == FRONTEND
    assert response.headers.get_list("access-control-allow-credentials") == ["true"]


@pytest.mark.covers("LP-55")
@pytest.mark.parametrize("path", ["/api/auth/token/obtain/", "/api/user/1/", "/api/stats"])
def test_a_preflight_of_a_listed_origin_is_promised_everything(house: House, path: str) -> None:
    response = house.client().options(
        path,
        headers={
            "Origin": "http://localhost:3000",
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization, content-type",
        },
    )
    assert response.status_code == 200
    assert response.headers["content-length"] == "0"
    assert response.headers["access-control-allow-origin"] == "http://localhost:3000"
    assert response.headers["access-control-allow-credentials"] == "true"
    assert names(response.headers["access-control-allow-methods"]) == METHODS
    assert names(response.headers["access-control-allow-headers"]) == HEADERS
    assert response.headers["access-control-max-age"] == "86400"


@pytest.mark.covers("LP-54")
def test_a_preflight_of_another_origin_is_answered_with_nothing(house: House) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = house.client().options("/api/auth/token/obtain/", headers=headers)
    assert response.status_code == 200
    assert [name for name in response.headers if name.startswith("access-control-")] == []


@pytest.mark.covers("LP-5")
def test_for_a_listed_origin_on_another_site_the_cookie_is_a_third_partys(shared: House) -> None:
    body = {"username": "ada", "password": PASSWORD}
    client = shared.client("https://photos.example.org")
    response = client.post(OBTAIN, json=body, headers={"Origin": FRONTEND})
    assert response.headers["set-cookie"].endswith("; Path=/; HttpOnly; Secure; SameSite=None")
    ended = client.post(
        BLACKLIST, json={"refresh": response.json()["refresh"]}, headers={"Origin": FRONTEND}
    )
    assert ended.headers["set-cookie"].endswith("; HttpOnly; Secure; SameSite=None")


@pytest.mark.covers("LP-5")
@pytest.mark.parametrize(
    ("base_url", "headers"),
    [
        ("http://localhost", {"Origin": FRONTEND}),
        ("https://photos.example.org", {}),
        ("https://photos.example.org", {"Origin": FRONTEND, "Sec-Fetch-Site": "same-site"}),
        ("https://app.example:8443", {"Origin": FRONTEND}),
    ],
)
def test_else_the_cookie_stays_on_its_own_site(
    shared: House, base_url: str, headers: dict[str, str]
) -> None:
    body = {"username": "ada", "password": PASSWORD}
    response = shared.client(base_url).post(OBTAIN, json=body, headers=headers)
    assert response.headers["set-cookie"].endswith("; SameSite=Lax")


@pytest.mark.covers("LP-5", "LP-58")
@pytest.mark.parametrize("from_header", ["Origin", "Referer"])
def test_a_listed_page_may_embed_private_pictures(shared: House, from_header: str) -> None:
    user = User(shared, base_url="https://photos.example.org")
    photo = user.add_photo()
    page = FRONTEND if from_header == "Origin" else f"{FRONTEND}/albums?id=1"
    headers = {from_header: page, "Sec-Fetch-Site": "cross-site"}
    response = user.client.get(f"/media/square_thumbnails/{photo}", headers=headers)
    assert response.status_code == 200
    assert response.headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Referer": "https://evil.example/https://app.example/"},
        {"Referer": "https://app.example.evil.example/"},
        {},
    ],
)
def test_a_strangers_page_may_not(shared: House, headers: dict[str, str]) -> None:
    user = User(shared, base_url="https://photos.example.org")
    photo = user.add_photo()
    cross_site = {**headers, "Sec-Fetch-Site": "cross-site"}
    response = user.client.get(f"/media/square_thumbnails/{photo}", headers=cross_site)
    assert response.status_code == 403
    assert response.headers["x-media-error"] == "authentication"
    with_header = {**cross_site, **bearer(user.access)}
    explicit = user.client.get(f"/media/square_thumbnails/{photo}", headers=with_header)
    assert explicit.status_code == 200
    assert explicit.headers["cross-origin-resource-policy"] == "same-site"
