"""Galleries, and the one collection that holds them. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from safelight.errors import InvalidFields, NotFound
from safelight.identity.ids import is_record_id
from safelight.library.gallery import Gallery
from safelight.library.photo import Photo, Visibility
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
from safelight.server.http import Form, Reply, Request
from safelight.server.protocols.photoshelter.envelope import NOTHING, write_ok
from safelight.server.protocols.photoshelter.fields import (
    read_flag,
    read_mode,
    read_parameters,
    required,
)
from safelight.server.protocols.photoshelter.records import (
    ROOT,
    collection_record,
    gallery_image_record,
    gallery_record,
    gallery_relations,
    image_record,
    image_relations,
    key_image,
)
from safelight.server.protocols.photoshelter.view import Record, View, read_view, write_paging
from safelight.server.wire import Several

_NO_SUCH_GALLERY = "There is no gallery with this id."
_NO_SUCH_COLLECTION = "There is no collection with this id."
_ROOT_NAMES = ("root", ROOT)


def gallery_of(id: str) -> ById:
    """Raises NotFound for what cannot be a gallery's id."""
    if not is_record_id(id, "G"):
        raise NotFound(_NO_SUCH_GALLERY)
    return ById(id)


# --- lists ----------------------------------------------------------------------------------


def read_list(request: Request) -> ListGalleries:
    """The galleries of a collection: `parent`, when it is named, has to be the root."""
    _require_root(request.parameter("parent"))
    return ListGalleries(window=read_view(request).window)


def read_public_list(request: Request) -> ListGalleries:
    _require_root(request.parameter("parent"))
    return ListGalleries(window=read_view(request).window, public=True)


def write_list(found: GalleryListing, request: Request) -> Reply:
    view = read_view(request)
    galleries = [_gallery(each, view, request) for each in found.items]
    paging = write_paging(view, found.total, request)
    return write_ok(request, {"Gallery": galleries, "Paging": paging})


# --- one ------------------------------------------------------------------------------------


def read_one(request: Request) -> GetGallery | Several:
    """With its photos if `extend` names GalleryImage or Children."""
    gallery = gallery_of(request.params["gallery_id"])
    view = read_view(request)
    if not _wants_photos(view):
        return GetGallery(gallery=gallery)
    photos = ListPhotos(window=view.window, gallery=gallery)
    return Several(questions=(GetGallery(gallery=gallery), photos))


def write_one(found: Gallery | tuple[Gallery, PhotoListing], request: Request) -> Reply:
    view = read_view(request)
    if isinstance(found, Gallery):
        return write_ok(request, {"Gallery": _gallery(found, view, request)})
    gallery, listing = found
    record = _gallery(gallery, view, request)
    images = [
        view.extend("GalleryImage", gallery_image_record(each)) | _photo(each, view, request)
        for each in listing.items
    ]
    if "GalleryImage" in view.extensions:
        record["GalleryImage"] = images
    if "Children" in view.extensions:
        record["Children"] = {"GalleryImage": images} if images else {}
    return write_ok(request, {"Gallery": record})


def read_images(request: Request) -> ListPhotos:
    gallery = gallery_of(request.params["gallery_id"])
    return ListPhotos(window=read_view(request).window, gallery=gallery)


def write_images(found: PhotoListing, request: Request) -> Reply:
    view = read_view(request)
    images = [
        view.pick(gallery_image_record(each)) | _photo(each, view, request) for each in found.items
    ]
    paging = write_paging(view, found.total, request)
    return write_ok(request, {"GalleryImage": images, "Paging": paging})


def _photo(photo: Photo, view: View, request: Request) -> Record:
    found = image_relations(photo, view, request)
    if "Image" in view.extensions:
        found["Image"] = view.extend("Image", image_record(photo))
    return found


def _gallery(gallery: Gallery, view: View, request: Request) -> Record:
    return view.pick(gallery_record(gallery)) | gallery_relations(gallery, view, request)


def _wants_photos(view: View) -> bool:
    return "GalleryImage" in view.extensions or "Children" in view.extensions


# --- changes --------------------------------------------------------------------------------


def read_insert(request: Request) -> AddGallery:
    """Raises InvalidFields, also for a parent that is not the root: nothing can go there."""
    form = read_parameters(request)
    if form.get("parent") not in (None, "", *_ROOT_NAMES):
        raise InvalidFields({"parent": (_NO_SUCH_COLLECTION,)})
    listed = read_flag(form, "f_list")
    return AddGallery(
        name=required("name", form.get("name")),
        description=form.get("description") or "",
        visibility=read_mode(form) or Visibility.PRIVATE,
        listed=True if listed is None else listed,
    )


def write_changed(gallery: Gallery, request: Request) -> Reply:
    return write_ok(request, {"Gallery": _gallery(gallery, read_view(request), request)})


def read_update(request: Request) -> ChangeGallery:
    gallery = gallery_of(request.params["gallery_id"])
    form = read_parameters(request)
    return ChangeGallery(gallery=gallery, change=_read_change(form))


def _read_change(form: Form) -> GalleryChange:
    name = form.get("name")
    return GalleryChange(
        name=None if name is None else required("name", name),
        description=form.get("description"),
        visibility=read_mode(form),
        listed=read_flag(form, "f_list"),
    )


def read_delete(request: Request) -> DeleteGallery:
    return DeleteGallery(gallery=gallery_of(request.params["gallery_id"]))


def write_deleted(nothing: None, request: Request) -> Reply:
    return write_ok(request, NOTHING)


# --- the root collection --------------------------------------------------------------------


def read_collection(request: Request) -> ListGalleries:
    """Asks for the galleries, since everything that can be known of the root is what it holds."""
    _require_root(request.params.get("collection_id", "root"))
    return ListGalleries(window=read_view(request).window)


def read_public_collection(request: Request) -> ListGalleries:
    _require_root(request.params["collection_id"])
    return ListGalleries(window=read_view(request).window, public=True)


def write_collection(found: GalleryListing, request: Request) -> Reply:
    return write_ok(request, {"Collection": _root(found.items, read_view(request), request)})


def write_collections(found: GalleryListing, request: Request) -> Reply:
    """The top of the tree: a list of one."""
    view = read_view(request)
    record = _root(found.items, view, request)
    return write_ok(request, {"Collection": [record], "Paging": write_paging(view, 1, request)})


def write_children(found: GalleryListing, request: Request) -> Reply:
    """A kind that there is none of is left out, as clients test for the key."""
    view = read_view(request)
    paging = write_paging(view, found.total, request)
    children = _children(found.items, view, request)
    return write_ok(request, {"Children": children, "Paging": paging})


def write_parent(found: GalleryListing, request: Request) -> Reply:
    return write_ok(request, NOTHING)


def _root(galleries: Iterable[Gallery], view: View, request: Request) -> Record:
    record = view.pick(collection_record())
    if "Visibility" in view.extensions:
        shown = {"mode": "private", "effective_mode": "private"}
        record["Visibility"] = view.extend("Visibility", shown)
    covered = next((each for each in galleries if each.cover_id is not None), None)
    if "KeyImage" in view.extensions and covered is not None:
        record["KeyImage"] = key_image(covered, view, request)
    if "Children" in view.extensions:
        record["Children"] = _children(galleries, view, request)
    return record


def _children(galleries: Iterable[Gallery], view: View, request: Request) -> Record:
    found = [
        view.extend("Gallery", gallery_record(each)) | gallery_relations(each, view, request)
        for each in galleries
    ]
    return {"Gallery": found} if found else {}


def _require_root(id: str | None) -> None:
    if id not in (None, "", *_ROOT_NAMES):
        raise NotFound(_NO_SUCH_COLLECTION)
