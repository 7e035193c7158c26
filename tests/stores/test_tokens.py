"""Personal access tokens in SQL."""

from __future__ import annotations

import asyncio

import msgspec
import pytest
from tests.stores.records import NOW, SECOND, Worker, a_token, add_account, an_event, digest_of

from safelight.authentication.audit import What
from safelight.authentication.ports import StoredToken
from safelight.errors import AccountMissing
from safelight.identity.account import Account
from safelight.identity.ids import TokenId
from safelight.identity.permission import ALL_SCOPES, Scope

ADDED = an_event(What.PERSONAL_TOKEN_ADDED)
REMOVED = an_event(What.PERSONAL_TOKEN_REMOVED)


async def add(worker: Worker, account: Account, secret: str, *, age: int = 0) -> StoredToken:
    token = a_token(account, created_at=NOW - age * SECOND)
    await worker.tokens.add(token, digest_of(secret), ADDED)
    return token


@pytest.mark.parametrize("scopes", [ALL_SCOPES, frozenset({Scope.PHOTOS_READ})], ids=["all", "one"])
async def test_a_token_is_found_as_it_was_added(
    here: Worker, there: Worker, scopes: frozenset[Scope]
) -> None:
    account = await add_account(here)
    token = msgspec.structs.replace(
        a_token(account), scopes=scopes, expires_at=NOW + SECOND, last_used_at=NOW
    )

    await here.tokens.add(token, digest_of("secret"), ADDED)

    assert await there.tokens.find(digest_of("secret")) == (token, account)
    assert await there.tokens.find(digest_of("other")) is None
    assert await there.tokens.of_account(account.id) == [token]


async def test_a_scope_that_is_none_any_more_permits_nothing(here: Worker) -> None:
    account = await add_account(here)
    await add(here, account, "secret")
    here.database.raw.execute("UPDATE personal_token SET scopes = 'everything photos:read'")

    found = await here.tokens.find(digest_of("secret"))

    assert found is not None
    assert found[0].scopes == {Scope.PHOTOS_READ}


async def test_tokens_are_listed_newest_first(here: Worker) -> None:
    ada, eve = await add_account(here), await add_account(here)
    old = await add(here, ada, "old", age=1)
    new = await add(here, ada, "new")
    await add(here, eve, "other")

    assert await here.tokens.of_account(ada.id) == [new, old]


async def test_only_its_owner_removes_a_token_and_once(here: Worker, there: Worker) -> None:
    ada, eve = await add_account(here), await add_account(here)
    token = await add(here, ada, "secret")

    assert not await here.tokens.remove(eve.id, token.id, REMOVED)
    assert not await here.tokens.remove(ada.id, TokenId("tok_unknown"), REMOVED)
    assert await there.tokens.find(digest_of("secret")) is not None
    assert await here.tokens.remove(ada.id, token.id, REMOVED)
    assert not await here.tokens.remove(ada.id, token.id, REMOVED)

    assert await there.tokens.find(digest_of("secret")) is None
    assert here.audited()[2:] == ["personal_token_added", "personal_token_removed"]


async def test_a_token_of_nobody_who_is_there_is_not_added(here: Worker) -> None:
    account = await add_account(here)
    await here.accounts.remove(account.id, an_event(What.ACCOUNT_DELETED))

    with pytest.raises(AccountMissing):
        await add(here, account, "secret")


async def test_the_first_use_and_later_ones_are_written_down(here: Worker) -> None:
    account = await add_account(here)
    token = await add(here, account, "secret")

    for at in (NOW + SECOND, NOW + 2 * SECOND, NOW):
        await here.tokens.touch(token.id, at)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            await task

    (used,) = await here.tokens.of_account(account.id)
    assert used.last_used_at == NOW + 2 * SECOND
