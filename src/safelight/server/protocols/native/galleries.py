"""`/v1/galleries`, and the photos in them."""

from __future__ import annotations

from safelight.identity.permission import Scope
from safelight.library.gallery import Gallery
from safelight.library.ports import GalleryChange
from safelight.library.questions import (
    AddGallery,
    ById,
    ChangeGallery,
    DeleteGallery,
    GalleryListing,
    GetGallery,
    ListGalleries,
    ListPhotos,
    PhotoListing,
)
from safelight.server.http import Reply, Request, json_reply
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
from safelight.server.protocols.native.photos import show_photo
from safelight.server.wire import AnyEndpoint, ResourceEndpoint


def _read_list(request: Request) -> ListGalleries:
    query = read_query(request, taken.GalleryQuery)
    return ListGalleries(window=window_of(query, request), public=query.public)


def _write_list(listing: GalleryListing, request: Request) -> Reply:
    query = read_query(request, taken.GalleryQuery)
    return write_page(listing.items, listing.next, _show, query, request)


def _show(gallery: Gallery) -> given.Gallery:
    return given.Gallery(
        id=gallery.id,
        name=gallery.name,
        description=gallery.description,
        owner=given.Owner(
            account_id=gallery.owner.account_id,
            username=gallery.owner_username,
            organization_id=gallery.owner.organization_id,
        ),
        visibility=gallery.visibility,
        listed=gallery.listed,
        photo_count=gallery.photo_count,
        cover_id=gallery.cover_id,
        created_at=gallery.created_at,
        changed_at=gallery.changed_at,
        wire_ids=given.WireIds(
            pixieset=gallery.number, photoshelter=gallery.id, librephotos=str(gallery.number)
        ),
    )


def _read_add(request: Request) -> AddGallery:
    body = read_body(request, taken.NewGallery)
    return AddGallery(
        name=body.name,
        description=body.description,
        visibility=body.visibility,
        listed=body.listed,
        photos=tuple(ById(each) for each in body.photo_ids),
    )


def _write_added(gallery: Gallery, request: Request) -> Reply:
    return created(_show(gallery), f"/v1/galleries/{gallery.id}")


def _read_show(request: Request) -> GetGallery:
    return GetGallery(gallery=record_of(request, "G"))


def _read_change(request: Request) -> ChangeGallery:
    body = read_body(request, taken.GalleryChange)
    change = GalleryChange(
        name=given_or_none(body.name),
        description=given_or_none(body.description),
        visibility=given_or_none(body.visibility),
        listed=given_or_none(body.listed),
    )
    return ChangeGallery(gallery=record_of(request, "G"), change=change)


def _write_gallery(gallery: Gallery, request: Request) -> Reply:
    return json_reply(_show(gallery))


def _read_delete(request: Request) -> DeleteGallery:
    return DeleteGallery(gallery=record_of(request, "G"))


def _read_photos(request: Request) -> ListPhotos:
    query = read_query(request, taken.PageQuery)
    return ListPhotos(window=window_of(query, request), gallery=record_of(request, "G"))


def _write_photos(listing: PhotoListing, request: Request) -> Reply:
    query = read_query(request, taken.PageQuery)
    return write_page(listing.items, listing.next, show_photo, query, request)


def _read_put(request: Request) -> ChangeGallery:
    photo = record_of(request, "I", "photo_id")
    return ChangeGallery(gallery=record_of(request, "G"), put=(photo,))


def _read_take(request: Request) -> ChangeGallery:
    photo = record_of(request, "I", "photo_id")
    return ChangeGallery(gallery=record_of(request, "G"), take=(photo,))


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    ResourceEndpoint(
        method="GET",
        path="/v1/galleries",
        read=_read_list,
        write=_write_list,
        needs=Scope.GALLERIES_READ,
        summary="List galleries, the newest first",
        query=taken.GalleryQuery,
        gives=given.Page[given.Gallery],
    ),
    ResourceEndpoint(
        method="POST",
        path="/v1/galleries",
        read=_read_add,
        write=_write_added,
        needs=Scope.GALLERIES_WRITE,
        summary="Add a gallery",
        takes=taken.NewGallery,
        gives=given.Gallery,
        success=201,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/galleries/{id}",
        read=_read_show,
        write=_write_gallery,
        needs=Scope.GALLERIES_READ,
        summary="Show a gallery",
        gives=given.Gallery,
    ),
    ResourceEndpoint(
        method="PATCH",
        path="/v1/galleries/{id}",
        read=_read_change,
        write=_write_gallery,
        needs=Scope.GALLERIES_WRITE,
        summary="Change a gallery",
        takes=taken.GalleryChange,
        gives=given.Gallery,
    ),
    ResourceEndpoint(
        method="DELETE",
        path="/v1/galleries/{id}",
        read=_read_delete,
        write=no_content,
        needs=Scope.GALLERIES_WRITE,
        summary="Delete a gallery; its photos stay",
        success=204,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/galleries/{id}/photos",
        read=_read_photos,
        write=_write_photos,
        needs=Scope.PHOTOS_READ,
        summary="List a gallery's photos",
        query=taken.PageQuery,
        gives=given.Page[given.Photo],
    ),
    ResourceEndpoint(
        method="PUT",
        path="/v1/galleries/{id}/photos/{photo_id}",
        read=_read_put,
        write=no_content,
        needs=Scope.GALLERIES_WRITE,
        summary="Put a photo in a gallery",
        success=204,
    ),
    ResourceEndpoint(
        method="DELETE",
        path="/v1/galleries/{id}/photos/{photo_id}",
        read=_read_take,
        write=no_content,
        needs=Scope.GALLERIES_WRITE,
        summary="Take a photo out of a gallery",
        success=204,
    ),
)
