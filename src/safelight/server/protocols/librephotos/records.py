"""Photos as this wire shows them: in full, in short, and grouped by day. Pure.

Clients read these field by field, so what Safelight does not know (faces, places, captions) is
there all the same, empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import groupby

import msgspec

from safelight.library.photo import Photo, Visibility


class SimpleUser(msgspec.Struct, frozen=True, kw_only=True):
    """The names that an owner goes by; first and last name are shown on the user's record only."""

    id: int
    username: str
    first_name: str = ""
    last_name: str = ""


class PhotoSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The "pig photo" (LP-71). `date` and `birthTime` are "" when no camera said; `aspectRatio` is
    width over height."""

    id: str
    dominantColor: str  # noqa: N815  (the wire's own spelling, here and below)
    url: str
    location: str
    date: str
    birthTime: str  # noqa: N815
    aspectRatio: float  # noqa: N815
    type: str
    video_length: str
    rating: int
    owner: SimpleUser
    exif_gps_lat: float | None
    exif_gps_lon: float | None
    removed: bool
    in_trashcan: bool


class Places(msgspec.Struct, frozen=True, kw_only=True):
    attributes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()


class Captions(msgspec.Struct, frozen=True, kw_only=True):
    im2txt: str = ""
    places365: Places = Places()


class Empty(msgspec.Struct, frozen=True):
    """`{}`: nothing to say, or an object whose fields nothing here knows."""


class PhotoDetail(msgspec.Struct, frozen=True, kw_only=True):
    """`image_path` holds the name the photo was sent with: no path of the server leaves it."""

    image_hash: str
    image_path: tuple[str, ...]
    exif_gps_lat: float | None
    exif_gps_lon: float | None
    exif_timestamp: datetime | None
    search_captions: str
    search_location: str = ""
    captions_json: Captions = Captions()
    big_thumbnail_url: str
    square_thumbnail_url: str
    small_square_thumbnail_url: str
    geolocation_json: Empty = Empty()
    exif_json: Empty = Empty()
    people: tuple[str, ...] = ()
    rating: int
    hidden: bool
    public: bool
    removed: bool = False
    in_trashcan: bool
    shared_to: tuple[int, ...] = ()
    similar_photos: tuple[str, ...] = ()
    video: bool = False
    owner: SimpleUser
    size: int
    height: int
    width: int
    focal_length: float | None = None
    fstop: float | None = None
    iso: int | None = None
    shutter_speed: str | None = None
    lens: str
    camera: str
    focalLength35Equivalent: int | None = None  # noqa: N815
    digitalZoomRatio: float | None = None  # noqa: N815
    subjectDistance: float | None = None  # noqa: N815
    embedded_media: tuple[str, ...] = ()


class PhotosOfDay(msgspec.Struct, frozen=True, kw_only=True):
    date: str | None
    location: str
    items: tuple[PhotoSummary, ...]


class CoverPhoto(msgspec.Struct, frozen=True, kw_only=True):
    """All empty for an album without photos."""

    image_hash: str = ""
    rating: int = 0
    hidden: bool = False
    exif_timestamp: datetime | None = None
    public: bool = False
    video: bool = False


def summarize(photo: Photo) -> PhotoSummary:
    taken_at = photo.taken_at
    return PhotoSummary(
        id=photo.image_hash,
        dominantColor=photo.dominant_color,
        url=photo.image_hash,
        location="",
        date=taken_at.isoformat() if taken_at is not None else "",
        birthTime=taken_at.isoformat().replace("+00:00", "Z") if taken_at is not None else "",
        aspectRatio=round(photo.width / max(photo.height, 1), 2),
        type="image",
        video_length="",
        rating=photo.rating,
        owner=owner_of(photo),
        exif_gps_lat=photo.latitude,
        exif_gps_lon=photo.longitude,
        removed=False,
        in_trashcan=photo.trashed,
    )


def detail(photo: Photo) -> PhotoDetail:
    name = f"{photo.image_hash}.jpg"
    return PhotoDetail(
        image_hash=photo.image_hash,
        image_path=(photo.name,),
        exif_gps_lat=photo.latitude,
        exif_gps_lon=photo.longitude,
        exif_timestamp=photo.taken_at,
        search_captions=photo.description,
        big_thumbnail_url=f"/media/thumbnails_big/{name}",
        square_thumbnail_url=f"/media/square_thumbnails/{name}",
        small_square_thumbnail_url=f"/media/square_thumbnails_small/{name}",
        rating=photo.rating,
        hidden=photo.hidden,
        public=photo.visibility is Visibility.PUBLIC,
        in_trashcan=photo.trashed,
        owner=owner_of(photo),
        size=photo.size,
        height=photo.height,
        width=photo.width,
        lens=photo.lens,
        camera=f"{photo.camera_make} {photo.camera_model}".strip(),
    )


def group_by_day(photos: Iterable[Photo]) -> tuple[PhotosOfDay, ...]:
    """The newest day first; photos without a date last."""
    dated = sorted(photos, key=_taken_or_never, reverse=True)
    return tuple(
        PhotosOfDay(date=day, location="", items=tuple(summarize(each) for each in group))
        for day, group in groupby(dated, key=day_of)
    )


def cover(photo: Photo) -> CoverPhoto:
    return CoverPhoto(
        image_hash=photo.image_hash,
        rating=photo.rating,
        hidden=photo.hidden,
        exif_timestamp=photo.taken_at,
        public=photo.visibility is Visibility.PUBLIC,
    )


def day_of(photo: Photo) -> str | None:
    """`YYYY-MM-DD` in UTC; None for a photo without a date."""
    return None if photo.taken_at is None else photo.taken_at.astimezone(UTC).date().isoformat()


def owner_of(photo: Photo) -> SimpleUser:
    return SimpleUser(id=photo.owner_number, username=photo.owner_username)


def _taken_or_never(photo: Photo) -> datetime:
    return photo.taken_at or datetime.min.replace(tzinfo=UTC)
