"""`safelight admin application`: programs and their API keys."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from safelight.authentication.audit import Event, What
from safelight.authentication.tenancy import require_name
from safelight.bootstrap import Stores
from safelight.cli.opened import with_new_stores, with_stores
from safelight.cli.options import Config, Data, Json, Yes
from safelight.cli.output import confirm, print_json, print_table
from safelight.clock import SystemClock, system_entropy
from safelight.config import Settings
from safelight.errors import NotFound
from safelight.identity.application import Application, new_api_key
from safelight.identity.ids import ApplicationId, new_application_id


def add_application(
    name: Annotated[str, Parameter(help="What the program is called.")],
    /,
    *,
    json: Json = False,
    data: Data,
    config: Config = None,
) -> None:
    """Add an application and print its API key, this once."""
    key = new_api_key(system_entropy)

    async def work(stores: Stores, settings: Settings) -> Application:
        now = SystemClock().now()
        application = Application(
            id=new_application_id(system_entropy),
            name=require_name(name),
            owner_id=None,
            created_at=now,
            last_used_at=None,
        )
        detail = {"application": str(application.id)}
        event = Event(what=What.APPLICATION_ADDED, at=now, detail=detail)
        await stores.applications.add(application, key.digest(), event)
        return application

    application = with_new_stores(data, config, work)
    if json:
        print_json({"id": application.id, "name": application.name, "api_key": key.reveal()})
    else:
        print(f"Added {application.name}, {application.id}.")
        print(f"Its API key, shown this once: {key.reveal()}")


def list_applications(*, json: Json = False, data: Data, config: Config = None) -> None:
    """List all applications. Keys are not kept, so with --json each `api_key` is null."""

    async def work(stores: Stores, settings: Settings) -> list[Application]:
        return await stores.applications.list_applications(None)

    found = with_stores(data, config, work)
    if json:
        print_json([{"id": each.id, "name": each.name, "api_key": None} for each in found])
        return
    rows = [
        (
            each.name,
            str(each.id),
            f"{each.last_used_at:%Y-%m-%d %H:%M}" if each.last_used_at else "never",
        )
        for each in found
    ]
    print_table(("Name", "Id", "Last used"), rows, "There are no applications.")


def remove_application(
    id: Annotated[str, Parameter(help="The application's id.")],
    /,
    *,
    yes: Yes = False,
    data: Data,
    config: Config = None,
) -> int:
    """Remove an application: its key opens nothing from the next request on. Asks, or takes
    --yes."""
    if not confirm(f"Remove {id}? Programs with its key will be refused.", yes=yes):
        return 1

    async def work(stores: Stores, settings: Settings) -> None:
        event = Event(
            what=What.APPLICATION_REMOVED, at=SystemClock().now(), detail={"application": id}
        )
        if not await stores.applications.remove(ApplicationId(id), event):
            raise NotFound(f"There is no application {id}.")

    with_stores(data, config, work)
    print(f"Removed {id}.")
    return 0
