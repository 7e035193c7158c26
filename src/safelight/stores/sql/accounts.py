"""Accounts, their passwords, and the one-time token of the first start."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Row,
    bindparam,
    case,
    delete,
    insert,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import sqlite

from safelight.authentication.audit import Event, Notice
from safelight.authentication.ports import NewAccount, PasswordRecord
from safelight.clock import Entropy
from safelight.errors import Conflict, NotFound, Unauthenticated
from safelight.identity.account import Account, AccountState, Identifier
from safelight.identity.ids import AccountId, SessionId
from safelight.recall import Recall
from safelight.stores.sql.database import Database
from safelight.stores.sql.instants import from_integer, to_integer
from safelight.stores.sql.journal import write_event, write_notice
from safelight.stores.sql.tables import account, password, session, setup_token

STATES = {state.value: state for state in AccountState}
_HIGHEST_NUMBER = 2**63 - 1
_PASSWORD_OF = select(password).where(password.c.account_id == bindparam("account"))


class SqlAccounts:
    """`authentication.ports.AccountStore` in SQL. What changes an account that is not there raises
    NotFound."""

    def __init__(self, database: Database, entropy: Entropy) -> None:
        self._database = database
        self._entropy = entropy
        self._recall: Recall[str, Account] = Recall(database.generation.count)

    async def find(self, id: AccountId) -> Account | None:
        return self._find(account.c.id, id)

    async def find_by_number(self, number: int) -> Account | None:
        if not 0 < number <= _HIGHEST_NUMBER:
            return None
        return self._find(account.c.number, number)

    async def find_by_identifier(self, identifier: Identifier) -> Account | None:
        if identifier.email is not None:
            return self._find(account.c.email_key, identifier.email)
        return self._find(account.c.username, identifier.username)

    def _find(self, column: Column[Any], value: str | int | None) -> Account | None:
        key = f"{column.name} {value}"
        recalled = self._recall.get(key)
        if recalled is not None:
            return recalled
        count = self._recall.count()
        rows = self._database.rows(select(account).where(column == value))
        if not rows:
            return None
        found = read_account(rows[0])
        self._recall.keep(key, found, count)
        return found

    async def password_of(self, id: AccountId) -> PasswordRecord | None:
        rows = self._database.rows(_PASSWORD_OF, {"account": id})
        return _read_password(rows[0]) if rows else None

    async def list_accounts(self) -> list[Account]:
        """In the order of their numbers."""
        found = self._database.rows(select(account).order_by(account.c.number))
        return [read_account(row) for row in found]

    async def has_admin(self) -> bool:
        return bool(self._database.rows(select(account.c.id).where(account.c.admin).limit(1)))

    async def add(
        self, new: NewAccount, event: Event, *, setup_digest: bytes | None = None
    ) -> Account:
        def job(connection: Connection) -> Account:
            if setup_digest is not None:
                _spend_setup_token(connection, setup_digest)
            _require_free_email(connection, new.email, new.id)
            _require_free_username(connection, new.username)
            _insert_account(connection, new)
            write_event(connection, event)
            return _require_account(connection, new.id)

        return await self._database.write(job)

    async def change_names(
        self,
        id: AccountId,
        *,
        first_name: str,
        last_name: str,
        email: str,
        event: Event,
        notice: Notice | None = None,
    ) -> Account:
        """Raises Conflict for another account's e-mail address."""

        def job(connection: Connection) -> Account:
            _require_free_email(connection, email, id)
            connection.execute(
                update(account)
                .where(account.c.id == id)
                .values(
                    first_name=first_name,
                    last_name=last_name,
                    email=email,
                    email_key=email.lower(),
                )
            )
            changed = _require_account(connection, id)
            write_event(connection, event)
            if notice is not None:
                write_notice(connection, notice, self._entropy)
            return changed

        return await self._database.write(job)

    async def change_password(
        self,
        id: AccountId,
        record: PasswordRecord,
        event: Event,
        *,
        keep: SessionId | None,
        notice: Notice,
    ) -> None:
        """See the port. `sessions_valid_from` moves to the change, too, unless a session is kept:
        that one is older."""

        def job(connection: Connection) -> None:
            _require_account(connection, id)
            _put_password(connection, id, record)
            end_sessions(connection, id, record.changed_at, keep=keep)
            write_event(connection, event)
            write_notice(connection, notice, self._entropy)

        await self._database.write(job)

    async def rehash_password(self, id: AccountId, old: str, new: str) -> None:
        def job(connection: Connection) -> None:
            connection.execute(
                update(password)
                .where(password.c.account_id == id, password.c.encoded == old)
                .values(encoded=new)
            )

        await self._database.write(job)

    async def set_state(self, id: AccountId, state: AccountState, event: Event) -> None:
        """See the port. A suspension moves `sessions_valid_from` as well: a sign-in that was under
        way meanwhile is not to come alive when the account is resumed."""

        def job(connection: Connection) -> None:
            _require_account(connection, id)
            connection.execute(update(account).where(account.c.id == id).values(state=state.value))
            if state is AccountState.SUSPENDED:
                end_sessions(connection, id, event.at, keep=None)
            write_event(connection, event)

        await self._database.write(job)

    async def remove(self, id: AccountId, event: Event) -> None:
        """See the port. All else that belongs to the account goes with it, by its foreign keys."""

        def job(connection: Connection) -> None:
            _require_account(connection, id)
            connection.execute(delete(account).where(account.c.id == id))
            write_event(connection, event)

        await self._database.write(job)

    async def put_setup_token(self, digest: bytes, at: datetime) -> None:
        def job(connection: Connection) -> None:
            connection.execute(delete(setup_token))
            connection.execute(insert(setup_token).values(digest=digest, created_at=at))

        await self._database.write(job)

    async def is_setup_token(self, digest: bytes, not_before: datetime) -> bool:
        """On the instant itself, too, the token is over."""
        question = select(setup_token.c.digest).where(
            setup_token.c.digest == digest, setup_token.c.created_at > not_before
        )
        return bool(self._database.rows(question))


def read_account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        number=row.number,
        email=row.email,
        username=row.username,
        first_name=row.first_name,
        last_name=row.last_name,
        state=STATES[row.state],
        admin=row.admin,
        created_at=row.created_at,
        sessions_valid_from=row.sessions_valid_from,
    )


def read_plain_account(row: tuple[Any, ...]) -> Account:
    """From the columns as they lie in the file, in the order of `Account`'s fields."""
    found, number, email, username, first, last, state, admin, created_at, valid_from = row
    return Account(
        id=found,
        number=number,
        email=email,
        username=username,
        first_name=first,
        last_name=last,
        state=STATES[state],
        admin=admin == 1,
        created_at=from_integer(created_at),
        sessions_valid_from=from_integer(valid_from),
    )


def end_sessions(
    connection: Connection, id: AccountId, at: datetime, *, keep: SessionId | None
) -> int:
    """Delete the account's sessions but `keep`; if none is kept, those that are on their way into
    the table are over as well. How many were deleted."""
    ended = delete(session).where(session.c.account_id == id)
    if keep is not None:
        return connection.execute(ended.where(session.c.id != keep)).rowcount
    before, now = type_coerce(account.c.sessions_valid_from, BigInteger), to_integer(at)
    connection.execute(
        update(account)
        .where(account.c.id == id)
        .values(sessions_valid_from=case((before < now, now), else_=before + 1))
    )
    return connection.execute(ended).rowcount


def _read_password(row: Row[Any]) -> PasswordRecord:
    return PasswordRecord(
        encoded=row.encoded, changed_at=row.changed_at, must_change=row.must_change
    )


def _require_account(connection: Connection, id: AccountId) -> Account:
    row = connection.execute(select(account).where(account.c.id == id)).first()
    if row is None:
        raise NotFound("There is no such account.")
    return read_account(row)


# The writer holds the file's write lock, so what is free here is still free at the insert.


def _require_free_email(connection: Connection, email: str, id: AccountId) -> None:
    taken = select(account.c.id).where(account.c.email_key == email.lower(), account.c.id != id)
    if connection.execute(taken).first() is not None:
        raise Conflict("An account with this e-mail address exists already.", "email")


def _require_free_username(connection: Connection, username: str) -> None:
    taken = select(account.c.id).where(account.c.username == username)
    if connection.execute(taken).first() is not None:
        raise Conflict("An account with this username exists already.", "username")


def _insert_account(connection: Connection, new: NewAccount) -> None:
    connection.execute(
        insert(account).values(
            id=new.id,
            email=new.email,
            email_key=new.email.lower(),
            username=new.username,
            first_name=new.first_name,
            last_name=new.last_name,
            state=AccountState.ACTIVE.value,
            admin=new.admin,
            created_at=new.created_at,
            sessions_valid_from=new.created_at,
        )
    )
    record = PasswordRecord(
        encoded=new.encoded_password, changed_at=new.created_at, must_change=new.must_change
    )
    _put_password(connection, new.id, record)


def _put_password(connection: Connection, id: AccountId, record: PasswordRecord) -> None:
    values = {
        "encoded": record.encoded,
        "changed_at": record.changed_at,
        "must_change": record.must_change,
    }
    put = sqlite.insert(password).values(account_id=id, **values)
    connection.execute(put.on_conflict_do_update(index_elements=["account_id"], set_=values))


def _spend_setup_token(connection: Connection, digest: bytes) -> None:
    spent = connection.execute(delete(setup_token).where(setup_token.c.digest == digest))
    if spent.rowcount == 0:
        raise Unauthenticated("The set-up token is missing or not valid.")
