"""What authentication needs kept. Stores find and write; they judge nothing.

Every write is durable when it returns unless it says otherwise, and writes the `Event` that it is
given in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from safelight.authentication.audit import Event, Notice
from safelight.authentication.session import Held, Session
from safelight.authentication.throttle import Counted, Subject
from safelight.identity.account import Account, AccountState, Identifier
from safelight.identity.application import Application
from safelight.identity.ids import AccountId, ApplicationId, OrganizationId, SessionId, TokenId
from safelight.identity.organization import Membership, Organization, Role
from safelight.identity.permission import Scope


class PasswordRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Kept apart from the account, which can so be shown whole."""

    encoded: str
    changed_at: datetime
    must_change: bool


class Proved(msgspec.Struct, frozen=True, gc=False):
    """Whose password was right, as both stood when it was checked."""

    account: Account
    record: PasswordRecord


class StoredToken(msgspec.Struct, frozen=True, kw_only=True):
    """A personal access token, without its secret."""

    id: TokenId
    account_id: AccountId
    name: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class StoredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A secret of the server, of 32 bytes. The newest signs; the others only verify."""

    id: str
    secret: bytes
    created_at: datetime

    def __repr__(self) -> str:
        return f"StoredKey(id={self.id!r}, …)"


class NewAccount(msgspec.Struct, frozen=True, kw_only=True):
    id: AccountId
    email: str
    username: str
    first_name: str
    last_name: str
    admin: bool
    created_at: datetime
    encoded_password: str
    must_change: bool = False


class AccountStore(Protocol):
    async def find(self, id: AccountId) -> Account | None: ...
    async def find_by_number(self, number: int) -> Account | None: ...
    async def find_by_identifier(self, identifier: Identifier) -> Account | None: ...
    async def password_of(self, id: AccountId) -> PasswordRecord | None: ...
    async def list_accounts(self) -> list[Account]: ...
    async def has_admin(self) -> bool: ...

    async def add(
        self, account: NewAccount, event: Event, *, setup_digest: bytes | None = None
    ) -> Account:
        """Raises Conflict, whose message names the field that is taken. With `setup_digest`, that
        one-time token is spent in the same transaction; Unauthenticated if it is not there (any
        more): of those who race with one token, one alone wins."""
        ...

    async def change_names(
        self,
        id: AccountId,
        *,
        first_name: str,
        last_name: str,
        email: str,
        event: Event,
        notice: Notice | None = None,
    ) -> Account: ...

    async def change_password(
        self,
        id: AccountId,
        record: PasswordRecord,
        event: Event,
        *,
        keep: SessionId | None,
        notice: Notice,
    ) -> None:
        """Every session but `keep` ends, in the same transaction."""
        ...

    async def rehash_password(self, id: AccountId, old: str, new: str) -> None:
        """Only if the hash is still `old`."""
        ...

    async def set_state(self, id: AccountId, state: AccountState, event: Event) -> None:
        """Suspending ends every session, in the same transaction."""
        ...

    async def remove(self, id: AccountId, event: Event) -> None:
        """With its sessions, tokens and memberships."""
        ...

    async def put_setup_token(self, digest: bytes, at: datetime) -> None:
        """Replaces an earlier one."""
        ...

    async def is_setup_token(self, digest: bytes, not_before: datetime) -> bool: ...


class OrganizationStore(Protocol):
    async def find(self, id: OrganizationId) -> Organization | None: ...
    async def find_by_name(self, name: str) -> list[Organization]: ...
    async def list_organizations(self) -> list[Organization]: ...
    async def memberships_of(self, id: AccountId) -> list[Membership]:
        """In the order of the organizations' names."""
        ...

    async def role_of(self, account_id: AccountId, id: OrganizationId) -> Role | None: ...
    async def members(self, id: OrganizationId) -> list[tuple[Account, Role]]: ...
    async def add(self, organization: Organization, event: Event) -> None: ...
    async def join(
        self, id: OrganizationId, account_id: AccountId, role: Role, event: Event
    ) -> None:
        """A member who is one already gets the new role."""
        ...


class ApplicationStore(Protocol):
    async def find_by_key(self, digest: bytes) -> Application | None: ...
    async def list_applications(self, owner_id: AccountId | None) -> list[Application]:
        """Of one owner; of everybody for None."""
        ...

    async def add(self, application: Application, key_digest: bytes, event: Event) -> None: ...
    async def remove(self, id: ApplicationId, event: Event) -> bool: ...
    async def touch(self, id: ApplicationId, at: datetime) -> None:
        """Not durable: a crash of the machine may lose it."""
        ...


class SessionStore(Protocol):
    async def find(self, digest: bytes) -> Held | None: ...
    async def find_by_id(self, id: SessionId) -> Held | None: ...
    async def find_anew(self, id: SessionId) -> Held | None:
        """Past what is remembered, which may not know of a use that another worker saw."""
        ...

    async def of_account(self, id: AccountId) -> list[Session]:
        """Newest first, live or not."""
        ...

    async def add(
        self,
        session: Session,
        digest: bytes,
        event: Event,
        *,
        device: bytes,
        notice: Notice | None,
        proved: Proved,
        replaced: tuple[SessionId, Event] | None = None,
    ) -> None:
        """A sign-in that a change of the password or the end of all sessions overtook, since it was
        `proved`, is refused. `device` becomes known; `notice` is left only if the account knows
        others but not it. The session `replaced` ends in the same transaction; its event is
        written if it was there.
        """
        ...

    async def record(
        self,
        id: AccountId,
        event: Event,
        *,
        device: bytes | None = None,
        notice: Notice | None = None,
    ) -> None:
        """What makes and ends no session: a proof by password alone, a renewal. A `device` becomes
        known, and `notice` is left, as in `add`."""
        ...

    async def touch(self, id: SessionId, at: datetime) -> None:
        """Not durable: a crash of the machine may lose it."""
        ...

    async def bind(self, id: SessionId, organization: OrganizationId | None, event: Event) -> bool:
        """False when the session is gone."""
        ...

    async def remove(self, id: SessionId, event: Event, *, notice: Notice | None = None) -> bool:
        """Whether there was one: only then is the event written and the notice left."""
        ...

    async def remove_all_of(
        self, id: AccountId, at: datetime, event: Event, *, keep: SessionId | None
    ) -> int:
        """Also moves `sessions_valid_from` on, unless a session is kept: to `at`, or past where it
        is if that is later. How many ended."""
        ...

    async def rotate(
        self, id: SessionId, *, used: bytes, successor: bytes, successor_jti: str, at: datetime
    ) -> str | None:
        """Make `successor` the session's digest if `used` is; else the `jti` that took the place
        of `used` earlier, or None if `used` is unknown. Exactly one of a race wins."""
        ...

    async def rotated_at(self, used: bytes) -> tuple[SessionId, datetime] | None: ...
    async def show_again(self, digest: bytes, created_after: datetime) -> bool:
        """True once for a session made after that instant, False ever after (RM-16)."""
        ...

    async def purge(self, realm: str, *, seen_before: datetime, created_before: datetime) -> int:
        """Remove those that can be live no more."""
        ...


class PersonalTokenStore(Protocol):
    async def find(self, digest: bytes) -> tuple[StoredToken, Account] | None: ...
    async def of_account(self, id: AccountId) -> list[StoredToken]: ...
    async def add(self, token: StoredToken, digest: bytes, event: Event) -> None: ...
    async def remove(self, account_id: AccountId, id: TokenId, event: Event) -> bool: ...
    async def touch(self, id: TokenId, at: datetime) -> None: ...


class AttemptStore(Protocol):
    def failures(self, subject: Subject, counted: Counted) -> list[datetime]:
        """The newest `subject.limit` failures within `counted`, newest first."""
        ...

    async def fail(
        self, subjects: Iterable[Subject], at: datetime, counted: Counted, event: Event
    ) -> bool:
        """Write down a failure of each subject, and forget all that are not within `counted`. When
        one of them has reached its limit in it, nothing is written, and it is False."""
        ...

    async def record(self, event: Event) -> None:
        """A refusal that is no failure of anybody's."""
        ...

    async def may_pass(self, subjects: Iterable[Subject], counted: Counted) -> bool:
        """Whether none of them has reached its limit within `counted`: asked in turn with what is
        failing at this moment, on every worker."""
        ...


class KeyStore(Protocol):
    def version(self) -> object:
        """Something that differs when the keys have changed. Cheap enough for each request."""
        ...

    def keys(self) -> tuple[StoredKey, ...]:
        """Newest first; never empty."""
        ...


TOUCH_LIFE = timedelta(minutes=1)
"""How far the `last_used_at` of a personal token or an application may lag."""
