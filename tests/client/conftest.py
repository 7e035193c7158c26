"""A served house and somebody in it, for every test here."""

from collections.abc import Iterator

import pytest
from tests.client.people import Ada
from tests.house import House

from safelight.testing.way import Way


@pytest.fixture
def way(house: House) -> Way:
    return Way(house.app, house.clock.now)


@pytest.fixture
def address(house: House, way: Way) -> Iterator[str]:
    """Where the house answers, over a real socket: `http://localhost:PORT`."""
    with house.on_socket(way) as url:
        yield url


@pytest.fixture
def ada(house: House, address: str, way: Way) -> Ada:
    return Ada(house, address, way)
