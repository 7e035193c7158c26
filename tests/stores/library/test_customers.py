"""Customers and notifications in SQL."""

from __future__ import annotations

import msgspec
import pytest
from tests.stores.library.records import ALL, LATER, a_customer, own
from tests.stores.records import NOW, SECOND, Worker, a_notice

from safelight.errors import NotFound
from safelight.identity.account import Account
from safelight.identity.ids import CustomerId, NotificationId
from safelight.library.customer import Customer, CustomerKind
from safelight.library.ports import CustomerChange, LibraryStore, Window


async def test_a_customer_is_found_as_it_was_added(store: LibraryStore, ada: Account) -> None:
    new = a_customer(own(ada))
    added = await store.add_customer(new)
    assert added == Customer(
        id=new.id,
        number=1,
        owner=own(ada),
        kind=CustomerKind.CLIENT,
        archived=False,
        first_name="Grace",
        last_name="Hopper",
        email="grace@example.com",
        phone="+1 555 0100",
        company="Navy",
        job_title="Admiral",
        notes="Likes bugs",
        created_at=NOW,
    )
    assert await store.find_customer(new.id) == added


async def test_customers_are_listed_by_kind_and_text(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    for new in (
        a_customer(own(ada)),
        a_customer(own(ada), kind=CustomerKind.LEAD, first_name="Alan", last_name="Turing"),
        a_customer(own(ada), kind=CustomerKind.OTHER, email="kay@example.org", company="Bletchley"),
        a_customer(own(bob)),
    ):
        await store.add_customer(new)
    every = frozenset(CustomerKind)

    async def listed(kinds: frozenset[CustomerKind], text: str | None) -> list[int]:
        found = await store.list_customers(own(ada), kinds, text, ALL)
        assert await store.count_customers(own(ada), kinds, text) == len(found)
        return [customer.number for customer in found]

    assert await listed(every, None) == [3, 2, 1]
    assert await listed(frozenset({CustomerKind.LEAD}), None) == [2]
    assert await listed(frozenset(), None) == []
    assert await listed(every, "hopper") == [3, 1]
    assert await listed(every, "alan tur") == [2]
    assert await listed(every, "KAY@") == [3]
    assert await listed(every, "bletch") == [3]
    assert await listed(every, "bugs") == []


async def test_a_customer_changes_what_is_named(store: LibraryStore, ada: Account) -> None:
    customer = await store.add_customer(a_customer(own(ada)))
    assert await store.change_customer(customer.id, CustomerChange()) == customer
    change = CustomerChange(kind=CustomerKind.OTHER, archived=True, notes="", phone="1")
    changed = await store.change_customer(customer.id, change)
    assert changed == msgspec.structs.replace(
        customer, kind=CustomerKind.OTHER, archived=True, notes="", phone="1"
    )

    await store.remove_customer(customer.id)
    assert await store.find_customer(customer.id) is None
    with pytest.raises(NotFound):
        await store.remove_customer(customer.id)
    with pytest.raises(NotFound):
        await store.change_customer(CustomerId("cl_gone"), change)


async def test_a_notification_is_read_once(
    here: Worker, store: LibraryStore, ada: Account, bob: Account
) -> None:
    for kind in ("new_device", "password_changed"):
        await here.leave(a_notice(ada.id, kind))

    newest, oldest = await store.list_notifications(ada.id, ALL)
    assert (newest.kind, newest.number, newest.read_at) == ("password_changed", 2, None)
    assert (oldest.kind, oldest.text, oldest.created_at) == (
        "new_device",
        "Something happened.",
        NOW,
    )
    assert await store.list_notifications(ada.id, Window(limit=5, after=2)) == [oldest]
    assert await store.count_notifications(ada.id) == 2
    assert await store.count_notifications(bob.id) == 0

    read = await store.mark_notification_read(ada.id, oldest.id, LATER)
    assert read == msgspec.structs.replace(oldest, read_at=LATER)
    assert await store.mark_notification_read(ada.id, oldest.id, LATER + SECOND) == read


async def test_anothers_notification_is_not_found(
    here: Worker, store: LibraryStore, ada: Account, bob: Account
) -> None:
    await here.leave(a_notice(ada.id))
    [notification] = await store.list_notifications(ada.id, ALL)
    for account_id, wanted in ((bob.id, notification.id), (ada.id, NotificationId("not_gone"))):
        with pytest.raises(NotFound):
            await store.mark_notification_read(account_id, wanted, NOW)
    assert (await store.list_notifications(ada.id, ALL))[0].read_at is None
