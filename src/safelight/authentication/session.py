"""Sessions: when one is live, when it is touched. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from safelight.identity.account import Account, AccountState
from safelight.identity.ids import AccountId, ApplicationId, OrganizationId, SessionId
from safelight.identity.realm import Carrier, Realm


class Session(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A login that is still open: how it was made, and when it was last used.

    `last_seen_at` lags by at most a tenth of the idle limit, since it is not written at each use.
    """

    id: SessionId
    account_id: AccountId
    organization_id: OrganizationId | None
    application_id: ApplicationId | None
    realm: str
    carrier: Carrier
    created_at: datetime
    last_seen_at: datetime
    user_agent: str
    address: str


class Held(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A session as a store found it, with the account it belongs to: one read. `must_change`:
    somebody else chose the account's password."""

    session: Session
    account: Account
    must_change: bool = False


def is_live(session: Session, account: Account, realm: Realm, now: datetime) -> bool:
    """Whether the session may still be used. On the instant of a limit it is over.

    Idle: `last_seen_at` plus the limit of its carrier. Absolute: `created_at` plus the realm's.
    One that is from further ahead than its limit is long is over as well: the clock was set back
    since, and the limit would not be one. An account that is not active has no live sessions (ASVS
    7.4.1, 7.4.2).
    """
    return (
        abs(now - session.last_seen_at) < realm.idle_of(session.carrier)
        and abs(now - session.created_at) < realm.absolute
        and account.state is AccountState.ACTIVE
    )


def expires_at(session: Session, realm: Realm) -> datetime:
    """The first instant at which the session is over if it is not used again."""
    idle = session.last_seen_at + realm.idle_of(session.carrier)
    return min(idle, session.created_at + realm.absolute)


def is_touch_due(session: Session, realm: Realm, now: datetime) -> bool:
    """Whether this use should be written down: after a tenth of the idle limit."""
    return now - session.last_seen_at >= realm.idle_of(session.carrier) / 10


def good_until(session: Session, realm: Realm) -> datetime:
    """The first instant at which a live session has to be judged anew, if nothing is written
    before: when its next touch is due, or its absolute limit ends."""
    touch_due = session.last_seen_at + realm.idle_of(session.carrier) / 10
    return min(touch_due, session.created_at + realm.absolute)


SETUP_LIFE = timedelta(days=1)
"""How long the one-time set-up token of a first start is good."""
