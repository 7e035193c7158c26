"""What an owner leaves behind when it goes."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, case, delete, func, select, update

from safelight.identity.ids import AccountId, OrganizationId
from safelight.identity.organization import Role
from safelight.stores.sql.photos import holder_of
from safelight.stores.sql.tables import customer, gallery, membership, photo

_KINDS = (photo, gallery, customer)


def remove_belongings(
    connection: Connection, *, account_id: AccountId | None, organization_id: OrganizationId | None
) -> list[str]:
    """See `LibraryStore.remove_library_of`."""
    digests: set[str] = set()
    if organization_id is not None:
        digests |= _remove(connection, "organization_id", organization_id)
    if account_id is not None:
        for kind in _KINDS:
            _bequeath(connection, kind, account_id)
        digests |= _remove(connection, "account_id", account_id)
    return sorted(digest for digest in digests if not connection.scalar(holder_of(digest)))


def _bequeath(connection: Connection, kind: Table, account_id: AccountId) -> None:
    """Let another member have put there what the account put into organizations.

    The account is a foreign key of each row: what still names it goes with it.
    """
    heir = (
        select(membership.c.account_id)
        .where(
            membership.c.organization_id == kind.c.organization_id,
            membership.c.account_id != account_id,
        )
        .order_by(_rank(), membership.c.account_id)
        .limit(1)
        .correlate(kind)
        .scalar_subquery()
    )
    connection.execute(
        update(kind)
        .where(kind.c.account_id == account_id, kind.c.organization_id.is_not(None))
        .values(account_id=func.coalesce(heir, account_id))
    )


def _rank() -> ColumnElement[int]:
    ranks = {Role.OWNER.value: 0, Role.MANAGER.value: 1, Role.MEMBER.value: 2}
    return case(ranks, value=membership.c.role)


def _remove(connection: Connection, column: str, id: str) -> set[str]:
    """Remove the rows that name the owner in `column`; the digests that they held."""
    held = select(photo.c.digest).where(photo.c[column] == id).distinct()
    digests = set(connection.scalars(held))
    for kind in _KINDS:
        connection.execute(delete(kind).where(kind.c[column] == id))
    return digests
