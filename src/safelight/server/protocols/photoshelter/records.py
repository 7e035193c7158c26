"""Photos, galleries and the rest as records of this wire. Pure.

Flags are `t` and `f`, instants `YYYY-MM-DD HH:MM:SS GMT`, ids a letter, four zeros and eleven
characters.
"""

from __future__ import annotations

from datetime import datetime

from safelight.identity.organization import Membership, Organization
from safelight.library.gallery import Gallery
from safelight.library.photo import Photo, Visibility
from safelight.server.http import Request
from safelight.server.protocols.photoshelter.view import Record, View

ROOT = "C0000Root0000000"
"""The one collection there is: it holds every gallery. `root` is its other name (PS-53)."""

_ROOT_NAME = "Library"


def flag(value: bool) -> str:
    return "t" if value else "f"


def instant(when: datetime) -> str:
    """`YYYY-MM-DD HH:MM:SS GMT`. Every instant here is in UTC; `strftime` costs five times this."""
    return f"{when.isoformat(' ', 'seconds')[:19]} GMT"


def mode(visibility: Visibility) -> str:
    return "everyone" if visibility is Visibility.PUBLIC else "private"


def organization_record(organization: Organization) -> Record:
    return {"organization_id": organization.id, "name": organization.name}


def membership_record(membership: Membership) -> Record:
    """An entry of a sign-in's `org` (PS-14). Only organizations that one is in are listed."""
    organization = membership.organization
    return {"id": organization.id, "name": organization.name, "member": flag(True)}


# --- galleries ------------------------------------------------------------------------------


def gallery_record(gallery: Gallery) -> Record:
    seen_by = mode(gallery.visibility)
    return {
        "gallery_id": gallery.id,
        "name": gallery.name,
        "description": gallery.description,
        "f_list": flag(gallery.listed),
        "display_order": 0,
        "mode": seen_by,
        "effective_mode": seen_by,
        "access_inherit": flag(False),
        "owner_id": gallery.owner.account_id,
        "organization_id": gallery.owner.organization_id,
        "image_count": gallery.photo_count,
        "created_at": instant(gallery.created_at),
        "modified_at": instant(gallery.changed_at),
    }


def gallery_relations(gallery: Gallery, view: View, request: Request) -> Record:
    """Those related records of a gallery that are asked for and need no more than itself."""
    found: Record = {}
    if "Visibility" in view.extensions:
        seen_by = mode(gallery.visibility)
        record = {"mode": seen_by, "effective_mode": seen_by}
        found["Visibility"] = view.extend("Visibility", record)
    if "KeyImage" in view.extensions and gallery.cover_id is not None:
        found["KeyImage"] = key_image(gallery, view, request)
    return found


def key_image(gallery: Gallery, view: View, request: Request) -> Record:
    """The record of a gallery's first photo; of the photo itself no more is known here."""
    record = view.extend("KeyImage", {"image_id": gallery.cover_id})
    if "ImageLink" in view.extensions:
        folder = "image" if gallery.visibility is Visibility.PUBLIC else "mem/image"
        link = _download(request, folder, str(gallery.cover_id))
        record["ImageLink"] = view.extend("ImageLink", {"link": link, "auth_link": link})
    return record


def collection_record() -> Record:
    return {
        "collection_id": ROOT,
        "name": _ROOT_NAME,
        "description": "",
        "f_list": flag(True),
        "display_order": 0,
        "mode": "private",
        "effective_mode": "private",
        "access_inherit": flag(False),
    }


# --- photos ---------------------------------------------------------------------------------


def image_record(photo: Photo) -> Record:
    return {
        "image_id": photo.id,
        "owner_id": photo.owner.account_id,
        "organization_id": photo.owner.organization_id,
        "creator_id": photo.owner.account_id,
        "file_name": photo.name,
        "file_size": photo.size,
        "height": photo.height,
        "width": photo.width,
        "mode": mode(photo.visibility),
        "f_searchable": flag(not photo.hidden),
        "rating": photo.rating,
        "uploaded_at": instant(photo.added_at),
        "updated_at": instant(photo.changed_at),
    }


def gallery_image_record(photo: Photo) -> Record:
    return {"image_id": photo.id, "f_visible": flag(not photo.hidden)}


def image_link_record(photo: Photo, request: Request) -> Record:
    """Where the photo's file is: `link` opens by itself when everyone may see it, `auth_link`
    with the caller's own key and session. No secret is in either."""
    auth_link = _download(request, "mem/image", photo.id)
    if photo.visibility is Visibility.PUBLIC:
        link = f"{request.origin}/media/photos/{photo.image_hash}"
    else:
        link = auth_link
    return {"image_id": photo.id, "link": link, "auth_link": auth_link}


def iptc_record(photo: Photo) -> Record:
    return {
        "image_id": photo.id,
        "caption": photo.description,
        "date_created": instant(photo.taken_at) if photo.taken_at else None,
    }


def exif_record(photo: Photo) -> Record:
    return {
        "image_id": photo.id,
        "make": photo.camera_make,
        "model": photo.camera_model,
        "lens": photo.lens,
        "orientation": photo.orientation,
        "date_time_original": instant(photo.taken_at) if photo.taken_at else None,
        "gps_latitude": photo.latitude,
        "gps_longitude": photo.longitude,
    }


def image_galleries(photo: Photo) -> list[Record]:
    return [{"image_id": photo.id, "gallery_id": each} for each in photo.gallery_ids]


def image_relations(photo: Photo, view: View, request: Request) -> Record:
    """Those related records of a photo that are asked for. What is unknown is left out: an
    extension that fails does not fail the call."""
    found: Record = {}
    if "ImageLink" in view.extensions:
        found["ImageLink"] = view.extend("ImageLink", image_link_record(photo, request))
    if "Iptc" in view.extensions:
        found["Iptc"] = view.extend("Iptc", iptc_record(photo))
    if "Exif" in view.extensions:
        found["Exif"] = view.extend("Exif", exif_record(photo))
    if "ImageGallery" in view.extensions:
        found["ImageGallery"] = image_galleries(photo)
    return found


def _download(request: Request, folder: str, id: str) -> str:
    return f"{request.origin}/psapi/v3/{folder}/{id}/download"
