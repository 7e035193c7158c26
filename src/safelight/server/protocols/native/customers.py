"""`/v1/customers`."""

from __future__ import annotations

from msgspec import UNSET

from safelight.errors import NotFound
from safelight.identity.ids import CustomerId, is_customer_id
from safelight.identity.permission import Scope
from safelight.library.customer import Customer, CustomerKind
from safelight.library.ports import CustomerChange
from safelight.library.questions import (
    AddCustomer,
    ChangeCustomer,
    CustomerListing,
    DeleteCustomer,
    GetCustomer,
    ListCustomers,
)
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.native import given, taken
from safelight.server.protocols.native.bodies import (
    created,
    given_or_none,
    no_content,
    read_body,
    read_query,
)
from safelight.server.protocols.native.listings import window_of, write_page
from safelight.server.wire import AnyEndpoint, ResourceEndpoint


def _read_list(request: Request) -> ListCustomers:
    query = read_query(request, taken.CustomerQuery)
    kinds = frozenset(CustomerKind) if query.kind is UNSET else frozenset({query.kind})
    return ListCustomers(window=window_of(query, request), kinds=kinds, text=query.text or None)


def _write_list(listing: CustomerListing, request: Request) -> Reply:
    query = read_query(request, taken.CustomerQuery)
    return write_page(listing.items, listing.next, _show, query, request)


def _show(customer: Customer) -> given.Customer:
    return given.Customer(
        id=customer.id,
        kind=customer.kind,
        archived=customer.archived,
        first_name=customer.first_name,
        last_name=customer.last_name,
        email=customer.email,
        phone=customer.phone,
        company=customer.company,
        job_title=customer.job_title,
        notes=customer.notes,
        created_at=customer.created_at,
    )


def _read_add(request: Request) -> AddCustomer:
    body = read_body(request, taken.NewCustomer)
    return AddCustomer(
        kind=body.kind,
        first_name=body.first_name,
        last_name=body.last_name,
        email=body.email,
        phone=body.phone,
        company=body.company,
        job_title=body.job_title,
        notes=body.notes,
    )


def _write_added(customer: Customer, request: Request) -> Reply:
    return created(_show(customer), f"/v1/customers/{customer.id}")


def _read_show(request: Request) -> GetCustomer:
    return GetCustomer(id=_id_of(request))


def _read_change(request: Request) -> ChangeCustomer:
    body = read_body(request, taken.CustomerChange)
    change = CustomerChange(
        kind=given_or_none(body.kind),
        archived=given_or_none(body.archived),
        first_name=given_or_none(body.first_name),
        last_name=given_or_none(body.last_name),
        email=given_or_none(body.email),
        phone=given_or_none(body.phone),
        company=given_or_none(body.company),
        job_title=given_or_none(body.job_title),
        notes=given_or_none(body.notes),
    )
    return ChangeCustomer(id=_id_of(request), change=change)


def _write_customer(customer: Customer, request: Request) -> Reply:
    return json_reply(_show(customer))


def _read_delete(request: Request) -> DeleteCustomer:
    return DeleteCustomer(id=_id_of(request))


def _id_of(request: Request) -> CustomerId:
    text = request.params["id"]
    if not is_customer_id(text):
        raise NotFound
    return CustomerId(text)


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    ResourceEndpoint(
        method="GET",
        path="/v1/customers",
        read=_read_list,
        write=_write_list,
        needs=Scope.CUSTOMERS_READ,
        summary="List customers, the newest first",
        query=taken.CustomerQuery,
        gives=given.Page[given.Customer],
    ),
    ResourceEndpoint(
        method="POST",
        path="/v1/customers",
        read=_read_add,
        write=_write_added,
        needs=Scope.CUSTOMERS_WRITE,
        summary="Add a customer",
        takes=taken.NewCustomer,
        gives=given.Customer,
        success=201,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/customers/{id}",
        read=_read_show,
        write=_write_customer,
        needs=Scope.CUSTOMERS_READ,
        summary="Show a customer",
        gives=given.Customer,
    ),
    ResourceEndpoint(
        method="PATCH",
        path="/v1/customers/{id}",
        read=_read_change,
        write=_write_customer,
        needs=Scope.CUSTOMERS_WRITE,
        summary="Change a customer",
        takes=taken.CustomerChange,
        gives=given.Customer,
    ),
    ResourceEndpoint(
        method="DELETE",
        path="/v1/customers/{id}",
        read=_read_delete,
        write=no_content,
        needs=Scope.CUSTOMERS_WRITE,
        summary="Delete a customer",
        success=204,
    ),
)
