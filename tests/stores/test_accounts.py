"""Accounts, passwords and the set-up token in SQL."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import msgspec
import pytest
from tests.stores.records import (
    MICROSECOND,
    NOW,
    SECOND,
    Worker,
    a_new_account,
    a_notice,
    a_token,
    add_account,
    add_session,
    an_application,
    an_event,
    an_organization,
    digest_of,
)

from safelight.authentication.audit import What
from safelight.authentication.ports import PasswordRecord
from safelight.errors import Conflict, MalformedRequest, NotFound, Unauthenticated
from safelight.identity.account import Account, AccountState, Identifier, read_identifier
from safelight.identity.ids import AccountId
from safelight.identity.organization import Role

UNKNOWN = AccountId("U0000unknown")
CHANGED = PasswordRecord(encoded="new", changed_at=NOW + SECOND, must_change=False)


async def test_an_account_is_found_as_it_was_added(here: Worker) -> None:
    new = a_new_account("ada", email="Ada@Example.com", admin=True)

    added = await here.accounts.add(new, an_event(What.ACCOUNT_ADDED))

    assert added == Account(
        id=new.id,
        number=1,
        email="Ada@Example.com",
        username="ada",
        first_name="Ada",
        last_name="Lovelace",
        state=AccountState.ACTIVE,
        admin=True,
        created_at=new.created_at,
        sessions_valid_from=new.created_at,
    )
    assert await here.accounts.find(new.id) == added
    assert await here.accounts.find_by_number(1) == added
    assert await here.accounts.list_accounts() == [added]
    assert await here.accounts.password_of(new.id) == PasswordRecord(
        encoded="encoded", changed_at=new.created_at, must_change=False
    )
    assert here.audited() == ["account_added"]


@pytest.mark.parametrize("typed", ["ada", "ada@example.com", " ADA@EXAMPLE.COM "])
async def test_an_account_is_found_by_what_a_person_types(here: Worker, typed: str) -> None:
    new = a_new_account("ada", email="Ada@Example.com")
    added = await here.accounts.add(new, an_event(What.ACCOUNT_ADDED))

    assert await here.accounts.find_by_identifier(read_identifier(typed)) == added


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier(email=None, username="Ada"),
        Identifier(email=None, username="a%"),
        Identifier(email=None, username=""),
        Identifier(email=None, username="ada\x00"),
        Identifier(email=None, username="\ud800"),
        Identifier(email="\udfff@example.com", username=None),
        Identifier(email=None, username="' OR 1=1 --"),
        Identifier(email=None, username=None),
    ],
    ids=ascii,
)
async def test_anything_else_finds_nobody(here: Worker, identifier: Identifier) -> None:
    await add_account(here, "ada")

    assert await here.accounts.find_by_identifier(identifier) is None


@pytest.mark.parametrize("number", [0, -1, 2, 2**63, 2**70, -(2**70)])
async def test_a_number_that_no_account_has_finds_nobody(here: Worker, number: int) -> None:
    await add_account(here)

    assert await here.accounts.find_by_number(number) is None


async def test_a_number_is_never_given_twice(here: Worker) -> None:
    first = await add_account(here)
    await here.accounts.remove(first.id, an_event(What.ACCOUNT_DELETED))

    second = await add_account(here)

    assert (first.number, second.number) == (1, 2)


async def test_an_email_address_is_taken_in_any_case(here: Worker) -> None:
    await here.accounts.add(a_new_account(email="ada@example.com"), an_event(What.ACCOUNT_ADDED))

    with pytest.raises(Conflict) as caught:
        await here.accounts.add(
            a_new_account(email="ADA@Example.com"), an_event(What.ACCOUNT_ADDED)
        )

    assert caught.value.message == "An account with this e-mail address exists already."
    assert caught.value.field == "email"
    assert len(await here.accounts.list_accounts()) == 1
    assert here.audited() == ["account_added"]


async def test_a_username_is_taken_once(here: Worker) -> None:
    await add_account(here, "ada")

    with pytest.raises(Conflict) as caught:
        await here.accounts.add(
            a_new_account("ada", email="other@example.com"), an_event(What.ACCOUNT_ADDED)
        )

    assert caught.value.message == "An account with this username exists already."
    assert caught.value.field == "username"


async def test_of_many_sign_ups_with_one_name_one_succeeds(here: Worker, there: Worker) -> None:
    answers = await asyncio.gather(
        *(
            worker.accounts.add(a_new_account("ada"), an_event(What.ACCOUNT_ADDED))
            for worker in (here, there) * 10
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, Account) for answer in answers) == 1
    assert sum(isinstance(answer, Conflict) for answer in answers) == 19


async def test_a_name_that_is_no_text_is_the_askers_fault(here: Worker) -> None:
    with pytest.raises(MalformedRequest):
        await here.accounts.add(a_new_account("ada\ud800"), an_event(What.ACCOUNT_ADDED))


async def test_whether_there_is_an_admin(here: Worker) -> None:
    await add_account(here)
    assert await here.accounts.has_admin() is False

    await here.accounts.add(a_new_account(admin=True), an_event(What.ACCOUNT_ADDED))

    assert await here.accounts.has_admin() is True


# --- changing ---------------------------------------------------------------------------------


async def test_names_change_and_the_new_address_is_found(here: Worker, there: Worker) -> None:
    account = await add_account(here, "ada")

    changed = await here.accounts.change_names(
        account.id,
        first_name="Augusta",
        last_name="King",
        email="Augusta@Example.com",
        event=an_event(What.ACCOUNT_CHANGED),
    )

    assert changed == msgspec.structs.replace(
        account, first_name="Augusta", last_name="King", email="Augusta@Example.com"
    )
    found = await there.accounts.find_by_identifier(read_identifier("augusta@example.com"))
    assert found == changed
    assert await there.accounts.find_by_identifier(read_identifier("ada@example.com")) is None
    assert here.audited()[-1] == "account_changed"


async def test_an_address_may_change_its_case_but_not_to_anothers(here: Worker) -> None:
    account, other = await add_account(here, "ada"), await add_account(here, "eve")

    changed = await here.accounts.change_names(
        account.id,
        first_name="Ada",
        last_name="L",
        email="ADA@example.com",
        event=an_event(What.ACCOUNT_CHANGED),
    )
    with pytest.raises(Conflict):
        await here.accounts.change_names(
            other.id,
            first_name="Eve",
            last_name="L",
            email="Ada@Example.com",
            event=an_event(What.ACCOUNT_CHANGED),
        )

    assert changed.email == "ADA@example.com"
    assert await here.accounts.find(other.id) == other


async def test_a_new_password_ends_every_session_but_the_kept_one(here: Worker) -> None:
    account, other = await add_account(here), await add_account(here)
    kept = await add_session(here, account)
    await add_session(here, account)
    strangers = await add_session(here, other)

    await here.accounts.change_password(
        account.id,
        CHANGED,
        an_event(What.PASSWORD_CHANGED),
        keep=kept.id,
        notice=a_notice(account.id, "password_changed"),
    )

    assert await here.accounts.password_of(account.id) == CHANGED
    assert await here.sessions.of_account(account.id) == [kept]
    assert await here.sessions.of_account(other.id) == [strangers]
    assert await here.accounts.find(account.id) == account
    assert here.audited()[-1] == "password_changed"
    assert here.notices() == [(account.id, "password_changed")]


async def test_a_new_password_without_a_kept_session_ends_all_that_was_before(
    here: Worker,
) -> None:
    account = await add_account(here)
    await add_session(here, account)

    await here.accounts.change_password(
        account.id,
        CHANGED,
        an_event(What.PASSWORD_CHANGED),
        keep=None,
        notice=a_notice(account.id),
    )

    found = await here.accounts.find(account.id)
    assert await here.sessions.of_account(account.id) == []
    assert found is not None
    assert found.sessions_valid_from == CHANGED.changed_at


async def test_a_hash_is_renewed_only_if_it_is_still_the_old_one(here: Worker) -> None:
    account = await add_account(here)

    await here.accounts.rehash_password(account.id, "another", "wrong")
    await here.accounts.rehash_password(account.id, "encoded", "renewed")

    record = await here.accounts.password_of(account.id)
    assert record == PasswordRecord(
        encoded="renewed", changed_at=account.created_at, must_change=False
    )


async def test_suspending_ends_every_session_for_good(here: Worker) -> None:
    account = await add_account(here)
    await add_session(here, account)
    at = NOW + SECOND

    await here.accounts.set_state(
        account.id, AccountState.SUSPENDED, an_event(What.ACCOUNT_SUSPENDED, at)
    )
    suspended = await here.accounts.find(account.id)
    await here.accounts.set_state(
        account.id, AccountState.ACTIVE, an_event(What.ACCOUNT_RESUMED, at + SECOND)
    )
    resumed = await here.accounts.find(account.id)

    assert suspended == msgspec.structs.replace(
        account, state=AccountState.SUSPENDED, sessions_valid_from=at
    )
    assert resumed == msgspec.structs.replace(account, sessions_valid_from=at)
    assert await here.sessions.of_account(account.id) == []
    assert here.audited()[-2:] == ["account_suspended", "account_resumed"]


async def test_resuming_ends_no_session(here: Worker) -> None:
    account = await add_account(here)
    session = await add_session(here, account)

    await here.accounts.set_state(account.id, AccountState.ACTIVE, an_event(What.ACCOUNT_RESUMED))

    assert await here.sessions.of_account(account.id) == [session]


async def test_all_that_belongs_to_an_account_goes_with_it(here: Worker) -> None:
    account, other = await add_account(here), await add_account(here)
    organization = an_organization()
    await here.organizations.add(organization, an_event(What.ORGANIZATION_ADDED))
    for member in (account, other):
        await here.organizations.join(
            organization.id, member.id, Role.OWNER, an_event(What.MEMBER_JOINED)
        )
        await add_session(here, member)
        await here.tokens.add(
            a_token(member), digest_of(member.id), an_event(What.PERSONAL_TOKEN_ADDED)
        )
        await here.applications.add(
            an_application(member), digest_of(member.id), an_event(What.APPLICATION_ADDED)
        )

    await here.accounts.remove(account.id, an_event(What.ACCOUNT_DELETED))

    assert await here.accounts.list_accounts() == [other]
    assert await here.accounts.password_of(account.id) is None
    assert await here.sessions.of_account(account.id) == []
    assert await here.tokens.find(digest_of(account.id)) is None
    assert await here.applications.find_by_key(digest_of(account.id)) is None
    assert await here.organizations.members(organization.id) == [(other, Role.OWNER)]
    assert len(await here.sessions.of_account(other.id)) == 1
    assert here.database.raw.execute("PRAGMA foreign_key_check").fetchall() == []
    assert here.audited()[-1] == "account_deleted"


async def test_changing_an_account_that_is_not_there_is_refused(here: Worker) -> None:
    event = an_event(What.ACCOUNT_CHANGED)
    with pytest.raises(NotFound):
        await here.accounts.remove(UNKNOWN, event)
    with pytest.raises(NotFound):
        await here.accounts.set_state(UNKNOWN, AccountState.SUSPENDED, event)
    with pytest.raises(NotFound):
        await here.accounts.change_names(
            UNKNOWN, first_name="", last_name="", email="x@example.com", event=event
        )
    with pytest.raises(NotFound):
        await here.accounts.change_password(
            UNKNOWN, CHANGED, event, keep=None, notice=a_notice(UNKNOWN)
        )
    assert here.audited() == []


# --- the first start --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age_above_limit", "expected"),
    [(-MICROSECOND, True), (timedelta(), False), (MICROSECOND, False)],
)
async def test_a_setup_token_is_good_for_its_life(
    here: Worker, age_above_limit: timedelta, expected: bool
) -> None:
    await here.accounts.put_setup_token(digest_of("setup"), NOW)

    good = await here.accounts.is_setup_token(digest_of("setup"), NOW + age_above_limit)

    assert good is expected
    assert not await here.accounts.is_setup_token(digest_of("else"), NOW - SECOND)


async def test_a_new_setup_token_replaces_the_earlier_one(here: Worker) -> None:
    await here.accounts.put_setup_token(digest_of("old"), NOW)
    await here.accounts.put_setup_token(digest_of("new"), NOW)

    assert not await here.accounts.is_setup_token(digest_of("old"), NOW - SECOND)
    assert await here.accounts.is_setup_token(digest_of("new"), NOW - SECOND)


async def test_a_setup_token_makes_one_admin(here: Worker, there: Worker) -> None:
    await here.accounts.put_setup_token(digest_of("setup"), NOW)

    answers = await asyncio.gather(
        *(
            worker.accounts.add(
                a_new_account(admin=True),
                an_event(What.ACCOUNT_ADDED),
                setup_digest=digest_of("setup"),
            )
            for worker in (here, there) * 5
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(answer, Account) for answer in answers) == 1
    assert sum(isinstance(answer, Unauthenticated) for answer in answers) == 9


async def test_a_setup_token_is_not_spent_on_an_account_that_collides(here: Worker) -> None:
    await add_account(here, "ada")
    await here.accounts.put_setup_token(digest_of("setup"), NOW)

    with pytest.raises(Conflict):
        await here.accounts.add(
            a_new_account("ada"), an_event(What.ACCOUNT_ADDED), setup_digest=digest_of("setup")
        )

    assert await here.accounts.is_setup_token(digest_of("setup"), NOW - SECOND)
