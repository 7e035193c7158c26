"""What happens to a session, for tests, metrics and whoever wants to watch. No secret is in it."""

from __future__ import annotations

from enum import Enum

import msgspec


class Happened(Enum):
    SIGNED_IN = "signed_in"
    """By password: there was no session, or it was over."""
    RENEWED = "renewed"
    """Without a password, where the service has that."""
    ADOPTED = "adopted"
    """Another thread or process had signed in already."""
    CSRF_RENEWED = "csrf_renewed"
    """The CSRF token was refused, and a fresh one fetched."""
    REFUSED = "refused"
    """A sign-in failed; `detail` is the message of its error."""
    SIGNED_OUT = "signed_out"
    """The session was ended, or forgotten here."""
    ORGANIZATION = "organization"
    """Another organization was chosen, or none."""
    NOT_KEPT = "not_kept"
    """The sign-in is good, but could not be written down for the next run."""
    PAUSED = "paused"
    """Nothing is sent for `seconds`: the service asked for that, or a failure is waited for."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """What a function that is given as `on_event` gets."""

    what: Happened
    service: str
    """The service's word, such as `photoshelter`."""
    generation: int = 0
    """Counts the sessions that this account has had here."""
    seconds: float = 0.0
    """A pause's length."""
    detail: str = ""
    """For people: no program should read it."""
