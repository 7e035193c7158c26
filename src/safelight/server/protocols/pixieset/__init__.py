"""Pixieset's wire: the Studio API and the Galleries API, one protocol on two realms."""

from safelight.server.protocols.pixieset.protocol import Pixieset

__all__ = ["Pixieset"]
