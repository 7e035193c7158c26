"""LibrePhotos: its JSON API, its pictures and its uploads."""

from safelight.server.protocols.librephotos.protocol import LibrePhotos

__all__ = ["LibrePhotos"]
