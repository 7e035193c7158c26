"""What happens to a session, for tests, metrics and whoever wants to watch. No secret is in it."""

from __future__ import annotations

from enum import Enum

import msgspec


class Happened(Enum):
    SIGNED_IN = "signed_in"
    RENEWED = "renewed"
    ADOPTED = "adopted"
    """Another thread or process had signed in already."""
    CSRF_RENEWED = "csrf_renewed"
    REFUSED = "refused"
    SIGNED_OUT = "signed_out"
    ORGANIZATION = "organization"
    """Another organization was chosen, or none."""
    NOT_KEPT = "not_kept"
    """The sign-in is good, but could not be written down for the next run."""
    PAUSED = "paused"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`seconds` is a pause's length. `detail` is for people."""

    what: Happened
    service: str
    generation: int = 0
    seconds: float = 0.0
    detail: str = ""
