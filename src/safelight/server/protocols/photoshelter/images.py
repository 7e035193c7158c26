"""Photos: uploads, records, files, searching. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from safelight.errors import InvalidFields, NotFound
from safelight.identity.ids import is_record_id
from safelight.library.photo import Photo, Visibility
from safelight.library.ports import PhotoChange
from safelight.library.questions import (
    AddPhotos,
    ById,
    ChangePhoto,
    DeletePhoto,
    FetchOriginal,
    GetPhoto,
    ListPhotos,
    PhotoFile,
    PhotoListing,
)
from safelight.server.files import write_file
from safelight.server.http import Reply, Request
from safelight.server.protocols.photoshelter.envelope import write_ok
from safelight.server.protocols.photoshelter.fields import read_flag, read_mode, read_parameters
from safelight.server.protocols.photoshelter.galleries import gallery_of
from safelight.server.protocols.photoshelter.records import (
    exif_record,
    image_galleries,
    image_link_record,
    image_record,
    image_relations,
    iptc_record,
)
from safelight.server.protocols.photoshelter.view import Record, read_view, write_paging

_FILE_FIELDS = ("file", "file[]")
_RATING = re.compile(r"[0-5]")
_BOILERPLATE = frozenset({"any", "all", "and", "or"})


def photo_of(request: Request) -> ById:
    """The photo that the path names. Raises NotFound for what cannot be a photo's id."""
    image_id = request.params["image_id"]
    if not is_record_id(image_id, "I"):
        raise NotFound("There is no image with this id.")
    return ById(image_id)


# --- changes --------------------------------------------------------------------


def read_upload(request: Request) -> AddPhotos:
    """One or more files named `file` or `file[]`, and the gallery they go to, if one is named.

    `f_searchable` is checked and otherwise without effect: what is searchable follows from who may
    see a photo. Raises InvalidFields.
    """
    form = read_parameters(request)
    files = tuple(upload for name, upload in form.files if name in _FILE_FIELDS)
    if not files:
        raise InvalidFields({"file": ("The upload has no file.",)})
    read_flag(form, "f_searchable")
    gallery_id = form.get("gallery_id")
    return AddPhotos(
        files=files,
        gallery=gallery_of(gallery_id) if gallery_id else None,
        visibility=read_mode(form) or Visibility.PRIVATE,
    )


def write_upload(photos: tuple[Photo, ...], request: Request) -> Reply:
    """The image's record, or a list of them when several files were sent."""
    view = read_view(request)
    records = [
        view.pick(image_record(each)) | image_relations(each, view, request) for each in photos
    ]
    return write_ok(request, {"Image": records[0] if len(records) == 1 else records})


def read_update(request: Request) -> ChangePhoto:
    """Who may see it, its rating, its file's name and its caption."""
    photo = photo_of(request)
    form = read_parameters(request)
    rating = form.get("rating")
    if rating is not None and not _RATING.fullmatch(rating):
        raise InvalidFields({"rating": ("Use a digit from 0 to 5.",)})
    change = PhotoChange(
        name=form.get("file_name"),
        description=form.get("caption"),
        visibility=read_mode(form),
        rating=None if rating is None else int(rating),
    )
    return ChangePhoto(photo=photo, change=change)


def read_delete(request: Request) -> DeletePhoto:
    return DeletePhoto(photo=photo_of(request))


# --- one photo ------------------------------------------------------------------------------


def read_one(request: Request) -> GetPhoto:
    return GetPhoto(photo=photo_of(request))


def write_one(photo: Photo, request: Request) -> Reply:
    view = read_view(request)
    record = view.pick(image_record(photo)) | image_relations(photo, view, request)
    return write_ok(request, {"Image": record})


def write_link(photo: Photo, request: Request) -> Reply:
    return _write_part("ImageLink", image_link_record(photo, request), request)


def write_iptc(photo: Photo, request: Request) -> Reply:
    return _write_part("Iptc", iptc_record(photo), request)


def write_exif(photo: Photo, request: Request) -> Reply:
    return _write_part("Exif", exif_record(photo), request)


def write_galleries(photo: Photo, request: Request) -> Reply:
    view = read_view(request)
    galleries = [view.pick(each) for each in image_galleries(photo)]
    paging = write_paging(view, len(galleries), request)
    return write_ok(request, {"ImageGallery": galleries, "Paging": paging})


def _write_part(name: str, record: Record, request: Request) -> Reply:
    return write_ok(request, {name: read_view(request).pick(record)})


def read_download(request: Request) -> FetchOriginal:
    """`f_embed` asks for metadata inside the file: originals have theirs anyway."""
    return FetchOriginal(photo=photo_of(request))


def write_download(file: PhotoFile, request: Request) -> Reply:
    return write_file(file, request, download=True)


# --- searching ------------------------------------------------------------------------------


def searching(*, public: bool) -> Callable[[Request], ListPhotos]:
    """Reads a search among one's own photos, or among everybody's public ones."""

    def read(request: Request) -> ListPhotos:
        return ListPhotos(
            window=read_view(request).window,
            public=public,
            text=_read_terms(request.parameter("terms")),
        )

    return read


def write_search(found: PhotoListing, request: Request) -> Reply:
    view = read_view(request)
    images = [
        view.pick(image_record(each)) | image_relations(each, view, request) for each in found.items
    ]
    paging = write_paging(view, found.total, request)
    return write_ok(request, {"Results": {"Image": images}, "Paging": paging})


def _read_terms(text: str | None) -> str | None:
    """Plain text, or JSON with the words somewhere in it: `["harbour"]`, `[{"term":"harbour"}]`.

    Raises InvalidFields for JSON that breaks off or is nested beyond reason.
    """
    if not text or not text.lstrip().startswith(("[", "{", '"')):
        return text or None
    try:
        texts = _texts_in(msgspec.json.decode(text))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise InvalidFields({"terms": ("This is not JSON.",)}) from None
    return " ".join(texts) or None


def _texts_in(terms: Any) -> list[str]:
    if isinstance(terms, str):
        return [terms] if terms.lower() not in _BOILERPLATE else []
    if isinstance(terms, dict):
        terms = list(terms.values())
    if isinstance(terms, list):
        return [text for each in terms for text in _texts_in(each)]
    return []
