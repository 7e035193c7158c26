"""A third process beside the workers: the stores of a data folder, as the operator's command has
them, kept open so that a change costs a commit and no start of a program."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from safelight.authentication.audit import Event, Notice, What
from safelight.authentication.opaque_token import new_session_token, new_setup_token
from safelight.authentication.password import PasswordHashing
from safelight.authentication.ports import NewAccount, PasswordRecord, Proved
from safelight.authentication.session import Session
from safelight.bootstrap import Stores, make_hashing, open_stores
from safelight.clock import SystemClock, system_entropy
from safelight.config import read_settings
from safelight.data_folder import prepare_data
from safelight.identity.account import Account, AccountState, read_identifier
from safelight.identity.application import Application, new_api_key
from safelight.identity.ids import SessionId, new_account_id, new_application_id, new_session_id
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from tools.prove.kinds import PASSWORD

QUICK = {"PASSWORDS__MEMORY_KIB": "8", "PASSWORDS__PASSES": "1"}
"""Settings under which a sign-in costs a commit and hardly a hash."""


class Opened(NamedTuple):
    """A session that was made without a sign-in."""

    id: SessionId
    token: str


class Operator:
    def __init__(self, stores: Stores, hashing: PasswordHashing) -> None:
        self._stores = stores
        self._hashing = hashing
        self._runner = asyncio.Runner()
        self._clock = SystemClock()

    def close(self) -> None:
        self._stores.close()
        self._runner.close()
        self._hashing.close()

    def add_account(self, username: str, *, admin: bool = False) -> Account:
        async def work() -> Account:
            now = self._clock.now()
            account = NewAccount(
                id=new_account_id(system_entropy),
                email=f"{username}@example.com",
                username=username,
                first_name="Ada",
                last_name="Lovelace",
                admin=admin,
                created_at=now,
                encoded_password=await self._hashing.hash(Secret(PASSWORD)),
            )
            return await self._stores.accounts.add(account, self._event(What.ACCOUNT_ADDED))

        return self._runner.run(work())

    def add_application(self) -> str:
        """The API key."""
        key = new_api_key(system_entropy)
        application = Application(
            id=new_application_id(system_entropy),
            name="Plug-in",
            owner_id=None,
            created_at=self._clock.now(),
            last_used_at=None,
        )
        event = self._event(What.APPLICATION_ADDED)
        self._runner.run(self._stores.applications.add(application, key.digest(), event))
        return key.reveal()

    def put_setup_token(self) -> str:
        token = new_setup_token(system_entropy)
        self._runner.run(self._stores.accounts.put_setup_token(token.digest(), self._clock.now()))
        return token.reveal()

    def find_admin(self) -> Account:
        """The only one."""
        (admin,) = self._admins()
        return admin

    def count_admins(self) -> int:
        return len(self._admins())

    def _admins(self) -> list[Account]:
        accounts = self._runner.run(self._stores.accounts.list_accounts())
        return [account for account in accounts if account.admin]

    def suspend(self, username: str) -> None:
        event = self._event(What.ACCOUNT_SUSPENDED)
        self._runner.run(self._set_state(username, AccountState.SUSPENDED, event))

    def resume(self, username: str) -> None:
        event = self._event(What.ACCOUNT_RESUMED)
        self._runner.run(self._set_state(username, AccountState.ACTIVE, event))

    async def _set_state(self, username: str, state: AccountState, event: Event) -> None:
        await self._stores.accounts.set_state((await self._find(username)).id, state, event)

    def delete(self, username: str) -> None:
        async def work() -> None:
            account = await self._find(username)
            await self._stores.accounts.remove(account.id, self._event(What.ACCOUNT_DELETED))

        self._runner.run(work())

    def set_password(self, username: str, password: str) -> None:
        async def work() -> None:
            record = PasswordRecord(
                encoded=await self._hashing.hash(Secret(password)),
                changed_at=self._clock.now(),
                must_change=False,
            )
            event = self._event(What.PASSWORD_CHANGED)
            account = await self._find(username)
            notice = Notice(
                account_id=account.id, kind="password_changed", text="Changed.", at=event.at
            )
            await self._stores.accounts.change_password(
                account.id, record, event, keep=None, notice=notice
            )

        self._runner.run(work())

    def open_session(self, account: Account) -> Opened:
        """On the native wire."""
        token, now = new_session_token(system_entropy), self._clock.now()
        session = Session(
            id=new_session_id(system_entropy),
            account_id=account.id,
            organization_id=None,
            application_id=None,
            realm="native",
            carrier=Carrier.BEARER,
            created_at=now,
            last_seen_at=now,
            user_agent="",
            address="127.0.0.1",
        )
        event = self._event(What.SIGNED_IN)
        record = self._runner.run(self._stores.accounts.password_of(account.id))
        assert record is not None
        adding = self._stores.sessions.add(
            session,
            token.digest(),
            event,
            device=b"device",
            notice=None,
            proved=Proved(account, record),
        )
        self._runner.run(adding)
        return Opened(session.id, token.reveal())

    def end_session(self, id: SessionId) -> None:
        self._runner.run(self._stores.sessions.remove(id, self._event(What.SESSION_ENDED)))

    def notices_of(self, username: str, kind: str) -> int:
        account = self._runner.run(self._find(username))
        row = self._stores.database.raw.execute(
            "SELECT count(*) FROM notification WHERE account_id = ? AND kind = ?",
            (account.id, kind),
        ).fetchone()
        return int(row[0])

    def forget_failures(self) -> None:
        """Of all accounts and addresses, as if the window of the throttle had passed."""

        def job(connection: Connection) -> None:
            connection.exec_driver_sql("DELETE FROM attempt")

        self._runner.run(self._stores.database.write(job))

    async def _find(self, username: str) -> Account:
        account = await self._stores.accounts.find_by_identifier(read_identifier(username))
        assert account is not None
        return account

    def _event(self, what: What) -> Event:
        return Event(what=what, at=self._clock.now())


@contextmanager
def operating(data: Path) -> Iterator[Operator]:
    """Over a data folder, which is made when it is not there."""
    settings = read_settings(
        None, None, {f"SAFELIGHT_{key}": value for key, value in QUICK.items()}
    )
    clock = SystemClock()
    prepare_data(data, clock)
    stores = open_stores(data, settings, clock, system_entropy)
    operator = Operator(stores, make_hashing(settings, system_entropy))
    try:
        yield operator
    finally:
        operator.close()
