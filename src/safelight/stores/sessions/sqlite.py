"""Sessions in the database file: one indexed read, remembered until anybody commits anything.

So a session that one worker ends is over for every other at its next request.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from safelight.authentication.audit import Event, Notice
from safelight.authentication.ports import Proved
from safelight.authentication.session import Held, Session
from safelight.clock import Entropy
from safelight.errors import AccountMissing, InvalidCredential, NotFound
from safelight.identity.account import Account
from safelight.identity.ids import AccountId, OrganizationId, SessionId
from safelight.identity.realm import Carrier
from safelight.recall import Recall
from safelight.stores.sql.accounts import STATES, end_sessions
from safelight.stores.sql.database import Database
from safelight.stores.sql.instants import from_integer
from safelight.stores.sql.journal import write_event, write_notice
from safelight.stores.sql.tables import (
    account,
    known_device,
    password,
    refresh_successor,
    session,
)
from safelight.stores.sql.touches import Touches

_CARRIERS = {carrier.value: carrier for carrier in Carrier}

_HELD = """
SELECT s.id, s.account_id, s.organization_id, s.application_id, s.realm, s.carrier,
    s.created_at, s.last_seen_at, s.user_agent, s.address,
    a.number, a.email, a.username, a.first_name, a.last_name, a.state, a.admin,
    a.created_at, a.sessions_valid_from, p.must_change
FROM session AS s JOIN account AS a ON a.id = s.account_id
LEFT JOIN password AS p ON p.account_id = s.account_id
"""
_BY_DIGEST = _HELD + "WHERE s.digest = ?"
_BY_ID = _HELD + "WHERE s.id = ?"

# What a sign-in asks and writes: made once, since making a statement costs more than running it.
_IS_AS_PROVED = (
    select(account.c.id)
    .join(password, password.c.account_id == account.c.id)
    .where(
        account.c.id == bindparam("account"),
        account.c.sessions_valid_from == bindparam("valid_from"),
        password.c.changed_at == bindparam("changed_at"),
    )
)
_ADD = insert(session)
_ANY_DEVICE = (
    select(known_device.c.device).where(known_device.c.account_id == bindparam("account")).limit(1)
)
_KNOW_DEVICE = sqlite.insert(known_device).on_conflict_do_nothing()


class SqliteSessions:
    """`authentication.ports.SessionStore`. A change that finds no session writes no event."""

    def __init__(self, database: Database, entropy: Entropy) -> None:
        self._database = database
        self._entropy = entropy
        self._touches = Touches(database, session.c.last_seen_at)
        self._recall: Recall[bytes | str, Held] = Recall(database.generation.count)

    async def find(self, digest: bytes) -> Held | None:
        return self._as_used(self._recall.get(digest) or self._read(_BY_DIGEST, digest))

    async def find_by_id(self, id: SessionId) -> Held | None:
        return self._as_used(self._recall.get(id) or self._read(_BY_ID, id))

    async def find_anew(self, id: SessionId) -> Held | None:
        return self._as_used(self._read(_BY_ID, id))

    def _as_used(self, held: Held | None) -> Held | None:
        """With the last use that this worker knows of: it may not be written down yet, and what
        is remembered does not learn when it is."""
        if held is None:
            return None
        known = held.session.last_seen_at
        latest = self._touches.latest(held.session.id, known)
        if latest is None or latest == known:
            return held
        used = msgspec.structs.replace(held.session, last_seen_at=latest)
        return msgspec.structs.replace(held, session=used)

    def _read(self, sql: str, key: bytes | str) -> Held | None:
        count = self._recall.count()
        row = self._database.first(sql, (key,))
        if row is None:
            return None
        held = _read_held(row)
        self._recall.keep(key, held, count)
        return held

    async def of_account(self, id: AccountId) -> list[Session]:
        question = select(session).where(session.c.account_id == id)
        order = (session.c.created_at.desc(), session.c.id)
        return [_read_session(row) for row in self._database.rows(question.order_by(*order))]

    async def add(
        self,
        new: Session,
        digest: bytes,
        event: Event,
        *,
        device: bytes,
        notice: Notice | None,
        proved: Proved,
        replaced: tuple[SessionId, Event] | None = None,
    ) -> None:
        """See the port. Raises AccountMissing when the account has been removed meanwhile, and
        InvalidCredential when its password was changed or all its sessions were ended meanwhile.
        Instants are compared for being the same, not for being later: a clock may be set back."""

        def job(connection: Connection) -> None:
            try:
                _insert_session(connection, new, digest)
            except IntegrityError:
                raise AccountMissing from None
            then = {
                "account": new.account_id,
                "valid_from": proved.account.sessions_valid_from,
                "changed_at": proved.record.changed_at,
            }
            if connection.execute(_IS_AS_PROVED, then).first() is None:
                raise InvalidCredential
            is_news = _know_device(connection, new.account_id, device, new.created_at)
            if notice is not None and is_news:
                write_notice(connection, notice, self._entropy)
            if replaced is not None:
                _replace(connection, new.account_id, *replaced)
            write_event(connection, event)

        await self._database.write(job, announced=replaced is not None)

    async def record(
        self,
        id: AccountId,
        event: Event,
        *,
        device: bytes | None = None,
        notice: Notice | None = None,
    ) -> None:
        """See the port. Raises AccountMissing when the account has been removed meanwhile."""

        def job(connection: Connection) -> None:
            if device is not None:
                try:
                    is_news = _know_device(connection, id, device, event.at)
                except IntegrityError:
                    raise AccountMissing from None
                if notice is not None and is_news:
                    write_notice(connection, notice, self._entropy)
            write_event(connection, event)

        await self._database.write(job, announced=False)

    async def touch(self, id: SessionId, at: datetime) -> None:
        """Returns at once; the use is written down soon, or lost."""
        self._touches.add(id, at)

    async def settle(self) -> None:
        """Write down the uses that are not yet."""
        await self._touches.settle()

    async def bind(self, id: SessionId, organization: OrganizationId | None, event: Event) -> bool:
        """See the port. Raises NotFound when the organization is gone."""

        def job(connection: Connection) -> bool:
            try:
                bound = connection.execute(
                    update(session).where(session.c.id == id).values(organization_id=organization)
                )
            except IntegrityError:
                raise NotFound("The organization is gone.") from None
            if bound.rowcount == 0:
                return False
            write_event(connection, event)
            return True

        return await self._database.write(job)

    async def remove(self, id: SessionId, event: Event, *, notice: Notice | None = None) -> bool:
        def job(connection: Connection) -> bool:
            if connection.execute(delete(session).where(session.c.id == id)).rowcount == 0:
                return False
            write_event(connection, event)
            if notice is not None:
                write_notice(connection, notice, self._entropy)
            return True

        return await self._database.write(job)

    async def remove_all_of(
        self, id: AccountId, at: datetime, event: Event, *, keep: SessionId | None
    ) -> int:
        def job(connection: Connection) -> int:
            ended = end_sessions(connection, id, at, keep=keep)
            write_event(connection, event)
            return ended

        return await self._database.write(job)

    async def rotate(
        self, id: SessionId, *, used: bytes, successor: bytes, successor_jti: str, at: datetime
    ) -> str | None:
        def job(connection: Connection) -> str | None:
            replaced = connection.execute(
                update(session)
                .where(session.c.id == id, session.c.digest == used)
                .values(digest=successor)
            )
            if replaced.rowcount == 0:
                return _successor_of(connection, id, used)
            connection.execute(
                insert(refresh_successor).values(
                    used_digest=used, session_id=id, used_at=at, successor_jti=successor_jti
                )
            )
            return successor_jti

        return await self._database.write(job)

    async def rotated_at(self, used: bytes) -> tuple[SessionId, datetime] | None:
        question = select(refresh_successor).where(refresh_successor.c.used_digest == used)
        rows = self._database.rows(question)
        return (SessionId(rows[0].session_id), rows[0].used_at) if rows else None

    async def show_again(self, digest: bytes, created_after: datetime) -> bool:
        def job(connection: Connection) -> bool:
            shown = connection.execute(
                update(session)
                .where(
                    session.c.digest == digest,
                    session.c.created_at > created_after,
                    session.c.shown_again.is_(False),
                )
                .values(shown_again=True)
            )
            return shown.rowcount == 1

        return await self._database.write(job)

    async def purge(self, realm: str, *, seen_before: datetime, created_before: datetime) -> int:
        """See the port: those last seen, or made, before the given instants. How many went."""

        def job(connection: Connection) -> int:
            over = or_(session.c.last_seen_at < seen_before, session.c.created_at < created_before)
            return connection.execute(
                delete(session).where(session.c.realm == realm, over)
            ).rowcount

        return await self._database.write(job)


def _read_held(row: tuple[Any, ...]) -> Held:
    # In one go, since every request pays for it.
    (
        session_id, account_id, organization_id, application_id, realm, carrier,
        created_at, last_seen_at, user_agent, address,
        number, email, username, first_name, last_name, state, admin, added_at, valid_from,
        must_change,
    ) = row  # fmt: skip
    return Held(
        session=Session(
            id=session_id,
            account_id=account_id,
            organization_id=organization_id,
            application_id=application_id,
            realm=realm,
            carrier=_CARRIERS[carrier],
            created_at=from_integer(created_at),
            last_seen_at=from_integer(last_seen_at),
            user_agent=user_agent,
            address=address,
        ),
        account=Account(
            id=account_id,
            number=number,
            email=email,
            username=username,
            first_name=first_name,
            last_name=last_name,
            state=STATES[state],
            admin=admin == 1,
            created_at=from_integer(added_at),
            sessions_valid_from=from_integer(valid_from),
        ),
        must_change=must_change == 1,
    )


def _read_session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        account_id=row.account_id,
        organization_id=row.organization_id,
        application_id=row.application_id,
        realm=row.realm,
        carrier=_CARRIERS[row.carrier],
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        user_agent=row.user_agent,
        address=row.address,
    )


def _insert_session(connection: Connection, new: Session, digest: bytes) -> None:
    connection.execute(
        _ADD,
        {
            "digest": digest,
            "id": new.id,
            "account_id": new.account_id,
            "organization_id": new.organization_id,
            "application_id": new.application_id,
            "realm": new.realm,
            "carrier": new.carrier.value,
            "created_at": new.created_at,
            "last_seen_at": new.last_seen_at,
            "user_agent": new.user_agent,
            "address": new.address,
            "shown_again": False,
        },
    )


def _replace(connection: Connection, account: AccountId, id: SessionId, event: Event) -> None:
    ended = delete(session).where(session.c.id == id, session.c.account_id == account)
    if connection.execute(ended).rowcount == 1:
        write_event(connection, event)


def _know_device(connection: Connection, account: AccountId, device: bytes, at: datetime) -> bool:
    """Whether the device is new to an account that knows others. From now on it is known."""
    known_any = connection.execute(_ANY_DEVICE, {"account": account}).first() is not None
    new = {"account_id": account, "device": device, "first_seen_at": at}
    added = connection.execute(_KNOW_DEVICE, new)
    return known_any and added.rowcount == 1


def _successor_of(connection: Connection, id: SessionId, used: bytes) -> str | None:
    return connection.execute(
        select(refresh_successor.c.successor_jti).where(
            refresh_successor.c.used_digest == used, refresh_successor.c.session_id == id
        )
    ).scalar()
