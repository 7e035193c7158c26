"""A darkroom, and places for its files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from safelight.pictures.darkroom import VipsDarkroom

Put = Callable[[bytes], Path]


@pytest.fixture
def darkroom() -> Iterator[VipsDarkroom]:
    darkroom = VipsDarkroom(threads=2)
    yield darkroom
    darkroom.close()


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write bytes to a file, under a name that says nothing, and give its path."""

    def put(content: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(content)
        return path

    return put
