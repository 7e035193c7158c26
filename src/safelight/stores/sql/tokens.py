"""Personal access tokens: their digests and what they may do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select
from sqlalchemy.exc import IntegrityError

from safelight.authentication.audit import Event
from safelight.authentication.ports import StoredToken
from safelight.errors import AccountMissing
from safelight.identity.account import Account
from safelight.identity.ids import AccountId, TokenId
from safelight.identity.permission import Scope
from safelight.recall import Recall
from safelight.stores.sql.accounts import read_plain_account
from safelight.stores.sql.database import Database
from safelight.stores.sql.instants import from_integer
from safelight.stores.sql.journal import write_event
from safelight.stores.sql.tables import personal_token
from safelight.stores.sql.touches import Touches

_SCOPES = {scope.value: scope for scope in Scope}

_FIND = """
SELECT t.id, t.account_id, t.name, t.scopes, t.created_at, t.expires_at, t.last_used_at,
    a.id, a.number, a.email, a.username, a.first_name, a.last_name, a.state, a.admin,
    a.created_at, a.sessions_valid_from
FROM personal_token AS t JOIN account AS a ON a.id = t.account_id
WHERE t.digest = ?
"""


class SqlTokens:
    """`authentication.ports.PersonalTokenStore` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._touches = Touches(database, personal_token.c.last_used_at)
        self._recall: Recall[bytes, tuple[StoredToken, Account]] = Recall(database.generation.count)

    async def find(self, digest: bytes) -> tuple[StoredToken, Account] | None:
        found = self._recall.get(digest) or self._read(digest)
        if found is None:
            return None
        token, account = found
        used_at = self._touches.latest(token.id, token.last_used_at)
        return msgspec.structs.replace(token, last_used_at=used_at), account

    def _read(self, digest: bytes) -> tuple[StoredToken, Account] | None:
        count = self._recall.count()
        row = self._database.first(_FIND, (digest,))
        if row is None:
            return None
        found, account_id, name, scopes, created_at, expires_at, last_used_at = row[:7]
        token = StoredToken(
            id=found,
            account_id=account_id,
            name=name,
            scopes=_read_scopes(scopes),
            created_at=from_integer(created_at),
            expires_at=None if expires_at is None else from_integer(expires_at),
            last_used_at=None if last_used_at is None else from_integer(last_used_at),
        )
        read = token, read_plain_account(row[7:])
        self._recall.keep(digest, read, count)
        return read

    async def of_account(self, id: AccountId) -> list[StoredToken]:
        """The newest first."""
        question = select(personal_token).where(personal_token.c.account_id == id)
        order = (personal_token.c.created_at.desc(), personal_token.c.id)
        return [_read_token(row) for row in self._database.rows(question.order_by(*order))]

    async def add(self, token: StoredToken, digest: bytes, event: Event) -> None:
        """Raises AccountMissing when the account has been removed meanwhile."""

        def job(connection: Connection) -> None:
            try:
                _insert_token(connection, token, digest)
            except IntegrityError:
                raise AccountMissing from None
            write_event(connection, event)

        await self._database.write(job)

    async def remove(self, account_id: AccountId, id: TokenId, event: Event) -> bool:
        """False, and nothing is written down, when the account has no such token."""

        def job(connection: Connection) -> bool:
            removed = connection.execute(
                delete(personal_token).where(
                    personal_token.c.account_id == account_id, personal_token.c.id == id
                )
            )
            if removed.rowcount == 0:
                return False
            write_event(connection, event)
            return True

        return await self._database.write(job)

    async def touch(self, id: TokenId, at: datetime) -> None:
        """Returns at once; the use is written down soon, or lost."""
        self._touches.add(id, at)

    async def settle(self) -> None:
        """Write down the uses that are not yet."""
        await self._touches.settle()


def _insert_token(connection: Connection, token: StoredToken, digest: bytes) -> None:
    connection.execute(
        insert(personal_token).values(
            digest=digest,
            id=token.id,
            account_id=token.account_id,
            name=token.name,
            scopes=" ".join(sorted(scope.value for scope in token.scopes)),
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
        )
    )


def _read_token(row: Row[Any]) -> StoredToken:
    return StoredToken(
        id=row.id,
        account_id=row.account_id,
        name=row.name,
        scopes=_read_scopes(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )


def _read_scopes(words: str) -> frozenset[Scope]:
    """A word that is no scope any more permits nothing."""
    return frozenset(_SCOPES[word] for word in words.split() if word in _SCOPES)
