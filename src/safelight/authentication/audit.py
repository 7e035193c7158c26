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
    SIGN_IN_REFUSED = "sign_in_refused"
    SIGNED_OUT = "signed_out"
    SESSION_ENDED = "session_ended"
    SESSIONS_ENDED = "sessions_ended"
    TOKEN_RENEWED = "token_renewed"
    TOKEN_REPLAYED = "token_replayed"
    ORGANIZATION_SELECTED = "organization_selected"
    PASSWORD_CHANGED = "password_changed"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_SUSPENDED = "account_suspended"
    ACCOUNT_RESUMED = "account_resumed"
    ACCOUNT_DELETED = "account_deleted"
    PERSONAL_TOKEN_ADDED = "personal_token_added"
    PERSONAL_TOKEN_REMOVED = "personal_token_removed"
    APPLICATION_ADDED = "application_added"
    APPLICATION_REMOVED = "application_removed"
    ORGANIZATION_ADDED = "organization_added"
    MEMBER_JOINED = "member_joined"
    KEYS_ROTATED = "keys_rotated"


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
