"""`safelight admin organization`: tenants that people act for."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from safelight.authentication.audit import Event, What
from safelight.authentication.tenancy import require_name
from safelight.bootstrap import Stores
from safelight.cli.admin.account import Who, require_account
from safelight.cli.opened import with_new_stores, with_stores
from safelight.cli.options import Config, Data, Json
from safelight.cli.output import print_json, print_table
from safelight.clock import SystemClock, system_entropy
from safelight.config import Settings
from safelight.errors import Conflict, NotFound
from safelight.identity.ids import OrganizationId, new_organization_id
from safelight.identity.organization import Organization, Role

Which = Annotated[str, Parameter(help="An organization's id or name.")]


def add_organization(
    name: Annotated[str, Parameter(help="Its name.")],
    /,
    *,
    json: Json = False,
    data: Data,
    config: Config = None,
) -> None:
    """Add an organization."""

    async def work(stores: Stores, settings: Settings) -> Organization:
        now = SystemClock().now()
        organization = Organization(
            id=new_organization_id(system_entropy), name=require_name(name), created_at=now
        )
        detail = {"organization": str(organization.id)}
        event = Event(what=What.ORGANIZATION_ADDED, at=now, detail=detail)
        await stores.organizations.add(organization, event)
        return organization

    organization = with_new_stores(data, config, work)
    if json:
        print_json({"id": organization.id, "name": organization.name})
    else:
        print(f"Added {organization.name}, {organization.id}.")


def join_organization(
    organization: Which,
    who: Who,
    /,
    *,
    role: Annotated[Role, Parameter(help="What the account may do there.")] = Role.MEMBER,
    json: Json = False,
    data: Data,
    config: Config = None,
) -> None:
    """Make an account a member, or change its role."""

    async def work(stores: Stores, settings: Settings) -> Organization:
        found = await _require_organization(stores, organization)
        account = await require_account(stores, who)
        event = Event(
            what=What.MEMBER_JOINED,
            at=SystemClock().now(),
            account_id=account.id,
            detail={"organization": str(found.id), "role": role.value},
        )
        await stores.organizations.join(found.id, account.id, role, event)
        return found

    joined = with_stores(data, config, work)
    if json:
        print_json({"id": joined.id, "name": joined.name})
        return
    print(f"{who} is {role.value} of {joined.name}.")


def list_organizations(*, json: Json = False, data: Data, config: Config = None) -> None:
    """List all organizations."""

    async def work(stores: Stores, settings: Settings) -> list[Organization]:
        return await stores.organizations.list_organizations()

    found = with_stores(data, config, work)
    if json:
        print_json([{"id": each.id, "name": each.name} for each in found])
        return
    rows = [(each.name, str(each.id)) for each in found]
    print_table(("Name", "Id"), rows, "There are no organizations.")


async def _require_organization(stores: Stores, which: str) -> Organization:
    """By id, else by name. Raises NotFound, or Conflict when several have the name."""
    by_id = await stores.organizations.find(OrganizationId(which))
    if by_id is not None:
        return by_id
    named = await stores.organizations.find_by_name(which)
    if not named:
        raise NotFound(f"There is no organization {which}.")
    if len(named) > 1:
        raise Conflict(f"Several organizations are called {which}: name one by its id.")
    return named[0]
