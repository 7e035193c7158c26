"""What typed calls give and take. A service fills in what it knows; the rest is None or empty."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """A photo as a service describes it; its picture is got with `photos.download`."""

    id: str
    """The service's own name for it: a number, a hash or a word, always as text."""
    name: str = ""
    """The file's name."""
    description: str = ""
    size: int | None = None
    """Of the original file, in bytes."""
    width: int | None = None
    """In pixels, as is the height."""
    height: int | None = None
    media_type: str = ""
    """Such as `image/jpeg`."""
    rating: int | None = None
    """As the service counts."""
    public: bool | None = None
    """Whether everybody may see it."""
    taken_at: datetime | None = None
    """When the camera says that it was taken."""
    added_at: datetime | None = None
    """When the service got it."""
    gallery_id: str = ""
    """A gallery that it is in: the one that was listed, else the first."""


class Gallery(msgspec.Struct, frozen=True, kw_only=True):
    """What a service calls gallery, collection or album."""

    id: str
    name: str
    description: str = ""
    photo_count: int | None = None
    public: bool | None = None
    """Whether everybody may see it."""
    created_at: datetime | None = None


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A photographer's client or lead."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""
    kind: str = ""
    """The service's word for what they are, such as `lead`."""
    created_at: datetime | None = None


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to add. What a service wants at least is for the service to say."""

    first_name: str = ""
    last_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What a service has to tell its account."""

    id: str
    kind: str = ""
    """The service's word for what it is about."""
    text: str = ""
    created_at: datetime | None = None
    is_read: bool | None = None


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    """One that the account may act for."""

    id: str
    name: str = ""


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """A part of a list; `next` asks for the following part, and is empty at the last one."""

    items: tuple[Item, ...]
    next: str = ""
