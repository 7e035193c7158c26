"""PhotoShelter's library, v3: records with flags of `t` and `f`, pages that say if there is more.

Row numbers (`PS-…`) are those of `docs/protocols/photoshelter.md`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from safelight.client.addresses import below
from safelight.client.answers import read_json
from safelight.client.errors import NotTheService
from safelight.client.grant import Grant
from safelight.client.library import Library
from safelight.client.steps import Steps, send
from safelight.client.things import Gallery, Organization, Page, Photo
from safelight.client.uploads import Upload
from safelight.errors import MalformedRequest

_MEMBER = "psapi/v3/mem"
_PER_PAGE = "500"


class _Paging(msgspec.Struct, frozen=True):
    """`next` is there exactly when another page is."""

    next: object = None


class _Image(msgspec.Struct, frozen=True):
    """Numbers may come as text."""

    image_id: str = ""
    file_name: str = ""
    file_size: int | None = None
    width: int | None = None
    height: int | None = None
    rating: int | None = None
    mode: str = ""
    uploaded_at: str = ""


class _GalleryImage(msgspec.Struct, frozen=True):
    image_id: str
    image: _Image = msgspec.field(default_factory=_Image, name="Image")


class _Gallery(msgspec.Struct, frozen=True):
    gallery_id: str
    name: str = ""
    description: str | None = None
    mode: str = ""
    image_count: int | None = None
    created_at: str = ""


class _Results(msgspec.Struct, frozen=True):
    images: list[_Image] = msgspec.field(default_factory=list, name="Image")


class _Data(msgspec.Struct, frozen=True):
    gallery_images: list[_GalleryImage] = msgspec.field(default_factory=list, name="GalleryImage")
    results: _Results = msgspec.field(default_factory=_Results, name="Results")
    paging: _Paging | list[object] | None = msgspec.field(default=None, name="Paging")

    @property
    def has_more(self) -> bool:
        return isinstance(self.paging, _Paging) and self.paging.next is not None


class _Envelope(msgspec.Struct, frozen=True):
    """`data` is an empty list when there is nothing."""

    data: _Data | list[object] | None = None

    @property
    def found(self) -> _Data:
        return self.data if isinstance(self.data, _Data) else _Data()


class _ListedGalleries(msgspec.Struct, frozen=True):
    galleries: list[_Gallery] = msgspec.field(default_factory=list, name="Gallery")
    paging: _Paging | list[object] | None = msgspec.field(default=None, name="Paging")


class _Galleries(msgspec.Struct, frozen=True):
    data: _ListedGalleries | list[object] | None = None


class _OneGallery(msgspec.Struct, frozen=True):
    gallery: _Gallery = msgspec.field(name="Gallery")


class _MadeGallery(msgspec.Struct, frozen=True):
    data: _OneGallery


class _OneImage(msgspec.Struct, frozen=True):
    image: _Image | list[_Image] = msgspec.field(name="Image")


class _FoundImage(msgspec.Struct, frozen=True):
    data: _OneImage


def open_library(url: httpx2.URL) -> Library:
    return Library(
        photos=_PhotoCalls(url), galleries=_GalleryCalls(url), organizations=_OrganizationCalls()
    )


class _PhotoCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, gallery: str | None, cursor: str) -> Steps[Page[Photo]]:
        """Those of a gallery with their records beside them, else those that a search for nothing
        in particular finds."""
        if gallery is None:
            request = _get(self._url, "image/search", cursor)
        else:
            extend = '{"Image":{}}'
            request = _get(self._url, f"gallery/{_path(gallery)}/images", cursor, extend=extend)
        data = read_json((yield from send(request)), _Envelope).found
        listed = [_photo(each, each.image_id) for each in data.results.images]
        listed += [_photo(each.image, each.image_id, gallery or "") for each in data.gallery_images]
        return Page(items=tuple(listed), next=_following(cursor) if data.has_more else "")

    def get(self, grant: Grant, id: str) -> Steps[Photo]:
        response = yield from send(_get(self._url, f"image/{_path(id)}"))
        return _photo(_sole_image(response), id)

    def original(self, grant: Grant, id: str) -> httpx2.Request:
        return _get(self._url, f"image/{_path(id)}/download")

    def add(self, grant: Grant, upload: Upload, gallery: str | None) -> Steps[Photo]:
        if gallery is None:
            raise MalformedRequest("PhotoShelter takes photos into a gallery: name one.")
        request = httpx2.Request(
            "POST",
            below(self._url, f"{_MEMBER}/image/upload"),
            data={"gallery_id": gallery},
            files={"file": (upload.name, upload.body(), upload.media_type)},
        )
        image = _sole_image((yield from send(request)))
        photo = _photo(image, image.image_id, gallery)
        return msgspec.structs.replace(photo, name=photo.name or upload.name)

    def delete(self, grant: Grant, id: str) -> Steps[None]:
        url = below(self._url, f"{_MEMBER}/image/{_path(id)}/delete")
        yield from send(httpx2.Request("POST", url))


class _GalleryCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Gallery]]:
        found = read_json((yield from send(_get(self._url, "gallery", cursor))), _Galleries).data
        if not isinstance(found, _ListedGalleries):
            return Page(items=())
        has_more = isinstance(found.paging, _Paging) and found.paging.next is not None
        return Page(
            items=tuple(map(_gallery, found.galleries)),
            next=_following(cursor) if has_more else "",
        )

    def add(self, grant: Grant, name: str, *, public: bool) -> Steps[Gallery]:
        form = {"name": name, "f_list": "t", "mode": "everyone" if public else "private"}
        url = below(self._url, f"{_MEMBER}/gallery/insert")
        response = yield from send(httpx2.Request("POST", url, data=form))
        made = _gallery(read_json(response, _MadeGallery).data.gallery)
        return msgspec.structs.replace(made, name=made.name or name)

    def delete(self, grant: Grant, id: str) -> Steps[None]:
        url = below(self._url, f"{_MEMBER}/gallery/{_path(id)}/delete")
        yield from send(httpx2.Request("POST", url))


class _OrganizationCalls:
    """The sign-in's own answer lists them (PS-14)."""

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Organization]]:
        yield from ()
        offers = grant.organizations
        return Page(items=tuple(Organization(id=each.id, name=each.name) for each in offers))


def _get(url: httpx2.URL, path: str, cursor: str = "", **parameters: str) -> httpx2.Request:
    query = {"per_page": _PER_PAGE, "page": cursor or "1", **parameters}
    return httpx2.Request("GET", below(url, f"{_MEMBER}/{path}?{urlencode(query)}"))


def _path(id: str) -> str:
    return quote(id, safe="")


def _following(cursor: str) -> str:
    return str(int(cursor or "1") + 1)


def _sole_image(response: httpx2.Response) -> _Image:
    found = read_json(response, _FoundImage).data.image
    if isinstance(found, _Image):
        return found
    if not found:
        raise NotTheService("PhotoShelter answered without the image.")
    return found[0]


def _photo(image: _Image, id: str, gallery: str = "") -> Photo:
    return Photo(
        id=id,
        name=image.file_name,
        size=image.file_size,
        width=image.width,
        height=image.height,
        rating=image.rating,
        public=image.mode == "everyone" if image.mode else None,
        added_at=_instant(image.uploaded_at),
        gallery_id=gallery,
    )


def _gallery(found: _Gallery) -> Gallery:
    return Gallery(
        id=found.gallery_id,
        name=found.name,
        description=found.description or "",
        photo_count=found.image_count,
        public=found.mode == "everyone" if found.mode else None,
        created_at=_instant(found.created_at),
    )


def _instant(text: str) -> datetime | None:
    """`YYYY-MM-DD HH:MM:SS GMT`."""
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None
