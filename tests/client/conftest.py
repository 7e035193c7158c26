"""A served house and somebody in it, for every test here."""

from collections.abc import Iterator

import pytest
from tests.client.people import Ada
from tests.client.served import Way, on_socket
from tests.house import House


@pytest.fixture
def way(house: House) -> Way:
    return Way(house.app)


@pytest.fixture
def address(house: House, way: Way) -> Iterator[str]:
    """Where the house answers, over a real socket: `http://localhost:PORT`."""
    with on_socket(way, house) as url:
        yield url


@pytest.fixture
def ada(house: House, address: str, way: Way) -> Ada:
    return Ada(house, address, way)
