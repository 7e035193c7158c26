"""Customers and notifications."""

from __future__ import annotations

from typing import Any

import pytest
from tests.library.branch import ALL, Branch, as_caller
from tests.stores.records import a_notice

from safelight.errors import InvalidFields, NotFound
from safelight.identity.principal import Caller
from safelight.library.customer import CustomerKind
from safelight.library.ports import CustomerChange, Window
from safelight.library.questions import (
    AddCustomer,
    ChangeCustomer,
    DeleteCustomer,
    GetCustomer,
    ListCustomers,
    ListNotifications,
    ReadNotification,
)


async def test_a_customer_is_kept_as_given(branch: Branch, ada: Caller) -> None:
    question = AddCustomer(
        first_name=" Grace ",
        last_name="Hopper",
        email="Grace@Example.com",
        phone="+1 555 0100",
        company="Navy",
        job_title="Admiral",
        notes="Likes\nbugs",
        kind=CustomerKind.LEAD,
    )
    customer = await branch.ask(ada, question)
    assert (customer.first_name, customer.last_name) == ("Grace", "Hopper")
    assert (customer.email, customer.notes) == ("Grace@Example.com", "Likes\nbugs")
    assert (customer.kind, customer.archived) == (CustomerKind.LEAD, False)
    assert await branch.ask(ada, GetCustomer(id=customer.id)) == customer

    await branch.ask(ada, DeleteCustomer(id=customer.id))
    with pytest.raises(NotFound):
        await branch.ask(ada, GetCustomer(id=customer.id))


@pytest.mark.parametrize(
    "question",
    [
        AddCustomer(first_name="Grace"),
        AddCustomer(last_name="Hopper"),
        AddCustomer(email="grace@example.com"),
        AddCustomer(company="Navy"),
    ],
)
async def test_one_name_is_enough(branch: Branch, ada: Caller, question: AddCustomer) -> None:
    assert (await branch.ask(ada, question)).number == 1


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (AddCustomer(), "first_name"),
        (AddCustomer(first_name="  ", phone="1", job_title="x", notes="x"), "first_name"),
        (AddCustomer(first_name="a" * 101), "first_name"),
        (AddCustomer(last_name="a" * 101), "last_name"),
        (AddCustomer(company="a" * 201), "company"),
        (AddCustomer(first_name="a", phone="1" * 51), "phone"),
        (AddCustomer(first_name="a", job_title="a" * 101), "job_title"),
        (AddCustomer(first_name="a", notes="a" * 5001), "notes"),
        (AddCustomer(first_name="a\r\nb"), "first_name"),
        (AddCustomer(email="grace"), "email"),
        (AddCustomer(email="grace@example.com\nBcc: x@example.com"), "email"),
        (AddCustomer(email="a" * 250 + "@b.cd"), "email"),
    ],
)
async def test_a_customer_that_breaks_a_rule_is_not_added(
    branch: Branch, ada: Caller, question: AddCustomer, field: str
) -> None:
    with pytest.raises(InvalidFields) as refusal:
        await branch.ask(ada, question)
    assert set(refusal.value.fields) == {field}
    assert (await branch.ask(ada, ListCustomers(window=ALL))).total == 0


async def test_a_customer_never_loses_its_last_name(branch: Branch, ada: Caller) -> None:
    customer = await branch.ask(ada, AddCustomer(first_name="Grace"))

    async def change(**texts: Any) -> object:
        question = ChangeCustomer(id=customer.id, change=CustomerChange(**texts))
        return await branch.ask(ada, question)

    with pytest.raises(InvalidFields):
        await change(first_name="")
    with pytest.raises(InvalidFields):
        await change(email="nonsense")
    await change(first_name="", company="Navy")
    await change(notes="x")
    with pytest.raises(InvalidFields):
        await change(company="")
    found = await branch.ask(ada, GetCustomer(id=customer.id))
    assert (found.first_name, found.company, found.notes) == ("", "Navy", "x")


async def test_customers_come_in_pages(branch: Branch, ada: Caller) -> None:
    for kind in (CustomerKind.CLIENT, CustomerKind.LEAD, CustomerKind.CLIENT):
        await branch.ask(ada, AddCustomer(first_name="Grace", kind=kind))
    clients = frozenset({CustomerKind.CLIENT})
    first = await branch.ask(ada, ListCustomers(window=Window(limit=1), kinds=clients))
    assert ([each.number for each in first.items], first.next, first.total) == ([3], 3, 2)
    second = await branch.ask(
        ada, ListCustomers(window=Window(limit=1, after=3), kinds=clients, text="GRA")
    )
    assert ([each.number for each in second.items], second.next) == ([1], None)


async def test_a_members_customers_are_the_organizations(branch: Branch) -> None:
    ada, bob = await branch.add_person("ada"), await branch.add_person("bob")
    studio = await branch.add_studio(ada, bob)
    customer = await branch.ask(as_caller(ada, studio), AddCustomer(first_name="Grace"))
    listing = ListCustomers(window=ALL)
    assert (await branch.ask(as_caller(bob, studio), listing)).items == (customer,)
    assert (await branch.ask(as_caller(ada), listing)).items == ()


async def test_a_notification_is_marked_as_read(branch: Branch) -> None:
    ada, bob = await branch.add_person("ada"), await branch.add_person("bob")
    studio = await branch.add_studio(ada)
    for kind in ("new_device", "password_changed"):
        await branch.here.worker.leave(a_notice(ada.id, kind))

    page = await branch.ask(as_caller(ada, studio), ListNotifications(window=Window(limit=1)))
    assert ([each.kind for each in page.items], page.next, page.total) == (
        ["password_changed"],
        2,
        2,
    )
    question = ReadNotification(id=page.items[0].id)
    with pytest.raises(NotFound):
        await branch.ask(as_caller(bob), question)
    read = await branch.ask(as_caller(ada), question)
    assert read.read_at is not None
    assert await branch.ask(as_caller(ada), question) == read
