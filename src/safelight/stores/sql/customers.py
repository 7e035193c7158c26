"""The customers' statements: questions as SELECTs, changes as what a transaction does."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from safelight.errors import NotFound
from safelight.identity.ids import CustomerId
from safelight.library.customer import Customer, CustomerKind
from safelight.library.photo import Owner
from safelight.library.ports import CustomerChange, NewCustomer, Window
from safelight.stores.sql.listing import contains_text, newest_first, owned_by
from safelight.stores.sql.tables import customer

_KINDS = {each.value: each for each in CustomerKind}


def customer_with_id(id: CustomerId) -> Select[Any]:
    return select(customer).where(customer.c.id == id)


def listed_customers(
    owner: Owner, kinds: frozenset[CustomerKind], text: str | None, window: Window
) -> Select[Any]:
    question = select(customer).where(*_conditions(owner, kinds, text))
    return newest_first(question, customer.c.number, window)


def counted_customers(
    owner: Owner, kinds: frozenset[CustomerKind], text: str | None
) -> Select[Any]:
    return select(func.count()).select_from(customer).where(*_conditions(owner, kinds, text))


def _conditions(
    owner: Owner, kinds: frozenset[CustomerKind], text: str | None
) -> list[ColumnElement[bool]]:
    found = [owned_by(customer, owner), customer.c.kind.in_(sorted(each.value for each in kinds))]
    if text:
        full_name = customer.c.first_name + " " + customer.c.last_name
        found.append(contains_text(text, full_name, customer.c.email, customer.c.company))
    return found


def add_customer(connection: Connection, new: NewCustomer) -> Customer:
    statement = insert(customer).values(
        id=new.id,
        account_id=new.owner.account_id,
        organization_id=new.owner.organization_id,
        kind=new.kind.value,
        archived=False,
        first_name=new.first_name,
        last_name=new.last_name,
        email=new.email,
        phone=new.phone,
        company=new.company,
        job_title=new.job_title,
        notes=new.notes,
        created_at=new.created_at,
    )
    try:
        connection.execute(statement)
    except IntegrityError:
        raise NotFound("The account or the organization is gone.") from None
    return _require_customer(connection, new.id)


def change_customer(connection: Connection, id: CustomerId, change: CustomerChange) -> Customer:
    values = {
        "kind": None if change.kind is None else change.kind.value,
        "archived": change.archived,
        "first_name": change.first_name,
        "last_name": change.last_name,
        "email": change.email,
        "phone": change.phone,
        "company": change.company,
        "job_title": change.job_title,
        "notes": change.notes,
    }
    wanted = {name: value for name, value in values.items() if value is not None}
    if wanted:
        connection.execute(update(customer).where(customer.c.id == id).values(**wanted))
    return _require_customer(connection, id)


def remove_customer(connection: Connection, id: CustomerId) -> None:
    if connection.execute(delete(customer).where(customer.c.id == id)).rowcount == 0:
        raise NotFound


def _require_customer(connection: Connection, id: CustomerId) -> Customer:
    row = connection.execute(customer_with_id(id)).first()
    if row is None:
        raise NotFound
    return read_customer(row)


def read_customer(row: Row[Any]) -> Customer:
    return Customer(
        id=row.id,
        number=row.number,
        owner=Owner(account_id=row.account_id, organization_id=row.organization_id),
        kind=_KINDS[row.kind],
        archived=row.archived,
        first_name=row.first_name,
        last_name=row.last_name,
        email=row.email,
        phone=row.phone,
        company=row.company,
        job_title=row.job_title,
        notes=row.notes,
        created_at=row.created_at,
    )
