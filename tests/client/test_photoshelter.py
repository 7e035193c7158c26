"""The client on PhotoShelter's wire, against a house on a real socket."""

import asyncio

import pytest
from tests.house import PASSWORD, House

import safelight

SESSION = "/psapi/v3/mem/user/session"


@pytest.fixture
def ada(house: House, address: str) -> safelight.auth.PhotoShelter:
    house.add_account("ada")
    return safelight.auth.PhotoShelter(
        address,
        credentials=("ada@example.com", PASSWORD),
        api_key=house.add_application(),
        clock=house.clock,
    )


@pytest.mark.covers("PS-65")
def test_a_session_that_is_over_is_replaced_in_passing(
    house: House, ada: safelight.auth.PhotoShelter
) -> None:
    with safelight.Client(ada, clock=house.clock) as client:
        assert client.get(SESSION).json()["data"]["Session"]["username"] == "ada"
        house.clock.advance(30 * 3600)
        assert client.get(SESSION).status_code == 200
    assert ada.session.holding.held.generation == 2


async def test_fifty_tasks_sign_in_once(house: House, ada: safelight.auth.PhotoShelter) -> None:
    async with safelight.AsyncClient(ada, clock=house.clock) as client:
        await asyncio.gather(*(client.get(SESSION) for _ in range(50)))
        assert ada.session.holding.held.generation == 1
        house.clock.advance(30 * 3600)
        answers = await asyncio.gather(*(client.get(SESSION) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert ada.session.holding.held.generation == 2
