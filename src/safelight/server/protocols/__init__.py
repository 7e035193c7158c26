"""The wire protocols, one module each, and where they are mounted."""

from __future__ import annotations

from collections.abc import Mapping

from safelight.config import Settings
from safelight.identity.realm import Realm
from safelight.server.protocols.librephotos import LibrePhotos
from safelight.server.protocols.native import Native
from safelight.server.protocols.photoshelter import PhotoShelter
from safelight.server.protocols.pixieset import Pixieset
from safelight.server.protocols.recorder_monitor import RecorderMonitor
from safelight.server.protocols.web import Web
from safelight.server.routes import Mount, Routes


def mount_protocols(realms: Mapping[str, Realm], settings: Settings) -> Routes:
    """Every protocol at its place. An explicit list: it type-checks, and can be read."""
    domain = settings.server.domain.lower()
    studio = Pixieset.studio(
        realms["studio"], settings.realms.studio, beside=settings.realms.galleries
    )
    galleries = Pixieset.galleries(
        realms["galleries"], settings.realms.galleries, beside=settings.realms.studio
    )
    photoshelter = PhotoShelter(realms["photoshelter"], settings.realms.photoshelter)
    librephotos = LibrePhotos(
        realms["librephotos"], settings.realms.librephotos, debug=settings.server.debug
    )
    recorder_monitor = RecorderMonitor(realms["recorder_monitor"])
    wires = (studio, galleries, photoshelter, librephotos, recorder_monitor)
    web = Web(
        realms["web"],
        wires,
        landing=recorder_monitor,
        metrics_from=settings.server.metrics_from,
    )
    return Routes(
        (
            Mount(studio, "/studio", (f"studio.{domain}",), ("studio",)),
            Mount(galleries, "/galleries", (f"galleries.{domain}",), ("galleries",)),
            Mount(photoshelter, claims=("psapi",)),
            Mount(librephotos, claims=("api", "media")),
            Mount(recorder_monitor),
            Mount(Native(realms["native"], (*wires, web)), claims=("v1",)),
            Mount(web),
        ),
        fallback=web,
        public_origin=settings.server.public_url,
    )
