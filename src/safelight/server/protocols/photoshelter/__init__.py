"""PhotoShelter's member and public API, version 3 (`/psapi/v3`)."""

from safelight.server.protocols.photoshelter.protocol import PhotoShelter

__all__ = ["PhotoShelter"]
