"""An account, a realm and a session to judge, with only what a test varies to be said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from safelight.authentication.session import Session
from safelight.identity.account import Account, AccountState
from safelight.identity.ids import AccountId, SessionId
from safelight.identity.realm import Carrier, Realm

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
"""The smallest step of the clock: one before a boundary, and one after it."""


def an_account(
    *,
    state: AccountState = AccountState.ACTIVE,
    sessions_valid_from: datetime = NOON - timedelta(days=1),
) -> Account:
    return Account(
        id=AccountId("U0000aaaaaaaaaaa"),
        number=7,
        email="ada@example.com",
        username="ada",
        first_name="Ada",
        last_name="Lovelace",
        state=state,
        admin=False,
        created_at=NOON - timedelta(days=1),
        sessions_valid_from=sessions_valid_from,
    )


def a_realm(**changes: timedelta) -> Realm:
    """Half an hour idle in a cookie and a day in a header; a week in all."""
    limits = {
        "idle": timedelta(minutes=30),
        "token_idle": timedelta(days=1),
        "absolute": timedelta(days=7),
    }
    return Realm(name="studio", protocol="pixieset", **(limits | changes))


def a_session(
    *,
    created_at: datetime = NOON,
    last_seen_at: datetime | None = None,
    carrier: Carrier = Carrier.COOKIE,
) -> Session:
    return Session(
        id=SessionId("ses_aaaaaaaaaaaaaaaaaaaaaa"),
        account_id=AccountId("U0000aaaaaaaaaaa"),
        organization_id=None,
        application_id=None,
        realm="studio",
        carrier=carrier,
        created_at=created_at,
        last_seen_at=last_seen_at or created_at,
        user_agent="test",
        address="127.0.0.1",
    )
