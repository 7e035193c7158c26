"""What the native API gives: JSON, one Struct for each thing, which is its schema, too.

Written field by field from the domain's values, so that a new field there is not shown here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Generic, TypeVar

from msgspec import Meta, Struct

from safelight.identity.organization import Role
from safelight.library.customer import CustomerKind
from safelight.library.photo import Visibility

Item = TypeVar("Item")
Instant = Annotated[datetime, Meta(tz=True)]


class Page(Struct, Generic[Item], frozen=True, kw_only=True):
    """`next` is the `cursor` of the following page, or `null`."""

    items: tuple[Item, ...]
    next: str | None


class Session(Struct, frozen=True, kw_only=True):
    """`current`: whether this request was made with it."""

    id: str
    protocol: str
    realm: str
    carrier: str
    organization_id: str | None
    application_id: str | None
    user_agent: str
    address: str
    created_at: Instant
    last_seen_at: Instant
    current: bool


class SignedIn(Struct, frozen=True, kw_only=True):
    """`token` is shown this once; send it as `Authorization: Bearer`."""

    token: str
    session: Session


class Ended(Struct, frozen=True, kw_only=True):
    ended: int


class Account(Struct, frozen=True, kw_only=True):
    id: str
    number: int
    email: str
    username: str
    first_name: str
    last_name: str
    admin: bool
    created_at: Instant


class Caller(Account, frozen=True, kw_only=True):
    """The account, and what the credential of this request stands for."""

    session_id: str | None
    organization_id: str | None
    scopes: tuple[str, ...]


class Organization(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    created_at: Instant


class Membership(Organization, frozen=True, kw_only=True):
    role: Role


class Member(Struct, frozen=True, kw_only=True):
    account_id: str
    username: str
    first_name: str
    last_name: str
    role: Role


class Application(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    created_at: Instant
    last_used_at: Instant | None


class AddedApplication(Application, frozen=True, kw_only=True):
    """`api_key` is shown this once."""

    api_key: str


class Token(Struct, frozen=True, kw_only=True):
    """A personal access token."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: Instant
    expires_at: Instant | None
    last_used_at: Instant | None


class AddedToken(Token, frozen=True, kw_only=True):
    """`secret` is shown this once; send it as `Authorization: Bearer`."""

    secret: str


class Owner(Struct, frozen=True, kw_only=True):
    account_id: str
    username: str
    organization_id: str | None


class WireIds(Struct, frozen=True, kw_only=True):
    """The same thing's ids on the other protocols."""

    pixieset: int
    photoshelter: str
    librephotos: str


class Camera(Struct, frozen=True, kw_only=True):
    make: str
    model: str
    lens: str


class Location(Struct, frozen=True, kw_only=True):
    """In degrees, WGS 84."""

    latitude: float
    longitude: float


class Photo(Struct, frozen=True, kw_only=True):
    """`size` is in bytes; `width` and `height` are as shown, after the EXIF orientation."""

    id: str
    name: str
    description: str
    owner: Owner
    visibility: Visibility
    rating: int
    hidden: bool
    trashed: bool
    media_type: str
    size: int
    sha256: str
    width: int
    height: int
    taken_at: Instant | None
    added_at: Instant
    changed_at: Instant
    camera: Camera
    location: Location | None
    dominant_color: str
    gallery_ids: tuple[str, ...]
    wire_ids: WireIds


class Gallery(Struct, frozen=True, kw_only=True):
    id: str
    name: str
    description: str
    owner: Owner
    visibility: Visibility
    listed: bool
    photo_count: int
    cover_id: str | None
    created_at: Instant
    changed_at: Instant
    wire_ids: WireIds


class Customer(Struct, frozen=True, kw_only=True):
    id: str
    kind: CustomerKind
    archived: bool
    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    job_title: str
    notes: str
    created_at: Instant


class Notification(Struct, frozen=True, kw_only=True):
    id: str
    kind: str
    text: str
    created_at: Instant
    read_at: Instant | None
