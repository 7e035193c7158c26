"""Organizations and who is a member of which."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from safelight.authentication.audit import Event
from safelight.errors import NotFound
from safelight.identity.account import Account
from safelight.identity.ids import AccountId, OrganizationId
from safelight.identity.organization import Membership, Organization, Role
from safelight.stores.sql.accounts import read_account
from safelight.stores.sql.database import Database
from safelight.stores.sql.journal import write_event
from safelight.stores.sql.tables import account, membership, organization

_ROLES = {role.value: role for role in Role}

# Asked anew for each request of a session that acts for an organization.
_ROLE_OF = "SELECT role FROM membership WHERE account_id = ? AND organization_id = ?"

_MEMBERSHIPS_OF = (
    select(organization, membership.c.role)
    .join(membership, membership.c.organization_id == organization.c.id)
    .where(membership.c.account_id == bindparam("account"))
    .order_by(organization.c.name, organization.c.number)
)


class SqlOrganizations:
    """`authentication.ports.OrganizationStore` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, id: OrganizationId) -> Organization | None:
        rows = self._database.rows(select(organization).where(organization.c.id == id))
        return _read_organization(rows[0]) if rows else None

    async def find_by_name(self, name: str) -> list[Organization]:
        """Those of exactly this name, the oldest first."""
        question = select(organization).where(organization.c.name == name)
        rows = self._database.rows(question.order_by(organization.c.number))
        return [_read_organization(row) for row in rows]

    async def list_organizations(self) -> list[Organization]:
        """The oldest first."""
        rows = self._database.rows(select(organization).order_by(organization.c.number))
        return [_read_organization(row) for row in rows]

    async def memberships_of(self, id: AccountId) -> list[Membership]:
        rows = self._database.rows(_MEMBERSHIPS_OF, {"account": id})
        return [
            Membership(account_id=id, organization=_read_organization(row), role=_ROLES[row.role])
            for row in rows
        ]

    async def role_of(self, account_id: AccountId, id: OrganizationId) -> Role | None:
        row = self._database.first(_ROLE_OF, (account_id, id))
        return None if row is None else _ROLES[row[0]]

    async def members(self, id: OrganizationId) -> list[tuple[Account, Role]]:
        """In the order of the accounts' numbers."""
        rows = self._database.rows(
            select(account, membership.c.role)
            .join(membership, membership.c.account_id == account.c.id)
            .where(membership.c.organization_id == id)
            .order_by(account.c.number)
        )
        return [(read_account(row), _ROLES[row.role]) for row in rows]

    async def add(self, new: Organization, event: Event) -> None:
        def job(connection: Connection) -> None:
            connection.execute(
                insert(organization).values(id=new.id, name=new.name, created_at=new.created_at)
            )
            write_event(connection, event)

        await self._database.write(job)

    async def join(
        self, id: OrganizationId, account_id: AccountId, role: Role, event: Event
    ) -> None:
        """See the port. Raises NotFound when the account or the organization is gone."""
        joined = sqlite.insert(membership).values(
            account_id=account_id, organization_id=id, role=role.value
        )

        def job(connection: Connection) -> None:
            try:
                connection.execute(
                    joined.on_conflict_do_update(
                        index_elements=["account_id", "organization_id"],
                        set_={"role": role.value},
                    )
                )
            except IntegrityError:
                raise NotFound("The account or the organization is gone.") from None
            write_event(connection, event)

        await self._database.write(job)


def _read_organization(row: Row[Any]) -> Organization:
    return Organization(id=row.id, name=row.name, created_at=row.created_at)
