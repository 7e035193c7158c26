"""Whom a server knows: accounts, organizations and programs, put there without a request."""

from __future__ import annotations

import itertools

from safelight.authentication.audit import Event, What
from safelight.authentication.password import PasswordHashing
from safelight.authentication.ports import NewAccount
from safelight.bootstrap import Stores
from safelight.clock import Clock, system_entropy
from safelight.identity.account import Account, AccountState
from safelight.identity.application import Application, new_api_key
from safelight.identity.ids import (
    AccountId,
    OrganizationId,
    new_account_id,
    new_application_id,
    new_organization_id,
)
from safelight.identity.organization import Organization, Role
from safelight.secret import Secret


class Residents:
    """Over opened stores, in the event loop that they are used in."""

    def __init__(self, stores: Stores, hashing: PasswordHashing, clock: Clock) -> None:
        self._stores = stores
        self._hashing = hashing
        self._clock = clock
        self._names = itertools.count(1)

    async def add_account(
        self,
        username: str | None,
        email: str | None,
        password: str,
        names: tuple[str, str],
        admin: bool,
    ) -> Account:
        """`names` are the first and the last one. Without a username, one that nobody has."""
        username = username or f"ada{next(self._names)}"
        account = NewAccount(
            id=new_account_id(system_entropy),
            email=email or f"{username}@example.com",
            username=username,
            first_name=names[0],
            last_name=names[1],
            admin=admin,
            created_at=self._clock.now(),
            encoded_password=await self._hashing.hash(Secret(password)),
        )
        return await self._stores.accounts.add(account, self._event(What.ACCOUNT_ADDED))

    async def suspend(self, id: AccountId) -> None:
        event = self._event(What.ACCOUNT_SUSPENDED, id)
        await self._stores.accounts.set_state(id, AccountState.SUSPENDED, event)

    async def delete(self, id: AccountId) -> None:
        await self._stores.accounts.remove(id, self._event(What.ACCOUNT_DELETED, id))

    async def end_sessions(self, id: AccountId) -> int:
        """All of the account's, on every wire; how many there were."""
        event = self._event(What.SESSIONS_ENDED, id)
        return await self._stores.sessions.remove_all_of(id, self._clock.now(), event, keep=None)

    async def add_organization(
        self, name: str, members: tuple[Account, ...], role: Role
    ) -> OrganizationId:
        organization = Organization(
            id=new_organization_id(system_entropy), name=name, created_at=self._clock.now()
        )
        event = self._event(What.ORGANIZATION_ADDED)
        await self._stores.organizations.add(organization, event)
        for member in members:
            await self._stores.organizations.join(organization.id, member.id, role, event)
        return organization.id

    async def add_application(self, name: str) -> str:
        """Its API key, in the clear."""
        key = new_api_key(system_entropy)
        application = Application(
            id=new_application_id(system_entropy),
            name=name,
            owner_id=None,
            created_at=self._clock.now(),
            last_used_at=None,
        )
        event = self._event(What.APPLICATION_ADDED)
        await self._stores.applications.add(application, key.digest(), event)
        return key.reveal()

    def _event(self, what: What, id: AccountId | None = None) -> Event:
        return Event(what=what, at=self._clock.now(), account_id=id)
