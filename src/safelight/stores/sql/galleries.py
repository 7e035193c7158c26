"""The galleries' statements: questions as SELECTs, changes as what a transaction does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError

from safelight.errors import NotFound
from safelight.identity.ids import GalleryId, PhotoId
from safelight.library.gallery import Gallery
from safelight.library.photo import Owner, Visibility
from safelight.library.ports import GalleryChange, NewGallery, Window
from safelight.library.visibility import Asker
from safelight.stores.sql.listing import (
    is_countable,
    newest_first,
    on_side_of,
    owned_by,
    same_side,
)
from safelight.stores.sql.tables import account, gallery, gallery_photo, photo

_VISIBILITIES = {each.value: each for each in Visibility}


# --- questions ------------------------------------------------------------------------------


def gallery_with_id(id: GalleryId, seen_by: Asker | None = None) -> Select[Any]:
    return _whole(seen_by).where(gallery.c.id == id)


def gallery_with_number(number: int, seen_by: Asker | None) -> Select[Any]:
    return _whole(seen_by).where(gallery.c.number == number if is_countable(number) else false())


def gallery_named(owner: Owner, name: str) -> Select[Any]:
    named = _whole(None).where(owned_by(gallery, owner), gallery.c.name == name)
    return named.order_by(gallery.c.number.desc()).limit(1)


def listed_galleries(
    owner: Owner | None, visibility: Visibility | None, window: Window, seen_by: Asker | None
) -> Select[Any]:
    question = _whole(seen_by).where(*_conditions(owner, visibility))
    return newest_first(question, gallery.c.number, window)


def counted_galleries(owner: Owner | None, visibility: Visibility | None) -> Select[Any]:
    return select(func.count()).select_from(gallery).where(*_conditions(owner, visibility))


def position_of(gallery_id: GalleryId, photo_id: PhotoId) -> Select[Any]:
    return select(gallery_photo.c.position).where(
        gallery_photo.c.gallery_id == gallery_id, gallery_photo.c.photo_id == photo_id
    )


def _conditions(owner: Owner | None, visibility: Visibility | None) -> list[ColumnElement[bool]]:
    found = [gallery.c.listed.is_(True) if owner is None else owned_by(gallery, owner)]
    if visibility is not None:
        found.append(gallery.c.visibility == visibility.value)
    return found


def _whole(seen_by: Asker | None) -> Select[Any]:
    side = same_side(photo, gallery) if seen_by is None else on_side_of(photo, seen_by)
    shown = and_(
        gallery_photo.c.gallery_id == gallery.c.id,
        photo.c.trashed.is_(False),
        or_(photo.c.visibility == Visibility.PUBLIC.value, side),
    )
    held = gallery_photo.join(photo, photo.c.id == gallery_photo.c.photo_id)
    count = select(func.count()).select_from(held).where(shown).correlate(gallery)
    first = select(photo.c.id).select_from(held).where(shown).correlate(gallery)
    return select(
        gallery,
        account.c.number.label("owner_number"),
        account.c.username.label("owner_username"),
        count.scalar_subquery().label("photo_count"),
        first.order_by(gallery_photo.c.position).limit(1).scalar_subquery().label("cover_id"),
    ).join_from(gallery, account, account.c.id == gallery.c.account_id)


# --- changes --------------------------------------------------------------------------------


def add_gallery(connection: Connection, new: NewGallery) -> Gallery:
    statement = insert(gallery).values(
        id=new.id,
        account_id=new.owner.account_id,
        organization_id=new.owner.organization_id,
        name=new.name,
        description=new.description,
        visibility=new.visibility.value,
        listed=new.listed,
        created_at=new.created_at,
        changed_at=new.created_at,
    )
    try:
        connection.execute(statement)
    except IntegrityError:
        raise NotFound("The account or the organization is gone.") from None
    return require_gallery(connection, new.id)


def change_gallery(
    connection: Connection, id: GalleryId, change: GalleryChange, at: datetime
) -> Gallery:
    values = {
        "name": change.name,
        "description": change.description,
        "visibility": None if change.visibility is None else change.visibility.value,
        "listed": change.listed,
    }
    wanted = {name: value for name, value in values.items() if value is not None}
    connection.execute(update(gallery).where(gallery.c.id == id).values(changed_at=at, **wanted))
    return require_gallery(connection, id)


def put_photos(connection: Connection, gallery_id: GalleryId, photo_ids: list[PhotoId]) -> None:
    """See the port."""
    require_gallery(connection, gallery_id)
    found = select(literal(gallery_id), photo.c.id).where(photo.c.id == bindparam("put"))
    put = (
        sqlite.insert(gallery_photo)
        .from_select(["gallery_id", "photo_id"], found)
        .on_conflict_do_nothing()
    )
    for photo_id in photo_ids:
        connection.execute(put, {"put": photo_id})


def take_photos(connection: Connection, gallery_id: GalleryId, photo_ids: list[PhotoId]) -> None:
    taken = delete(gallery_photo).where(
        gallery_photo.c.gallery_id == gallery_id, gallery_photo.c.photo_id == bindparam("taken")
    )
    for photo_id in photo_ids:
        connection.execute(taken, {"taken": photo_id})


def remove_gallery(connection: Connection, id: GalleryId) -> None:
    if connection.execute(delete(gallery).where(gallery.c.id == id)).rowcount == 0:
        raise NotFound


def require_gallery(connection: Connection, id: GalleryId) -> Gallery:
    row = connection.execute(gallery_with_id(id)).first()
    if row is None:
        raise NotFound
    return read_gallery(row)


def read_gallery(row: Row[Any]) -> Gallery:
    return Gallery(
        id=row.id,
        number=row.number,
        owner=Owner(account_id=row.account_id, organization_id=row.organization_id),
        owner_number=row.owner_number,
        owner_username=row.owner_username,
        name=row.name,
        description=row.description,
        visibility=_VISIBILITIES[row.visibility],
        created_at=row.created_at,
        changed_at=row.changed_at,
        photo_count=row.photo_count,
        cover_id=row.cover_id,
        listed=row.listed,
    )
