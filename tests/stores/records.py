"""Opened stores over one file, and records to put in them."""

from __future__ import annotations

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from safelight.authentication.audit import Event, Notice, What
from safelight.authentication.ports import NewAccount, PasswordRecord, Proved, StoredToken
from safelight.authentication.session import Session
from safelight.clock import system_entropy
from safelight.identity.account import Account
from safelight.identity.application import Application
from safelight.identity.ids import (
    AccountId,
    OrganizationId,
    new_account_id,
    new_application_id,
    new_organization_id,
    new_session_id,
    new_token_id,
)
from safelight.identity.organization import Organization
from safelight.identity.permission import Scope
from safelight.identity.realm import Carrier
from safelight.stores.sessions.sqlite import SqliteSessions
from safelight.stores.sql.accounts import SqlAccounts
from safelight.stores.sql.applications import SqlApplications
from safelight.stores.sql.attempts import SqlAttempts
from safelight.stores.sql.database import Database
from safelight.stores.sql.journal import SqlJournal, write_notice
from safelight.stores.sql.migrate import migrate
from safelight.stores.sql.organizations import SqlOrganizations
from safelight.stores.sql.tokens import SqlTokens

NOW = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC)
"""With microseconds that a float of seconds since 1970 does not hold."""

SECOND = timedelta(seconds=1)
MICROSECOND = timedelta(microseconds=1)
DEVICE = b"laptop" * 2

_names = itertools.count(1)


class Worker(msgspec.Struct, frozen=True):
    """What one process has open."""

    database: Database
    accounts: SqlAccounts
    organizations: SqlOrganizations
    applications: SqlApplications
    sessions: SqliteSessions
    tokens: SqlTokens
    attempts: SqlAttempts
    journal: SqlJournal

    def audited(self) -> list[str]:
        """The events that were written down, oldest first."""
        return [row[0] for row in self.database.raw.execute("SELECT event FROM audit ORDER BY id")]

    async def leave(self, notice: Notice) -> None:
        """A notification that nothing caused."""
        await self.database.write(
            lambda connection: write_notice(connection, notice, system_entropy)
        )

    def notices(self) -> list[tuple[str, str]]:
        """The account and the kind of every notification, oldest first."""
        found = self.database.raw.execute(
            "SELECT account_id, kind FROM notification ORDER BY number"
        )
        return found.fetchall()


def open_worker(path: Path) -> Worker:
    migrate(path, now=NOW)
    database = Database(path)
    return Worker(
        database=database,
        accounts=SqlAccounts(database, system_entropy),
        organizations=SqlOrganizations(database),
        applications=SqlApplications(database),
        sessions=SqliteSessions(database, system_entropy),
        tokens=SqlTokens(database),
        attempts=SqlAttempts(database),
        journal=SqlJournal(database),
    )


def digest_of(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def an_event(what: What = What.SIGNED_IN, at: datetime = NOW, **detail: str) -> Event:
    return Event(what=what, at=at, detail=detail)


def a_notice(account_id: AccountId, kind: str = "new_device") -> Notice:
    return Notice(account_id=account_id, kind=kind, text="Something happened.", at=NOW)


def a_new_account(
    username: str | None = None,
    *,
    email: str | None = None,
    admin: bool = False,
    created_at: datetime = NOW - timedelta(days=1),
) -> NewAccount:
    username = username or f"ada{next(_names)}"
    return NewAccount(
        id=new_account_id(system_entropy),
        email=email or f"{username}@example.com",
        username=username,
        first_name="Ada",
        last_name="Lovelace",
        admin=admin,
        created_at=created_at,
        encoded_password="encoded",
    )


async def add_account(worker: Worker, username: str | None = None) -> Account:
    return await worker.accounts.add(a_new_account(username), an_event(What.ACCOUNT_ADDED))


def a_session(
    account: Account,
    *,
    realm: str = "native",
    created_at: datetime = NOW,
    organization_id: OrganizationId | None = None,
    carrier: Carrier = Carrier.COOKIE,
) -> Session:
    return Session(
        id=new_session_id(system_entropy),
        account_id=account.id,
        organization_id=organization_id,
        application_id=None,
        realm=realm,
        carrier=carrier,
        created_at=created_at,
        last_seen_at=created_at,
        user_agent="Browser/1",
        address="192.0.2.1",
    )


async def add_session(
    worker: Worker,
    account: Account,
    token: str | None = None,
    *,
    realm: str = "native",
    created_at: datetime = NOW,
    device: bytes = DEVICE,
    proved: Proved | None = None,
) -> Session:
    """By the password that the account was made with, unless something else is `proved`."""
    session = a_session(account, realm=realm, created_at=created_at)
    await worker.sessions.add(
        session,
        digest_of(token or session.id),
        an_event(at=created_at),
        device=device,
        notice=a_notice(account.id),
        proved=proved or proof(account),
    )
    return session


def proof(account: Account, changed_at: datetime | None = None) -> Proved:
    """Of the account as it is here, with a password that was changed then, or never."""
    record = PasswordRecord(
        encoded="encoded", changed_at=changed_at or account.created_at, must_change=False
    )
    return Proved(account, record)


def an_organization(name: str = "Studio") -> Organization:
    return Organization(id=new_organization_id(system_entropy), name=name, created_at=NOW)


def an_application(owner: Account | None, *, created_at: datetime = NOW) -> Application:
    return Application(
        id=new_application_id(system_entropy),
        name="Plug-in",
        owner_id=owner.id if owner else None,
        created_at=created_at,
        last_used_at=None,
    )


def a_token(account: Account, *, created_at: datetime = NOW) -> StoredToken:
    return StoredToken(
        id=new_token_id(system_entropy),
        account_id=account.id,
        name="Backup script",
        scopes=frozenset({Scope.PHOTOS_READ, Scope.ACCOUNT_READ}),
        created_at=created_at,
        expires_at=None,
        last_used_at=None,
    )
