"""What the demonstration plays on: a server, an account, organizations, a key, photos."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pyvips

from tools.running import Server, admin, running

EMAIL, USERNAME = "ada@demo.test", "ada"
SHORT_SECONDS = 2
"""The limits of the second server, on which sessions are seen to expire."""

_SHORT = {
    "REALMS__STUDIO__IDLE_SECONDS": str(SHORT_SECONDS),
    "REALMS__GALLERIES__IDLE_SECONDS": str(SHORT_SECONDS),
    "REALMS__PHOTOSHELTER__IDLE_SECONDS": str(SHORT_SECONDS),
    "REALMS__PHOTOSHELTER__TOKEN_IDLE_SECONDS": str(SHORT_SECONDS),
    "REALMS__LIBREPHOTOS__ACCESS_SECONDS": str(SHORT_SECONDS),
    "REALMS__RECORDER_MONITOR__IDLE_SECONDS": str(SHORT_SECONDS),
}


@dataclass(frozen=True)
class Stage:
    """`quick` serves the same data with limits of two seconds."""

    server: Server
    quick: Server
    password: str
    api_key: str
    organizations: tuple[str, str]


@contextmanager
def staged(folder: Path, port: int | None) -> Iterator[Stage]:
    """Set everything up in the new folder `folder`, and take the servers down at the end."""
    data = folder / "data"
    password = "-".join(secrets.token_hex(3) for _ in range(3))
    account = ("account", "add", EMAIL, "--username", USERNAME, "--first-name", "Ada")
    admin(
        data, *account, "--last-name", "Lovelace", "--admin", "--password-stdin", password=password
    )
    organizations = tuple(
        admin(data, "organization", "add", name, "--json")["id"]
        for name in ("Harbour Studio", "North Agency")
    )
    for each in organizations:
        admin(data, "organization", "join", each, EMAIL, "--role", "owner")
    api_key = admin(data, "application", "add", "Demo plug-in", "--json")["api_key"]
    with (
        running(data, port=port, log=folder / "server.log") as server,
        running(data, settings=_SHORT, log=folder / "quick.log") as quick,
    ):
        _fill(server, password, make_photos(folder / "own"))
        yield Stage(server, quick, password, api_key, (organizations[0], organizations[1]))


def _fill(server: Server, password: str, photos: list[Path]) -> None:
    """Put the photos into the account's own library, by the native API."""
    files = [("file", (path.name, path.read_bytes())) for path in photos]
    with httpx2.Client(base_url=server.url, auth=(EMAIL, password)) as client:
        client.post("/v1/photos", files=files).raise_for_status()


def make_photos(folder: Path) -> list[Path]:
    """Three small pictures: a dawn, a sea, a field. Made here, so that nobody owns them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, low, high in (
        ("dawn", (240, 130, 80), (60, 50, 110)),
        ("sea", (20, 80, 120), (170, 210, 220)),
        ("field", (70, 110, 40), (210, 220, 160)),
    ):
        ramp = pyvips.Image.xyz(640, 426)[1] / 426
        bands = [ramp * (one - other) + other for one, other in zip(low, high, strict=True)]
        image = bands[0].bandjoin(bands[1:]).cast("uchar").copy(interpretation="srgb")
        path = folder / f"{name}.jpg"
        image.jpegsave(str(path), Q=85)
        paths.append(path)
    return paths
