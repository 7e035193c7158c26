"""Photos, galleries and customers to put into the library, and short ways to look at it."""

from __future__ import annotations

import hashlib
import itertools
from datetime import datetime, timedelta
from typing import Any

import msgspec
from tests.stores.records import NOW, Worker, an_event, an_organization

from safelight.authentication.audit import What
from safelight.clock import system_entropy
from safelight.identity.account import Account
from safelight.identity.ids import (
    GalleryId,
    OrganizationId,
    PhotoId,
    new_customer_id,
    new_gallery_id,
    new_photo_id,
)
from safelight.identity.organization import Role
from safelight.library.customer import CustomerKind
from safelight.library.gallery import Gallery
from safelight.library.photo import Owner, Photo, Visibility
from safelight.library.ports import (
    LibraryStore,
    NewCustomer,
    NewGallery,
    NewPhoto,
    PhotoFilter,
    Picture,
    Window,
)
from safelight.library.visibility import Asker

LATER = NOW + timedelta(hours=1)
ALL = Window(limit=100)
EVERYTHING = PhotoFilter()
AMPLE = 10**12
UNKNOWN = PhotoId("I0000unknown")
NO_GALLERY = GalleryId("G0000unknown")
_contents = itertools.count(1)


def own(account: Account) -> Owner:
    return Owner(account_id=account.id)


def asking(account: Account, organization_id: OrganizationId | None = None) -> Asker:
    return Asker(account_id=account.id, organization_id=organization_id)


async def found_studio(here: Worker, *members: tuple[Account, Role]) -> OrganizationId:
    studio = an_organization()
    await here.organizations.add(studio, an_event(What.ORGANIZATION_ADDED))
    for member, role in members:
        await here.organizations.join(studio.id, member.id, role, an_event(What.MEMBER_JOINED))
    return studio.id


def a_picture(taken_at: datetime | None = None) -> Picture:
    return Picture(
        media_type="image/jpeg",
        extension="jpg",
        width=600,
        height=400,
        orientation=6,
        taken_at=taken_at,
        camera_make="Leica",
        camera_model="M6",
        lens="35mm",
        latitude=52.5,
        longitude=-13.4,
        dominant_color="#c86432",
    )


def a_photo(
    owner: Owner,
    content: str | None = None,
    *,
    name: str = "a.jpg",
    size: int = 10,
    taken_at: datetime | None = None,
    visibility: Visibility = Visibility.PRIVATE,
    added_at: datetime = NOW,
) -> NewPhoto:
    """A new content each time, unless one is given."""
    text = (content or f"content {next(_contents)}").encode()
    return NewPhoto(
        id=new_photo_id(system_entropy),
        owner=owner,
        name=name,
        digest=hashlib.sha256(text).hexdigest(),
        md5=hashlib.md5(text, usedforsecurity=False).hexdigest(),
        size=size,
        picture=a_picture(taken_at),
        visibility=visibility,
        added_at=added_at,
    )


async def keep(store: LibraryStore, *photos: NewPhoto) -> list[Photo]:
    return await store.add_photos(list(photos), None, AMPLE)


async def keep_one(
    store: LibraryStore, owner: Owner, content: str | None = None, **more: Any
) -> Photo:
    [photo] = await keep(store, a_photo(owner, content, **more))
    return photo


def a_gallery(
    owner: Owner, *, visibility: Visibility = Visibility.PRIVATE, listed: bool = True
) -> NewGallery:
    return NewGallery(
        id=new_gallery_id(system_entropy),
        owner=owner,
        name="Wedding",
        description="In June",
        visibility=visibility,
        listed=listed,
        created_at=NOW,
    )


async def numbers(store: LibraryStore, asked: PhotoFilter, window: Window = ALL) -> list[int]:
    return [photo.number for photo in await store.list_photos(asked, window)]


async def require(store: LibraryStore, photo: Photo) -> Photo:
    found = await store.find_photo(id=photo.id)
    assert found is not None
    return found


async def require_gallery(
    store: LibraryStore, id: GalleryId, seen_by: Asker | None = None
) -> Gallery:
    found = await store.find_gallery(id=id, seen_by=seen_by)
    assert found is not None
    return found


def a_customer(owner: Owner, **changes: Any) -> NewCustomer:
    customer = NewCustomer(
        id=new_customer_id(system_entropy),
        owner=owner,
        kind=CustomerKind.CLIENT,
        first_name="Grace",
        last_name="Hopper",
        email="grace@example.com",
        phone="+1 555 0100",
        company="Navy",
        job_title="Admiral",
        notes="Likes bugs",
        created_at=NOW,
    )
    return msgspec.structs.replace(customer, **changes)
