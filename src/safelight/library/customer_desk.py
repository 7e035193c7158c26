"""Answers what is asked about customers and notifications."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from safelight.clock import Clock, Entropy
from safelight.errors import InvalidFields, NotFound
from safelight.identity.account import require_email
from safelight.identity.ids import CustomerId, new_customer_id
from safelight.library.customer import Customer
from safelight.library.notification import Notification
from safelight.library.pages import cut, one_more
from safelight.library.ports import LibraryStore, NewCustomer
from safelight.library.questions import (
    AddCustomer,
    ChangeCustomer,
    CustomerListing,
    DeleteCustomer,
    GetCustomer,
    ListCustomers,
    ListNotifications,
    NotificationListing,
    ReadNotification,
)
from safelight.library.texts import TextRule, require_texts
from safelight.library.visibility import Asker, may_change, require_owner

_TEXTS = {
    "first_name": TextRule(longest=100),
    "last_name": TextRule(longest=100),
    "email": TextRule(longest=254),
    "phone": TextRule(longest=50),
    "company": TextRule(longest=200),
    "job_title": TextRule(longest=100),
    "notes": TextRule(longest=5000, lines=True),
}
_NAMING = ("first_name", "last_name", "email", "company")


class CustomerDesk:
    """Every method answers the question that it takes, as `questions.py` says. Nothing here is
    ever public."""

    def __init__(self, *, store: LibraryStore, clock: Clock, entropy: Entropy) -> None:
        self._store = store
        self._clock = clock
        self._entropy = entropy

    async def list_customers(self, asker: Asker, asked: ListCustomers) -> CustomerListing:
        owner = require_owner(asker)
        found = await self._store.list_customers(
            owner, asked.kinds, asked.text, one_more(asked.window)
        )
        items, last = cut(found, asked.window)
        return CustomerListing(
            items=items,
            total=await self._store.count_customers(owner, asked.kinds, asked.text),
            next=None if last is None else last.number,
        )

    async def get(self, asker: Asker, asked: GetCustomer) -> Customer:
        return await self._require(asker, asked.id)

    async def add(self, asker: Asker, asked: AddCustomer) -> Customer:
        texts = _require_texts(asked)
        _require_name(texts)
        return await self._store.add_customer(
            NewCustomer(
                id=new_customer_id(self._entropy),
                owner=require_owner(asker),
                kind=asked.kind,
                created_at=self._clock.now(),
                **texts,
            )
        )

    async def change(self, asker: Asker, asked: ChangeCustomer) -> Customer:
        texts = _require_texts(asked.change)
        customer = await self._require(asker, asked.id)
        _require_name({field: getattr(customer, field) for field in _NAMING} | texts)
        change = msgspec.structs.replace(asked.change, **texts)
        return await self._store.change_customer(asked.id, change)

    async def delete(self, asker: Asker, asked: DeleteCustomer) -> None:
        customer = await self._require(asker, asked.id)
        await self._store.remove_customer(customer.id)

    async def _require(self, asker: Asker, id: CustomerId) -> Customer:
        customer = await self._store.find_customer(id)
        if customer is None or not may_change(asker, customer.owner):
            raise NotFound
        return customer

    async def list_notifications(
        self, asker: Asker, asked: ListNotifications
    ) -> NotificationListing:
        """The account's own, whatever it acts for."""
        account_id = require_owner(asker).account_id
        found = await self._store.list_notifications(account_id, one_more(asked.window))
        items, last = cut(found, asked.window)
        return NotificationListing(
            items=items,
            total=await self._store.count_notifications(account_id),
            next=None if last is None else last.number,
        )

    async def read_notification(self, asker: Asker, asked: ReadNotification) -> Notification:
        account_id = require_owner(asker).account_id
        return await self._store.mark_notification_read(account_id, asked.id, self._clock.now())


def _require_texts(given: msgspec.Struct) -> dict[str, str]:
    """Those of a customer's texts that are given. Raises InvalidFields."""
    texts = require_texts(_TEXTS, {field: getattr(given, field) for field in _TEXTS})
    if texts.get("email"):
        texts["email"] = require_email(texts["email"])
    return texts


def _require_name(texts: Mapping[str, str]) -> None:
    if not any(texts[field] for field in _NAMING):
        rule = "Give a name, an e-mail address or a company."
        raise InvalidFields({"first_name": (rule,)})
