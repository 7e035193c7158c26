"""Applications in SQL."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from tests.stores.records import (
    NOW,
    SECOND,
    Worker,
    add_account,
    an_application,
    an_event,
    digest_of,
)

from safelight.authentication.audit import What
from safelight.errors import AccountMissing
from safelight.identity.account import Account
from safelight.identity.application import Application


async def add(worker: Worker, owner: Account | None, key: str, *, age: int = 0) -> Application:
    application = an_application(owner, created_at=NOW - age * SECOND)
    await worker.applications.add(application, digest_of(key), an_event(What.APPLICATION_ADDED))
    return application


async def test_an_application_is_found_by_its_key_alone(here: Worker, there: Worker) -> None:
    owned = await add(here, await add_account(here), "one")
    free = await add(here, None, "two")

    assert await there.applications.find_by_key(digest_of("one")) == owned
    assert await there.applications.find_by_key(digest_of("two")) == free
    assert await there.applications.find_by_key(digest_of("three")) is None


async def test_applications_are_listed_by_owner_or_all(here: Worker) -> None:
    ada, eve = await add_account(here), await add_account(here)
    first = await add(here, ada, "one", age=3)
    second = await add(here, ada, "two", age=2)
    other = await add(here, eve, "three", age=1)
    free = await add(here, None, "four")

    assert await here.applications.list_applications(ada.id) == [first, second]
    assert await here.applications.list_applications(None) == [first, second, other, free]


async def test_a_removed_application_is_gone_for_every_worker(here: Worker, there: Worker) -> None:
    application = await add(here, None, "one")
    assert await there.applications.find_by_key(digest_of("one")) is not None

    removed = await here.applications.remove(application.id, an_event(What.APPLICATION_REMOVED))
    again = await here.applications.remove(application.id, an_event(What.APPLICATION_REMOVED))

    assert (removed, again) == (True, False)
    assert await there.applications.find_by_key(digest_of("one")) is None
    assert here.audited() == ["application_added", "application_removed"]


async def test_an_application_of_nobody_who_is_there_is_not_added(here: Worker) -> None:
    account = await add_account(here)
    await here.accounts.remove(account.id, an_event(What.ACCOUNT_DELETED))

    with pytest.raises(AccountMissing):
        await add(here, account, "one")


async def test_a_use_is_written_down_in_the_background(here: Worker) -> None:
    application = await add(here, None, "one")

    await here.applications.touch(application.id, NOW + SECOND)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        await task

    (found,) = await here.applications.list_applications(None)
    assert found == msgspec.structs.replace(application, last_used_at=NOW + SECOND)
