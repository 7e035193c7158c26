"""Fixtures for a program's own tests: the photo services on loopback, with switches for bad days.

A pytest plugin: `pytest_plugins = ["safelight.testing"]` in the `conftest.py` beside the tests. The
server is the real one, of `safelight[server]`; it is loaded by the first test that wants it.

PYTEST_DONT_REWRITE: nothing is asserted here, and a `conftest.py` may import a name of it first.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from safelight.testing.services import PhotoService as PhotoService
    from safelight.testing.services import PhotoServices as PhotoServices
    from safelight.testing.services import open_services as open_services
    from safelight.testing.way import Way as Way

__all__ = [
    "PhotoService",
    "PhotoServices",
    "Way",
    "librephotos",
    "open_services",
    "photo_services",
    "photoshelter",
    "pixieset_galleries",
    "pixieset_studio",
    "recorder_monitor",
    "safelight_server",
]

_NAMES = {
    "PhotoService": "safelight.testing.services",
    "PhotoServices": "safelight.testing.services",
    "Way": "safelight.testing.way",
    "open_services": "safelight.testing.services",
}
_MISSING = (
    "safelight.testing runs a real server, whose packages are not here: "
    "pip install 'safelight[server]'"
)


def __getattr__(name: str) -> Any:
    """PEP 562. Raises ImportError, with what to install, where the server is not."""
    if name not in _NAMES:
        raise AttributeError(f"module 'safelight.testing' has no attribute {name!r}")
    try:
        found = getattr(import_module(_NAMES[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "safelight":
            raise
        raise ImportError(f"{_MISSING} ({error.name} is missing)") from None
    globals()[name] = found
    return found


@pytest.fixture
def photo_services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PhotoServices]:
    """The server, for this test alone, and an account in it. `way` and `expire_sessions` make
    trouble."""
    try:
        serve = __getattr__("open_services")
    except ImportError as error:
        pytest.fail(str(error), pytrace=False)
    with serve(tmp_path_factory.mktemp("photo-services") / "data") as services:
        yield services


@pytest.fixture
def pixieset_studio(photo_services: PhotoServices) -> PhotoService:
    """Pixieset Studio."""
    return photo_services.pixieset_studio


@pytest.fixture
def pixieset_galleries(photo_services: PhotoServices) -> PhotoService:
    """Pixieset Client Gallery."""
    return photo_services.pixieset_galleries


@pytest.fixture
def photoshelter(photo_services: PhotoServices) -> PhotoService:
    """PhotoShelter, with an API key."""
    return photo_services.photoshelter


@pytest.fixture
def librephotos(photo_services: PhotoServices) -> PhotoService:
    """LibrePhotos."""
    return photo_services.librephotos


@pytest.fixture
def recorder_monitor(photo_services: PhotoServices) -> PhotoService:
    """The Recorder Monitor."""
    return photo_services.recorder_monitor


@pytest.fixture
def safelight_server(photo_services: PhotoServices) -> PhotoService:
    """Safelight's own API."""
    return photo_services.safelight
