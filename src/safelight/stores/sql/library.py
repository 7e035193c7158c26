"""The library's rows: photos, galleries, customers and notifications.

The statements are in the module of each noun; here they are run, questions at once and changes by
the database's writer, each in a transaction of its own.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Select

from safelight.identity.ids import (
    AccountId,
    CustomerId,
    GalleryId,
    NotificationId,
    OrganizationId,
    PhotoId,
)
from safelight.library.customer import Customer, CustomerKind
from safelight.library.gallery import Gallery
from safelight.library.notification import Notification
from safelight.library.photo import Owner, Photo, Visibility
from safelight.library.ports import (
    CustomerChange,
    Day,
    GalleryChange,
    NewCustomer,
    NewGallery,
    NewPhoto,
    PhotoChange,
    PhotoFilter,
    Window,
)
from safelight.library.visibility import Asker
from safelight.stores.sql import belongings, customers, galleries, notifications, photos
from safelight.stores.sql.database import Database


class SqlLibrary:
    """`library.ports.LibraryStore` in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._write = partial(database.write, announced=False)

    # --- photos -----------------------------------------------------------------------------

    async def find_photo(
        self, *, id: PhotoId | None = None, number: int | None = None
    ) -> Photo | None:
        if id is not None:
            return self._find_photo(photos.photo_with_id(id))
        return self._find_photo(photos.photo_with_number(number or 0))

    async def find_photo_by_hash(self, image_hash: str, seen_by: Asker) -> Photo | None:
        return self._find_photo(photos.photo_with_hash(image_hash, seen_by))

    async def list_photos(self, asked: PhotoFilter, window: Window) -> list[Photo]:
        rows = self._database.rows(photos.listed_photos(asked, window))
        return [photos.read_photo(row) for row in rows]

    async def find_position(self, gallery_id: GalleryId, photo_id: PhotoId) -> int | None:
        rows = self._database.rows(galleries.position_of(gallery_id, photo_id))
        return rows[0][0] if rows else None

    async def count_photos(self, asked: PhotoFilter) -> int:
        return self._count(photos.counted_photos(asked))

    async def days(self, asked: PhotoFilter) -> list[Day]:
        return [photos.read_day(row) for row in self._database.rows(photos.counted_days(asked))]

    async def used_bytes(self, owner: Owner) -> int:
        return self._count(photos.bytes_of(owner))

    async def add_photos(
        self, new: list[NewPhoto], gallery_id: GalleryId | None, quota: int
    ) -> list[Photo]:
        def job(connection: Connection) -> list[Photo]:
            return photos.add_photos(connection, new, gallery_id, quota)

        return await self._write(job)

    async def change_photo(self, id: PhotoId, change: PhotoChange, at: datetime) -> Photo:
        return await self._write(lambda connection: photos.change_photo(connection, id, change, at))

    async def remove_photo(self, id: PhotoId) -> str | None:
        return await self._write(lambda connection: photos.remove_photo(connection, id))

    async def is_digest_held(self, digest: str) -> bool:
        return bool(self._database.rows(photos.holder_of(digest)))

    # --- galleries --------------------------------------------------------------------------

    async def find_gallery(
        self,
        *,
        id: GalleryId | None = None,
        number: int | None = None,
        seen_by: Asker | None = None,
    ) -> Gallery | None:
        if id is not None:
            question = galleries.gallery_with_id(id, seen_by)
        else:
            question = galleries.gallery_with_number(number or 0, seen_by)
        rows = self._database.rows(question)
        return galleries.read_gallery(rows[0]) if rows else None

    async def find_gallery_named(self, owner: Owner, name: str) -> Gallery | None:
        rows = self._database.rows(galleries.gallery_named(owner, name))
        return galleries.read_gallery(rows[0]) if rows else None

    async def list_galleries(
        self,
        owner: Owner | None,
        visibility: Visibility | None,
        window: Window,
        *,
        seen_by: Asker | None = None,
    ) -> list[Gallery]:
        question = galleries.listed_galleries(owner, visibility, window, seen_by)
        return [galleries.read_gallery(row) for row in self._database.rows(question)]

    async def count_galleries(self, owner: Owner | None, visibility: Visibility | None) -> int:
        return self._count(galleries.counted_galleries(owner, visibility))

    async def add_gallery(self, new: NewGallery) -> Gallery:
        return await self._write(lambda connection: galleries.add_gallery(connection, new))

    async def change_gallery(self, id: GalleryId, change: GalleryChange, at: datetime) -> Gallery:
        return await self._write(
            lambda connection: galleries.change_gallery(connection, id, change, at)
        )

    async def put_photos(self, gallery_id: GalleryId, photo_ids: list[PhotoId]) -> None:
        await self._write(
            lambda connection: galleries.put_photos(connection, gallery_id, photo_ids)
        )

    async def take_photos(self, gallery_id: GalleryId, photo_ids: list[PhotoId]) -> None:
        await self._write(
            lambda connection: galleries.take_photos(connection, gallery_id, photo_ids)
        )

    async def remove_gallery(self, id: GalleryId) -> None:
        await self._write(lambda connection: galleries.remove_gallery(connection, id))

    # --- customers --------------------------------------------------------------------------

    async def find_customer(self, id: CustomerId) -> Customer | None:
        rows = self._database.rows(customers.customer_with_id(id))
        return customers.read_customer(rows[0]) if rows else None

    async def list_customers(
        self, owner: Owner, kinds: frozenset[CustomerKind], text: str | None, window: Window
    ) -> list[Customer]:
        question = customers.listed_customers(owner, kinds, text, window)
        return [customers.read_customer(row) for row in self._database.rows(question)]

    async def count_customers(
        self, owner: Owner, kinds: frozenset[CustomerKind], text: str | None
    ) -> int:
        return self._count(customers.counted_customers(owner, kinds, text))

    async def add_customer(self, new: NewCustomer) -> Customer:
        return await self._write(lambda connection: customers.add_customer(connection, new))

    async def change_customer(self, id: CustomerId, change: CustomerChange) -> Customer:
        return await self._write(
            lambda connection: customers.change_customer(connection, id, change)
        )

    async def remove_customer(self, id: CustomerId) -> None:
        await self._write(lambda connection: customers.remove_customer(connection, id))

    # --- notifications ----------------------------------------------------------------------

    async def list_notifications(self, account_id: AccountId, window: Window) -> list[Notification]:
        rows = self._database.rows(notifications.listed_notifications(account_id, window))
        return [notifications.read_notification(row) for row in rows]

    async def count_notifications(self, account_id: AccountId) -> int:
        return self._count(notifications.counted_notifications(account_id))

    async def mark_notification_read(
        self, account_id: AccountId, id: NotificationId, at: datetime
    ) -> Notification:
        return await self._write(
            lambda connection: notifications.mark_notification_read(connection, account_id, id, at)
        )

    # --- all of it --------------------------------------------------------------------------

    async def remove_library_of(
        self, *, account_id: AccountId | None = None, organization_id: OrganizationId | None = None
    ) -> list[str]:
        return await self._write(
            lambda connection: belongings.remove_belongings(
                connection, account_id=account_id, organization_id=organization_id
            )
        )

    def _find_photo(self, question: Select[Any]) -> Photo | None:
        rows = self._database.rows(question)
        return photos.read_photo(rows[0]) if rows else None

    def _count(self, question: Select[Any]) -> int:
        rows = self._database.rows(question)
        # A text that no row can hold finds not even the row with the count.
        return rows[0][0] if rows else 0
