"""Typed calls: what each service has, as steps. One module a service.

A call sends requests and is sent their answers; a refusal is thrown into it as its error. The
grant tells it who asks.
"""

from __future__ import annotations

from typing import Protocol

import httpx2
import msgspec

from safelight.client.grant import Grant
from safelight.client.steps import Steps
from safelight.client.things import (
    Customer,
    Gallery,
    NewCustomer,
    Notification,
    Organization,
    Page,
    Photo,
)
from safelight.client.uploads import Upload


class PhotoCalls(Protocol):
    """A service that cannot do one of these raises Unsupported."""

    def list(self, grant: Grant, gallery: str | None, cursor: str) -> Steps[Page[Photo]]:
        """All that the account owns, or those of a gallery."""
        ...

    def get(self, grant: Grant, id: str) -> Steps[Photo]: ...

    def original(self, grant: Grant, id: str) -> httpx2.Request:
        """What asks for the file itself."""
        ...

    def add(self, grant: Grant, upload: Upload, gallery: str | None) -> Steps[Photo]: ...

    def delete(self, grant: Grant, id: str) -> Steps[None]: ...


class GalleryCalls(Protocol):
    def list(self, grant: Grant, cursor: str) -> Steps[Page[Gallery]]: ...

    def add(self, grant: Grant, name: str, *, public: bool) -> Steps[Gallery]: ...

    def delete(self, grant: Grant, id: str) -> Steps[None]: ...


class CustomerCalls(Protocol):
    def list(self, grant: Grant, cursor: str) -> Steps[Page[Customer]]: ...

    def add(self, grant: Grant, new: NewCustomer) -> Steps[Customer]: ...


class NotificationCalls(Protocol):
    def list(self, grant: Grant, cursor: str) -> Steps[Page[Notification]]: ...


class OrganizationCalls(Protocol):
    def list(self, grant: Grant, cursor: str) -> Steps[Page[Organization]]: ...


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """None where a service has no such thing."""

    photos: PhotoCalls | None = None
    galleries: GalleryCalls | None = None
    customers: CustomerCalls | None = None
    notifications: NotificationCalls | None = None
    organizations: OrganizationCalls | None = None


NOTHING = Library()
"""That of a service which only signs people in."""
