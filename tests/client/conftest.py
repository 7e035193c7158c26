"""A served house, for every test here."""

from collections.abc import Iterator

import pytest

from tests.client.served import served
from tests.house import House


@pytest.fixture
def address(house: House) -> Iterator[str]:
    """Where the house answers, over a real socket: `http://localhost:PORT`."""
    with served(house) as url:
        yield url
