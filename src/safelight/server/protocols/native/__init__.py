"""Safelight's own JSON API under `/v1`."""

from safelight.server.protocols.native.protocol import Native

__all__ = ["Native"]
