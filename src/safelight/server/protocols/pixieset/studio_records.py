"""What the Studio API shows: clients and notifications. Pure."""

from __future__ import annotations

import msgspec

from safelight.identity.ids import CustomerId, NotificationId
from safelight.library.customer import Customer, CustomerKind
from safelight.library.notification import Notification
from safelight.server.protocols.pixieset.instants import write_instant
from safelight.server.protocols.pixieset.paging import Links, Meta

CLIENT_STATUSES = {"1": "Active", "2": "Archived"}
_AVATAR_COLORS = 12


class AddressInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Always empty: Safelight keeps no addresses of clients."""

    address_line_1: str | None = None
    address_line_2: str | None = None
    city: str | None = None
    postal_code: str | None = None
    state: str | None = None
    country: str | None = None
    country_id: int | None = None


class ClientRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A client. `type` is `client`, `lead` or `other`; empty texts are null."""

    id: CustomerId
    email: str | None
    status_name: str
    first_name: str | None
    last_name: str | None
    phone: str | None
    company: str | None
    job_title: str | None
    address_info: AddressInfo = AddressInfo()
    notes: str | None
    avatar_color: int
    created_at: str
    sample: bool = False
    type: str
    type_formatted: str


class ClientMeta(Meta, frozen=True, kw_only=True):
    """The paginator's words, the names of a client's states, and where all come as CSV."""

    client_statuses: dict[str, str]
    csv_url: str


class ClientBody(msgspec.Struct, frozen=True, kw_only=True):
    data: ClientRecord


class ClientsBody(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[ClientRecord, ...]
    links: Links
    meta: ClientMeta


class NotificationRecord(msgspec.Struct, frozen=True, kw_only=True):
    id: NotificationId
    type: str
    text: str
    created_at: str
    read_at: str | None


class NotificationsBody(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[NotificationRecord, ...]
    links: Links
    meta: Meta


def write_client(customer: Customer) -> ClientRecord:
    return ClientRecord(
        id=customer.id,
        email=customer.email or None,
        status_name=CLIENT_STATUSES["2" if customer.archived else "1"],
        first_name=customer.first_name or None,
        last_name=customer.last_name or None,
        phone=customer.phone or None,
        company=customer.company or None,
        job_title=customer.job_title or None,
        notes=customer.notes or None,
        avatar_color=customer.number % _AVATAR_COLORS,
        created_at=write_instant(customer.created_at),
        type=customer.kind.value,
        type_formatted=_KIND_NAMES[customer.kind],
    )


def write_client_meta(meta: Meta, csv_url: str) -> ClientMeta:
    return ClientMeta(
        **msgspec.structs.asdict(meta), client_statuses=CLIENT_STATUSES, csv_url=csv_url
    )


def write_notification(notification: Notification) -> NotificationRecord:
    read_at = notification.read_at
    return NotificationRecord(
        id=notification.id,
        type=notification.kind,
        text=notification.text,
        created_at=write_instant(notification.created_at),
        read_at=write_instant(read_at) if read_at is not None else None,
    )


_KIND_NAMES = {
    CustomerKind.CLIENT: "Client",
    CustomerKind.LEAD: "Lead",
    CustomerKind.OTHER: "Other",
}
