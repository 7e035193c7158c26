"""What typed calls give and take. A service fills in what it knows; the rest is None or empty."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is the service's own. `size` is in bytes. `public`: whether everybody may see it."""

    id: str
    name: str = ""
    description: str = ""
    size: int | None = None
    width: int | None = None
    height: int | None = None
    media_type: str = ""
    rating: int | None = None
    public: bool | None = None
    taken_at: datetime | None = None
    added_at: datetime | None = None
    gallery_id: str = ""


class Gallery(msgspec.Struct, frozen=True, kw_only=True):
    """What a service calls gallery, collection or album."""

    id: str
    name: str
    description: str = ""
    photo_count: int | None = None
    public: bool | None = None
    created_at: datetime | None = None


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A photographer's client or lead; `kind` is the service's word."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    kind: str = ""
    created_at: datetime | None = None


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True):
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    kind: str = ""
    text: str = ""
    created_at: datetime | None = None
    is_read: bool | None = None


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str = ""


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """A part of a list; `next` asks for the following part, and is empty at the last one."""

    items: tuple[Item, ...]
    next: str = ""
