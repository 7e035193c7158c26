"""`/v1/photos`."""

from __future__ import annotations

from safelight.errors import InvalidFields
from safelight.identity.permission import Scope
from safelight.library.photo import Photo, Visibility
from safelight.library.ports import PhotoChange
from safelight.library.questions import (
    AddPhotos,
    ById,
    ChangePhoto,
    DeletePhoto,
    FetchOriginal,
    FetchThumbnail,
    GetPhoto,
    ListPhotos,
    PhotoFile,
    PhotoListing,
)
from safelight.server.files import write_file
from safelight.server.http import Form, Reply, Request, json_reply
from safelight.server.protocols.native import given, taken
from safelight.server.protocols.native.bodies import (
    created,
    given_or_none,
    no_content,
    read_body,
    read_query,
    record_of,
)
from safelight.server.protocols.native.listings import window_of, write_page
from safelight.server.wire import AnyEndpoint, Body, ResourceEndpoint

_FORM_FIELDS = frozenset({"gallery_id", "visibility"})
_MOST_FILES = 100


def _read_list(request: Request) -> ListPhotos:
    query = read_query(request, taken.PhotoQuery)
    return ListPhotos(
        window=window_of(query, request),
        gallery=ById(query.gallery) if query.gallery else None,
        public=query.public,
        trashed=query.trashed,
        favorite=given_or_none(query.favorite),
        text=query.text or None,
    )


def _write_list(listing: PhotoListing, request: Request) -> Reply:
    query = read_query(request, taken.PhotoQuery)
    return write_page(listing.items, listing.next, show_photo, query, request)


def show_photo(photo: Photo) -> given.Photo:
    location = None
    if photo.latitude is not None and photo.longitude is not None:
        location = given.Location(latitude=photo.latitude, longitude=photo.longitude)
    return given.Photo(
        id=photo.id,
        name=photo.name,
        description=photo.description,
        owner=given.Owner(
            account_id=photo.owner.account_id,
            username=photo.owner_username,
            organization_id=photo.owner.organization_id,
        ),
        visibility=photo.visibility,
        rating=photo.rating,
        hidden=photo.hidden,
        trashed=photo.trashed,
        media_type=photo.media_type,
        size=photo.size,
        sha256=photo.digest,
        width=photo.width,
        height=photo.height,
        taken_at=photo.taken_at,
        added_at=photo.added_at,
        changed_at=photo.changed_at,
        camera=given.Camera(make=photo.camera_make, model=photo.camera_model, lens=photo.lens),
        location=location,
        dominant_color=photo.dominant_color,
        gallery_ids=photo.gallery_ids,
        wire_ids=given.WireIds(
            pixieset=photo.number, photoshelter=photo.id, librephotos=photo.image_hash
        ),
    )


def _read_add(request: Request) -> AddPhotos:
    form = request.form or Form()
    if not form.files:
        raise InvalidFields({"files": ("Send at least one file.",)})
    if len(form.files) > _MOST_FILES:
        raise InvalidFields({"files": (f"Send at most {_MOST_FILES} files at once.",)})
    unknown = {name for name, _ in form.fields} - _FORM_FIELDS
    if unknown:
        raise InvalidFields({min(unknown)[:100]: ("There is no such field.",)})
    gallery_id = form.get("gallery_id")
    return AddPhotos(
        files=tuple(upload for _, upload in form.files),
        gallery=ById(gallery_id) if gallery_id is not None else None,
        visibility=_visibility_of(form),
    )


def _visibility_of(form: Form) -> Visibility:
    word = form.get("visibility")
    if word is None:
        return Visibility.PRIVATE
    try:
        return Visibility(word)
    except ValueError:
        raise InvalidFields({"visibility": ("Use private or public.",)}) from None


def _write_added(photos: tuple[Photo, ...], request: Request) -> Reply:
    """`Location` names the first of them."""
    page = given.Page(items=tuple(show_photo(each) for each in photos), next=None)
    return created(page, f"/v1/photos/{photos[0].id}")


def _read_show(request: Request) -> GetPhoto:
    return GetPhoto(photo=record_of(request, "I"))


def _read_change(request: Request) -> ChangePhoto:
    body = read_body(request, taken.PhotoChange)
    change = PhotoChange(
        name=given_or_none(body.name),
        description=given_or_none(body.description),
        visibility=given_or_none(body.visibility),
        rating=given_or_none(body.rating),
        hidden=given_or_none(body.hidden),
        trashed=given_or_none(body.trashed),
    )
    return ChangePhoto(photo=record_of(request, "I"), change=change)


def _write_photo(photo: Photo, request: Request) -> Reply:
    return json_reply(show_photo(photo))


def _read_delete(request: Request) -> DeletePhoto:
    return DeletePhoto(photo=record_of(request, "I"))


def _read_original(request: Request) -> FetchOriginal:
    return FetchOriginal(photo=record_of(request, "I"))


def _read_thumbnail(request: Request) -> FetchThumbnail:
    query = read_query(request, taken.ThumbnailQuery)
    return FetchThumbnail(photo=record_of(request, "I"), kind=query.size)


def _write_file(file: PhotoFile, request: Request) -> Reply:
    return write_file(file, request)


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    ResourceEndpoint(
        method="GET",
        path="/v1/photos",
        read=_read_list,
        write=_write_list,
        needs=Scope.PHOTOS_READ,
        summary="List photos, the newest first",
        query=taken.PhotoQuery,
        gives=given.Page[given.Photo],
    ),
    ResourceEndpoint(
        method="POST",
        path="/v1/photos",
        read=_read_add,
        write=_write_added,
        needs=Scope.PHOTOS_WRITE,
        body=Body.UPLOAD,
        summary="Add photos: all of the form's files, or none",
        takes=taken.PhotoUpload,
        gives=given.Page[given.Photo],
        success=201,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/photos/{id}",
        read=_read_show,
        write=_write_photo,
        needs=Scope.PHOTOS_READ,
        summary="Show a photo",
        gives=given.Photo,
    ),
    ResourceEndpoint(
        method="PATCH",
        path="/v1/photos/{id}",
        read=_read_change,
        write=_write_photo,
        needs=Scope.PHOTOS_WRITE,
        summary="Change a photo",
        takes=taken.PhotoChange,
        gives=given.Photo,
    ),
    ResourceEndpoint(
        method="DELETE",
        path="/v1/photos/{id}",
        read=_read_delete,
        write=no_content,
        needs=Scope.PHOTOS_WRITE,
        summary="Delete a photo and its files",
        success=204,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/photos/{id}/original",
        read=_read_original,
        write=_write_file,
        needs=Scope.PHOTOS_READ,
        summary="Download the original",
        gives=bytes,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/photos/{id}/thumbnail",
        read=_read_thumbnail,
        write=_write_file,
        needs=Scope.PHOTOS_READ,
        summary="Download a thumbnail, upright and without metadata",
        query=taken.ThumbnailQuery,
        gives=bytes,
    ),
)
