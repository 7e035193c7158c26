"""The Galleries API: the account, collections, galleries, photos and their files."""

from __future__ import annotations

import msgspec

from safelight.authentication.affairs import CallerView, ShowCaller
from safelight.errors import NotFound
from safelight.identity.permission import Scope
from safelight.library.gallery import Gallery
from safelight.library.ports import ThumbnailKind, Window
from safelight.library.questions import (
    ById,
    ChangeGallery,
    FetchThumbnail,
    GalleryListing,
    GetGallery,
    ListGalleries,
    ListPhotos,
    PhotoFile,
    PhotoListing,
)
from safelight.server.files import write_file
from safelight.server.http import Reply, Request, json_reply, redirect
from safelight.server.linked_originals import FetchLinked, LinkOriginal
from safelight.server.protocols.pixieset.fields import read_collection_change
from safelight.server.protocols.pixieset.galleries_records import (
    Dashboard,
    DashboardBody,
    DashboardData,
    DashboardMeta,
    PhotosBody,
    UserRecord,
    write_bootstrap,
    write_collection,
    write_gallery,
    write_listed_collection,
    write_listed_gallery,
    write_photo,
    write_user,
)
from safelight.server.protocols.pixieset.ids import (
    read_collection_id,
    read_gallery_id,
    read_photo_id,
)
from safelight.server.protocols.pixieset.paging import GALLERIES_PAGE, read_page, write_meta
from safelight.server.wire import AnyEndpoint, PublicEndpoint, ResourceEndpoint, Several

_COLLECTION = "/api/v1/collections/{id}"
_WHOLE_GALLERY = Window(limit=1_000_000)


def galleries_endpoints() -> tuple[AnyEndpoint, ...]:
    return (*_account_endpoints(), *_collection_endpoints(), *_photo_endpoints())


def _account_endpoints() -> tuple[AnyEndpoint, ...]:
    return (
        ResourceEndpoint(
            method="GET",
            path="/api/v1/data/bootstrap",
            read=_read_caller,
            write=_write_bootstrap,
            needs=Scope.ACCOUNT_READ,
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/v1/user",
            read=_read_caller,
            write=_write_user,
            needs=Scope.ACCOUNT_READ,
        ),
    )


def _collection_endpoints() -> tuple[AnyEndpoint, ...]:
    change = ResourceEndpoint(
        method="PUT",
        path=_COLLECTION,
        read=_read_change,
        write=_write_collection,
        needs=Scope.GALLERIES_WRITE,
    )
    return (
        ResourceEndpoint(
            method="GET",
            path="/api/v1/dashboard_listings",
            read=_read_dashboard,
            write=_write_dashboard,
            needs=Scope.GALLERIES_READ,
        ),
        ResourceEndpoint(
            method="GET",
            path=_COLLECTION,
            read=_read_collection,
            write=_write_collection,
            needs=Scope.GALLERIES_READ,
        ),
        change,
        msgspec.structs.replace(change, method="PATCH"),
        ResourceEndpoint(
            method="GET",
            path=f"{_COLLECTION}/galleries",
            read=_read_collection,
            write=_write_galleries,
            needs=Scope.GALLERIES_READ,
        ),
        ResourceEndpoint(
            method="GET",
            path=f"{_COLLECTION}/photos",
            read=_read_photos,
            write=_write_photos,
            needs=Scope.PHOTOS_READ,
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/v1/galleries/{id}",
            read=_read_gallery,
            write=_write_gallery,
            needs=Scope.GALLERIES_READ,
        ),
    )


def _photo_endpoints() -> tuple[AnyEndpoint, ...]:
    return (
        ResourceEndpoint(
            method="GET",
            path="/api/v1/photos/{id}/download",
            read=_read_download,
            write=_write_download,
            needs=Scope.PHOTOS_READ,
        ),
        PublicEndpoint(
            method="GET", path="/download/{signed}", read=_read_linked, write=_write_original
        ),
        ResourceEndpoint(
            method="GET",
            path="/media/thumbnails/{kind}/{name}",
            read=_read_thumbnail,
            write=_write_thumbnail,
            needs=Scope.PHOTOS_READ,
        ),
    )


# --- the account ------------------------------------------------------------------------------


class _UserBody(msgspec.Struct, frozen=True, kw_only=True):
    data: UserRecord


def _read_caller(request: Request) -> ShowCaller:
    return ShowCaller()


def _write_bootstrap(view: CallerView, request: Request) -> Reply:
    return json_reply({"data": write_bootstrap(view.account)})


def _write_user(view: CallerView, request: Request) -> Reply:
    return json_reply(_UserBody(data=write_user(view.account)))


# --- collections ------------------------------------------------------------------------------


def _read_dashboard(request: Request) -> ListGalleries:
    return ListGalleries(window=read_page(request, GALLERIES_PAGE).window)


def _write_dashboard(listing: GalleryListing, request: Request) -> Reply:
    page = read_page(request, GALLERIES_PAGE)
    shown = tuple(write_listed_collection(each, request) for each in listing.items)
    meta = DashboardMeta(
        total=listing.total, current_page=page.number, last_page=page.last(listing.total)
    )
    data = DashboardData(data=Dashboard(collections=shown, items=shown), meta=meta)
    return json_reply(DashboardBody(data=data))


def _read_collection(request: Request) -> GetGallery:
    return GetGallery(gallery=read_collection_id(request.params["id"]))


def _write_collection(gallery: Gallery, request: Request) -> Reply:
    return json_reply({"data": write_collection(gallery)})


def _read_change(request: Request) -> ChangeGallery:
    collection = read_collection_id(request.params["id"])
    return ChangeGallery(gallery=collection, change=read_collection_change(request))


def _write_galleries(gallery: Gallery, request: Request) -> Reply:
    return json_reply({"data": (write_listed_gallery(gallery, request),)})


# --- photos -----------------------------------------------------------------------------------


def _read_photos(request: Request) -> Several:
    collection = read_collection_id(request.params["id"])
    window = read_page(request, GALLERIES_PAGE).window
    return Several(
        questions=(GetGallery(gallery=collection), ListPhotos(gallery=collection, window=window))
    )


def _write_photos(found: tuple[Gallery, PhotoListing], request: Request) -> Reply:
    gallery, listing = found
    page = read_page(request, GALLERIES_PAGE)
    shown = tuple(
        write_photo(photo, gallery.number, rank, request)
        for rank, photo in enumerate(listing.items, start=page.window.offset + 1)
    )
    meta = write_meta(page, shown=len(shown), total=listing.total)
    return json_reply(PhotosBody(data=shown, meta=meta))


def _read_gallery(request: Request) -> Several:
    """Everything in it at once, asked for by `expand` or not: programs count what they get."""
    gallery = read_gallery_id(request.params["id"])
    return Several(
        questions=(
            GetGallery(gallery=gallery),
            ListPhotos(gallery=gallery, window=_WHOLE_GALLERY),
        )
    )


def _write_gallery(found: tuple[Gallery, PhotoListing], request: Request) -> Reply:
    gallery, listing = found
    return json_reply({"data": write_gallery(gallery, listing.items, request)})


# --- files ------------------------------------------------------------------------------------


def _read_download(request: Request) -> LinkOriginal:
    return LinkOriginal(photo=read_photo_id(request.params["id"]))


def _write_download(signed: str, request: Request) -> Reply:
    """The one address that we write with a secret in it: good for minutes, and no longer than
    its session (PX-48)."""
    return redirect(f"{request.base_url}/download/{signed}", 302)


def _read_linked(request: Request) -> FetchLinked:
    return FetchLinked(signed=request.params["signed"])


def _write_original(file: PhotoFile, request: Request) -> Reply:
    return write_file(file, request, download=True)


def _read_thumbnail(request: Request) -> FetchThumbnail:
    kind = _KINDS.get(request.params["kind"])
    name = request.params["name"]
    if kind is None or not name.endswith(".jpg"):
        raise NotFound
    return FetchThumbnail(photo=ById(name.removesuffix(".jpg")), kind=kind)


def _write_thumbnail(file: PhotoFile, request: Request) -> Reply:
    return write_file(file, request)


_KINDS = {kind.value: kind for kind in ThumbnailKind}
