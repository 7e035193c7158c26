"""The Studio API: clients and notifications."""

from __future__ import annotations

from typing import Any

import msgspec

from safelight.errors import InvalidFields
from safelight.identity.permission import Scope
from safelight.library.customer import Customer, CustomerKind
from safelight.library.ports import Window
from safelight.library.questions import (
    ChangeCustomer,
    CustomerListing,
    DeleteCustomer,
    GetCustomer,
    ListCustomers,
    ListNotifications,
    NotificationListing,
)
from safelight.server.files import disposition
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.pixieset.clients_csv import write_csv
from safelight.server.protocols.pixieset.fields import read_client_change, read_new_client
from safelight.server.protocols.pixieset.ids import read_client_id
from safelight.server.protocols.pixieset.paging import (
    STUDIO_PAGE,
    Page,
    read_page,
    write_links,
    write_meta,
)
from safelight.server.protocols.pixieset.studio_records import (
    ClientBody,
    ClientsBody,
    NotificationsBody,
    write_client,
    write_client_meta,
    write_notification,
)
from safelight.server.wire import AnyEndpoint, ResourceEndpoint

_CLIENTS = "/api/v1/clients"
_CLIENT = "/api/v1/clients/{id}"
_CSV = "/api/v1/clients/download_csv"
_MOST_IN_CSV = 100_000
_SIZES = ("per_page", "page_size", "pageSize")
"""The service's pages name the size of a page in these three ways."""

_KINDS = {kind.value: kind for kind in CustomerKind}


def studio_endpoints() -> tuple[AnyEndpoint, ...]:
    return (
        ResourceEndpoint(
            method="GET",
            path="/api/v1/notifications/all",
            read=_read_notifications,
            write=_write_notifications,
            needs=Scope.NOTIFICATIONS_READ,
        ),
        *_client_endpoints(),
    )


def _client_endpoints() -> tuple[AnyEndpoint, ...]:
    listing = ResourceEndpoint(
        method="GET",
        path=_CLIENTS,
        read=_read_clients,
        write=_write_clients,
        needs=Scope.CUSTOMERS_READ,
    )
    change = ResourceEndpoint(
        method="PUT",
        path=_CLIENT,
        read=_read_change,
        write=_write_client,
        needs=Scope.CUSTOMERS_WRITE,
    )
    return (
        listing,
        msgspec.structs.replace(listing, path="/api/v1/clients/search"),
        msgspec.structs.replace(listing, path=_CSV, read=_read_all_clients, write=_write_csv),
        ResourceEndpoint(
            method="POST",
            path=_CLIENTS,
            read=read_new_client,
            write=_write_new_client,
            needs=Scope.CUSTOMERS_WRITE,
        ),
        ResourceEndpoint(
            method="GET",
            path=_CLIENT,
            read=_read_client,
            write=_write_client,
            needs=Scope.CUSTOMERS_READ,
        ),
        change,
        msgspec.structs.replace(change, method="PATCH"),
        ResourceEndpoint(
            method="DELETE",
            path=_CLIENT,
            read=_read_removal,
            write=_write_nothing,
            needs=Scope.CUSTOMERS_WRITE,
        ),
    )


# --- notifications ----------------------------------------------------------------------------


def _page_of(request: Request) -> Page:
    return read_page(request, STUDIO_PAGE, _SIZES)


def _read_notifications(request: Request) -> ListNotifications:
    return ListNotifications(window=_page_of(request).window)


def _write_notifications(listing: NotificationListing, request: Request) -> Reply:
    page = _page_of(request)
    return json_reply(
        NotificationsBody(
            data=tuple(write_notification(each) for each in listing.items),
            links=write_links(request, page, listing.total),
            meta=write_meta(page, shown=len(listing.items), total=listing.total),
        )
    )


# --- clients ----------------------------------------------------------------------------------


def _read_clients(request: Request) -> ListCustomers:
    return ListCustomers(
        window=_page_of(request).window,
        kinds=_read_kinds(request.parameter("types")),
        text=request.parameter("q") or None,
    )


def _read_all_clients(request: Request) -> ListCustomers:
    return ListCustomers(window=Window(limit=_MOST_IN_CSV))


def _read_kinds(types: str | None) -> frozenset[CustomerKind]:
    """`client,lead`; `all`, nothing and an absent one mean every kind. Raises InvalidFields."""
    if types in (None, "", "all"):
        return frozenset(CustomerKind)
    asked = [each.strip() for each in (types or "").split(",")]
    if not all(each in _KINDS for each in asked):
        raise InvalidFields({"types": (f"The types must be among {', '.join(_KINDS)}.",)})
    return frozenset(_KINDS[each] for each in asked)


def _write_clients(listing: CustomerListing, request: Request) -> Reply:
    page = _page_of(request)
    meta = write_meta(page, shown=len(listing.items), total=listing.total)
    return json_reply(
        ClientsBody(
            data=tuple(write_client(each) for each in listing.items),
            links=write_links(request, page, listing.total),
            meta=write_client_meta(meta, f"{request.base_url}{_CSV}"),
        )
    )


def _write_csv(listing: CustomerListing, request: Request) -> Reply:
    reply = Reply(body=write_csv(listing.items), media_type=b"text/csv; charset=utf-8")
    reply.set_header("content-disposition", disposition("attachment", "clients.csv"))
    return reply


def _read_client(request: Request) -> GetCustomer:
    return GetCustomer(id=read_client_id(request.params["id"]))


def _read_change(request: Request) -> ChangeCustomer:
    client_id = read_client_id(request.params["id"])
    return ChangeCustomer(id=client_id, change=read_client_change(request))


def _read_removal(request: Request) -> DeleteCustomer:
    return DeleteCustomer(id=read_client_id(request.params["id"]))


def _write_client(customer: Customer, request: Request) -> Reply:
    return json_reply(ClientBody(data=write_client(customer)))


def _write_new_client(customer: Customer, request: Request) -> Reply:
    return json_reply(ClientBody(data=write_client(customer)), 201)


def _write_nothing(done: Any, request: Request) -> Reply:
    return Reply(status=204, media_type=b"")
