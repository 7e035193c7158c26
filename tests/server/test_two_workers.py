"""What one worker remembers never stands against what another has seen or done."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.house import LOOPBACK, PASSWORD, House, a_house

from safelight.authentication.audit import Event, What
from safelight.bootstrap import open_site, open_stores
from safelight.clock import system_entropy
from safelight.server.app import App
from safelight.server.serve import Site


@pytest.fixture
def other(house: House) -> Iterator[TestClient]:
    """A client of a second worker over the same folder and clock."""
    stores = open_stores(house.folder, house.settings, house.clock, system_entropy)

    async def open_here() -> Site:
        return open_site(stores, house.settings, house.clock, system_entropy)

    app = App(open_here, trusted_proxies=(), entropy=system_entropy, body_seconds=10)
    yield house.client(app=app)
    house.call(house.call(app.site).close)


def sign_in(house: House) -> dict[str, str]:
    account = house.add_account()
    form = {"identifier": account.email, "password": PASSWORD}
    token = house.client().post("/v1/sessions", json=form).json()["token"]
    return {"authorization": f"Bearer {token}"}


def test_a_session_used_at_one_worker_is_not_idle_at_another(
    house: House, other: TestClient
) -> None:
    headers = sign_in(house)
    assert other.get("/v1/account", headers=headers).status_code == 200
    idle = house.settings.realms.native.idle_seconds

    house.clock.advance(idle * 0.9)
    assert house.client().get("/v1/account", headers=headers).status_code == 200
    house.settle()
    house.clock.advance(idle * 0.9)

    assert other.get("/v1/account", headers=headers).status_code == 200


def test_a_use_of_the_last_moment_before_a_stop_counts_after_it(tmp_path: Path) -> None:
    with a_house(tmp_path / "data") as house:
        headers = sign_in(house)
        used = house.settings.realms.native.idle_seconds * 0.9
        house.clock.advance(used)
        assert house.client().get("/v1/account", headers=headers).status_code == 200
    with a_house(tmp_path / "data") as house:
        house.clock.advance(2 * used)
        assert house.client().get("/v1/account", headers=headers).status_code == 200


def test_a_session_that_no_worker_saw_is_over_at_both(house: House, other: TestClient) -> None:
    headers = sign_in(house)
    assert other.get("/v1/account", headers=headers).status_code == 200

    house.clock.advance(house.settings.realms.native.idle_seconds)

    assert other.get("/v1/account", headers=headers).status_code == 401
    assert house.client().get("/v1/account", headers=headers).status_code == 401


def test_a_rotation_of_keys_is_noticed_at_every_worker(house: House, other: TestClient) -> None:
    account = house.add_account()
    form = {"username": account.username, "password": PASSWORD}
    pair = house.client().post("/api/auth/token/obtain/", json=form).json()
    headers = {"authorization": f"Bearer {pair['access']}"}
    assert other.get("/api/user/", headers=headers).status_code == 200
    stores = open_stores(house.folder, house.settings, house.clock, system_entropy)
    stores.keys.rotate(house.clock.now(), drop_old=True)
    event = Event(what=What.KEYS_ROTATED, at=house.clock.now())
    house.call(lambda: stores.journal.record(event, announced=True))
    stores.close()

    assert other.get("/api/user/", headers=headers).status_code == 401
    assert house.client().get("/api/user/", headers=headers).status_code == 401


def test_of_changes_that_name_one_tag_at_once_a_single_one_is_made(
    house: House, other: TestClient
) -> None:
    headers = sign_in(house)
    here = house.client()
    added = here.post("/v1/galleries", json={"name": "Harbour"}, headers=headers)
    path = added.headers["location"]
    match = headers | {"if-match": here.get(path, headers=headers).headers["etag"]}

    async def rename(number: int) -> int:
        worker = httpx2.ASGITransport((house.app, other.app)[number % 2], client=LOOPBACK)
        async with httpx2.AsyncClient(transport=worker, base_url="http://localhost") as client:
            answer = await client.patch(path, json={"name": f"Pier {number}"}, headers=match)
            return answer.status_code

    async def rename_at_once() -> list[int]:
        # Long enough for all to have looked before the first change is there to be seen.
        slow = asyncio.create_task(house.stores.database.write(lambda _: time.sleep(0.3)))
        await asyncio.sleep(0)
        statuses = await asyncio.gather(*map(rename, range(8)))
        await slow
        return statuses

    statuses = house.call(rename_at_once)
    assert sorted(statuses) == [200, *[412] * 7]
    made = here.get(path, headers=headers).json()["name"]
    assert made == f"Pier {statuses.index(200)}"


def test_without_a_place_for_its_lock_nothing_is_changed_by_a_tag(house: House) -> None:
    headers = sign_in(house)
    client = house.client()
    added = client.post("/v1/galleries", json={"name": "Harbour"}, headers=headers)
    path = added.headers["location"]
    shutil.rmtree(house.folder / "incoming")
    match = headers | {"if-match": client.get(path, headers=headers).headers["etag"]}
    assert client.delete(path, headers=match).status_code == 503
    assert client.get(path, headers=headers).status_code == 200
