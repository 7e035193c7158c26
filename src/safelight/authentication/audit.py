"""What is written down: authentication events, each a log line and a row, without secrets."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import msgspec

from safelight.authentication.session import Session
from safelight.identity.ids import AccountId


class What(Enum):
    """Past tense, one fact each."""

    SIGNED_IN = "signed_in"
    """A session was made; in the realm `basic`: a name and password that come with every request
    were proved anew."""
    SIGN_IN_REFUSED = "sign_in_refused"
    """A password was wrong, the account unknown or not active, or too many had failed: `reason`."""
    SIGNED_OUT = "signed_out"
    """A session was ended by who held it."""
    SESSION_ENDED = "session_ended"
    """One session was ended from another one, by the operator, or by a sign-in that took its place
    in the same browser: then `reason` is `replaced`."""
    TOKEN_RENEWED = "token_renewed"
    """A refresh token was exchanged for a new access token."""
    SESSIONS_ENDED = "sessions_ended"
    """All sessions of an account were ended, but for one that may be kept."""
    TOKEN_REPLAYED = "token_replayed"
    """A refresh token was used again after its successor: its session has ended."""
    ORGANIZATION_SELECTED = "organization_selected"
    """A session acts for an organization, or for none again."""
    PASSWORD_CHANGED = "password_changed"
    """By its owner or the operator; other sessions have ended."""
    ACCOUNT_ADDED = "account_added"
    """By sign-up or the operator."""
    ACCOUNT_CHANGED = "account_changed"
    """A name or the e-mail address."""
    ACCOUNT_SUSPENDED = "account_suspended"
    """By the operator; its sessions have ended."""
    ACCOUNT_RESUMED = "account_resumed"
    """By the operator."""
    ACCOUNT_DELETED = "account_deleted"
    """With its photos."""
    PERSONAL_TOKEN_ADDED = "personal_token_added"
    """A personal access token was made: `token` is its id."""
    PERSONAL_TOKEN_REMOVED = "personal_token_removed"
    """It opens nothing any more."""
    APPLICATION_ADDED = "application_added"
    """An API key was made: `application` is the program's id."""
    APPLICATION_REMOVED = "application_removed"
    """Its API key opens nothing any more."""
    ORGANIZATION_ADDED = "organization_added"
    """By a member or the operator."""
    MEMBER_JOINED = "member_joined"
    """An account became a member, or has another role."""
    KEYS_ROTATED = "keys_rotated"
    """The server signs with a new key; `old` says what became of the older ones."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """`detail` holds words and ids only: `reason`, `session`, `method`."""

    what: What
    at: datetime
    account_id: AccountId | None = None
    realm: str | None = None
    address: str | None = None
    detail: dict[str, str] = {}


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """A notification to be left for the account, in the same transaction as its cause."""

    account_id: AccountId
    kind: str
    text: str
    at: datetime


def session_event(what: What, session: Session, address: str, at: datetime) -> Event:
    """Something that happened to a session, by a request from `address`."""
    return Event(
        what=what,
        at=at,
        account_id=session.account_id,
        realm=session.realm,
        address=address,
        detail={"session": session.id, "carrier": session.carrier.value},
    )
