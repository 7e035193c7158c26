"""A served house and somebody in it, for every test here."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.client.people import Ada
from tests.house import House, a_house

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


@pytest.fixture
def rotating(tmp_path: Path) -> Iterator[Ada]:
    """A LibrePhotos whose refresh tokens are good for one use, and a minute's grace."""
    with a_house(tmp_path / "data", REALMS__LIBREPHOTOS__ROTATE_REFRESH="true") as house:
        way = Way(house.app, house.clock.now)
        with house.on_socket(way) as address:
            yield Ada(house, address, way)
