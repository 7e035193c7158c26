"""The photos' statements: questions as SELECTs, changes as what a transaction does."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.exc import IntegrityError

from safelight.errors import NotFound, QuotaExceeded
from safelight.identity.ids import GalleryId, PhotoId
from safelight.library.photo import FAVORITE_RATING, Owner, Photo, Visibility
from safelight.library.ports import Day, NewPhoto, PhotoChange, PhotoFilter, Window
from safelight.library.visibility import Asker
from safelight.stores.sql.galleries import put_photos, require_gallery
from safelight.stores.sql.listing import (
    contains_text,
    in_order,
    is_countable,
    newest_first,
    on_side_of,
    owned_by,
    same_side,
)
from safelight.stores.sql.tables import account, gallery, gallery_photo, photo

_VISIBILITIES = {each.value: each for each in Visibility}
_IMAGE_HASH = re.compile(r"([0-9a-f]{32})([1-9][0-9]{0,18})")

_DAY = timedelta(days=1) // timedelta(microseconds=1)
_DAYS_BEFORE_1970 = date(1970, 1, 1).toordinal() - 1

_membership = gallery_photo.alias("membership")

# Only the galleries of the photo's own side: into which of theirs others put it is their affair.
_GALLERY_IDS = (
    select(func.group_concat(_membership.c.gallery_id, " "))
    .join(gallery, gallery.c.id == _membership.c.gallery_id)
    .where(_membership.c.photo_id == photo.c.id, same_side(gallery, photo))
    .correlate(photo)
    .scalar_subquery()
    .label("gallery_ids")
)
_WHOLE = select(
    photo,
    account.c.number.label("owner_number"),
    account.c.username.label("owner_username"),
    _GALLERY_IDS,
).join_from(photo, account, account.c.id == photo.c.account_id)


# --- questions ------------------------------------------------------------------------------


def photo_with_id(id: PhotoId) -> Select[Any]:
    return _WHOLE.where(photo.c.id == id)


def photo_with_number(number: int) -> Select[Any]:
    return _WHOLE.where(photo.c.number == number if is_countable(number) else false())


def photo_with_hash(image_hash: str, seen_by: Asker) -> Select[Any]:
    match = _IMAGE_HASH.fullmatch(image_hash)
    if match is None or not is_countable(int(match.group(2))):
        return _WHOLE.where(false())
    bound_first = photo.c.organization_id.is_not_distinct_from(seen_by.organization_id)
    return (
        _WHOLE.where(
            photo.c.md5 == match.group(1),
            account.c.number == int(match.group(2)),
            _seen_by(seen_by),
        )
        .order_by(
            bound_first.desc(), photo.c.organization_id.is_(None).desc(), photo.c.number.desc()
        )
        .limit(1)
    )


def listed_photos(asked: PhotoFilter, window: Window) -> Select[Any]:
    question = _filtered(_WHOLE, asked)
    if asked.gallery_id is not None:
        return in_order(question, gallery_photo.c.position, window)
    return newest_first(question, photo.c.number, window)


def counted_photos(asked: PhotoFilter) -> Select[Any]:
    return _filtered(select(func.count()).select_from(photo), asked)


def counted_days(asked: PhotoFilter) -> Select[Any]:
    """Rows of a day's number since 0001-01-01 (or NULL) and a count of photos, the newest first."""
    # In whole numbers, and above zero so that dividing rounds down: a photo taken in the last
    # moment of 1969 is of that year.
    taken_at = type_coerce(photo.c.taken_at, BigInteger)
    day = ((taken_at + _DAYS_BEFORE_1970 * _DAY) // _DAY).label("day")
    columns: list[ColumnElement[Any]] = [day, func.count().label("photos")]
    counted = _filtered(select(*columns).select_from(photo), asked)
    return counted.group_by(day).order_by(day.desc().nulls_last())


def bytes_of(owner: Owner) -> Select[Any]:
    return select(func.coalesce(func.sum(photo.c.size), 0)).where(owned_by(photo, owner))


def holder_of(digest: str) -> Select[Any]:
    return select(photo.c.id).where(photo.c.digest == digest).limit(1)


def _filtered(question: Select[Any], asked: PhotoFilter) -> Select[Any]:
    if asked.gallery_id is not None:
        question = question.join(gallery_photo, gallery_photo.c.photo_id == photo.c.id).where(
            gallery_photo.c.gallery_id == asked.gallery_id
        )
    return question.where(*_conditions(asked))


def _conditions(asked: PhotoFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.owner is not None:
        found.append(owned_by(photo, asked.owner))
    if asked.owner_username is not None:
        named = select(account.c.id).where(account.c.username == asked.owner_username)
        found.append(photo.c.account_id.in_(named))
    if asked.seen_by is not None:
        found.append(_seen_by(asked.seen_by))
    if asked.visibility is not None:
        found.append(photo.c.visibility == asked.visibility.value)
    if asked.trashed is not None:
        found.append(photo.c.trashed.is_(asked.trashed))
    if asked.hidden is not None:
        found.append(photo.c.hidden.is_(asked.hidden))
    if asked.favorite is not None:
        favorite = photo.c.rating >= FAVORITE_RATING
        found.append(favorite if asked.favorite else ~favorite)
    if asked.day is not None:
        found.append(_taken_on(asked.day))
    if asked.text:
        found.append(contains_text(asked.text, photo.c.name, photo.c.description))
    return found


def _seen_by(asker: Asker) -> ColumnElement[bool]:
    public = and_(photo.c.visibility == Visibility.PUBLIC.value, photo.c.trashed.is_(False))
    return or_(public, on_side_of(photo, asker))


def _taken_on(day: str) -> ColumnElement[bool]:
    if not day:
        return photo.c.taken_at.is_(None)
    try:
        wanted = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        return false()
    return photo.c.taken_at.between(
        datetime.combine(wanted, time.min, UTC), datetime.combine(wanted, time.max, UTC)
    )


# --- changes --------------------------------------------------------------------------------


def add_photos(
    connection: Connection, photos: list[NewPhoto], gallery_id: GalleryId | None, quota: int
) -> list[Photo]:
    """See the port. No other writer comes between, so the sum of bytes holds until the insert."""
    if gallery_id is not None:
        require_gallery(connection, gallery_id)
    ids = [_keep(connection, new) for new in photos]
    for owner in {new.owner for new in photos if new.id in ids}:
        if connection.scalar(bytes_of(owner)) > quota:
            raise QuotaExceeded
    if gallery_id is not None:
        put_photos(connection, gallery_id, ids)
    return [require_photo(connection, each) for each in ids]


def _keep(connection: Connection, new: NewPhoto) -> PhotoId:
    """The id of the row that holds this content for this owner, now if not before."""
    held = select(photo.c.id).where(photo.c.digest == new.digest, owned_by(photo, new.owner))
    kept: PhotoId | None = connection.scalar(held.limit(1))
    if kept is None:
        _insert(connection, new)
        return new.id
    connection.execute(
        update(photo)
        .where(photo.c.id == kept, photo.c.trashed)
        .values(trashed=False, changed_at=new.added_at)
    )
    return kept


def _insert(connection: Connection, new: NewPhoto) -> None:
    picture = new.picture
    statement = insert(photo).values(
        id=new.id,
        account_id=new.owner.account_id,
        organization_id=new.owner.organization_id,
        name=new.name,
        description="",
        digest=new.digest,
        md5=new.md5,
        media_type=picture.media_type,
        extension=picture.extension,
        size=new.size,
        width=picture.width,
        height=picture.height,
        orientation=picture.orientation,
        taken_at=picture.taken_at,
        added_at=new.added_at,
        changed_at=new.added_at,
        camera_make=picture.camera_make,
        camera_model=picture.camera_model,
        lens=picture.lens,
        latitude=picture.latitude,
        longitude=picture.longitude,
        dominant_color=picture.dominant_color,
        visibility=new.visibility.value,
        rating=0,
        hidden=False,
        trashed=False,
    )
    try:
        connection.execute(statement)
    except IntegrityError:
        raise NotFound("The account or the organization is gone.") from None


def change_photo(connection: Connection, id: PhotoId, change: PhotoChange, at: datetime) -> Photo:
    values = {
        "name": change.name,
        "description": change.description,
        "visibility": None if change.visibility is None else change.visibility.value,
        "rating": change.rating,
        "hidden": change.hidden,
        "trashed": change.trashed,
    }
    wanted = {name: value for name, value in values.items() if value is not None}
    connection.execute(update(photo).where(photo.c.id == id).values(changed_at=at, **wanted))
    return require_photo(connection, id)


def remove_photo(connection: Connection, id: PhotoId) -> str | None:
    """See the port."""
    digest: str | None = connection.scalar(select(photo.c.digest).where(photo.c.id == id))
    if digest is None:
        raise NotFound
    connection.execute(delete(photo).where(photo.c.id == id))
    return None if connection.scalar(holder_of(digest)) else digest


def require_photo(connection: Connection, id: PhotoId) -> Photo:
    row = connection.execute(photo_with_id(id)).first()
    if row is None:
        raise NotFound
    return read_photo(row)


# --- rows -----------------------------------------------------------------------------------


def read_photo(row: Row[Any]) -> Photo:
    gallery_ids = "" if row.gallery_ids is None else row.gallery_ids
    return Photo(
        id=row.id,
        number=row.number,
        owner=Owner(account_id=row.account_id, organization_id=row.organization_id),
        owner_number=row.owner_number,
        owner_username=row.owner_username,
        name=row.name,
        description=row.description,
        digest=row.digest,
        md5=row.md5,
        media_type=row.media_type,
        extension=row.extension,
        size=row.size,
        width=row.width,
        height=row.height,
        orientation=row.orientation,
        taken_at=row.taken_at,
        added_at=row.added_at,
        changed_at=row.changed_at,
        camera_make=row.camera_make,
        camera_model=row.camera_model,
        lens=row.lens,
        latitude=row.latitude,
        longitude=row.longitude,
        dominant_color=row.dominant_color,
        visibility=_VISIBILITIES[row.visibility],
        rating=row.rating,
        hidden=row.hidden,
        trashed=row.trashed,
        gallery_ids=tuple(GalleryId(each) for each in sorted(gallery_ids.split())),
    )


def read_day(row: Row[Any]) -> Day:
    day = None if row.day is None else date.fromordinal(row.day + 1).isoformat()
    return Day(day=day, count=row.photos)
