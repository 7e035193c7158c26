"""Organizations and members in SQL."""

from __future__ import annotations

import pytest
from tests.stores.records import Worker, add_account, an_event, an_organization

from safelight.authentication.audit import What
from safelight.errors import NotFound
from safelight.identity.account import Account
from safelight.identity.ids import AccountId, OrganizationId
from safelight.identity.organization import Membership, Organization, Role


async def add(worker: Worker, name: str) -> Organization:
    organization = an_organization(name)
    await worker.organizations.add(organization, an_event(What.ORGANIZATION_ADDED))
    return organization


async def join(worker: Worker, to: Organization, account: Account, role: Role) -> None:
    await worker.organizations.join(to.id, account.id, role, an_event(What.MEMBER_JOINED))


async def test_an_organization_is_found_as_it_was_added(here: Worker, there: Worker) -> None:
    studio = await add(here, "Studio")

    assert await there.organizations.find(studio.id) == studio
    assert await there.organizations.find(OrganizationId("O0000unknown")) is None
    assert await there.organizations.list_organizations() == [studio]
    assert here.audited() == ["organization_added"]


async def test_organizations_may_share_a_name(here: Worker) -> None:
    first, second = await add(here, "Studio"), await add(here, "Studio")
    await add(here, "studio")

    assert await here.organizations.find_by_name("Studio") == [first, second]
    assert await here.organizations.find_by_name("Nobody") == []


async def test_memberships_come_in_the_order_of_the_names(here: Worker) -> None:
    account = await add_account(here)
    zoo, ark = await add(here, "Zoo"), await add(here, "Ark")
    await add(here, "Foreign")
    await join(here, zoo, account, Role.OWNER)
    await join(here, ark, account, Role.MEMBER)

    assert await here.organizations.memberships_of(account.id) == [
        Membership(account_id=account.id, organization=ark, role=Role.MEMBER),
        Membership(account_id=account.id, organization=zoo, role=Role.OWNER),
    ]


async def test_a_member_who_joins_again_gets_the_new_role(here: Worker, there: Worker) -> None:
    account, studio = await add_account(here), await add(here, "Studio")
    await join(here, studio, account, Role.MEMBER)
    assert await there.organizations.role_of(account.id, studio.id) is Role.MEMBER

    await join(here, studio, account, Role.MANAGER)

    assert await there.organizations.role_of(account.id, studio.id) is Role.MANAGER
    assert await there.organizations.members(studio.id) == [(account, Role.MANAGER)]


async def test_a_stranger_has_no_role(here: Worker) -> None:
    account, studio = await add_account(here), await add(here, "Studio")

    assert await here.organizations.role_of(account.id, studio.id) is None
    assert await here.organizations.role_of(account.id, OrganizationId("\ud800")) is None


async def test_nobody_joins_what_is_not_there(here: Worker) -> None:
    account, studio = await add_account(here), await add(here, "Studio")

    with pytest.raises(NotFound):
        await join(here, an_organization(), account, Role.OWNER)
    with pytest.raises(NotFound):
        await here.organizations.join(
            studio.id, AccountId("U0000gone"), Role.OWNER, an_event(What.MEMBER_JOINED)
        )

    assert "member_joined" not in here.audited()
