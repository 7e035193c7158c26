"""How the two APIs write instants, always in UTC. Pure."""

from __future__ import annotations

from datetime import UTC, datetime


def write_instant(at: datetime) -> str:
    """Studio: `2025-08-06T14:50:42.000000Z`, always with six digits of a second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def write_moment(at: datetime) -> str:
    """Galleries: `2025-08-06 14:50:42`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def write_date(at: datetime) -> str:
    """Galleries: `2025-08-06`."""
    return at.astimezone(UTC).strftime("%Y-%m-%d")
