"""LibrePhotos' library: photos by their hash, albums by a number, uploads in chunks.

Row numbers (`LP-…`) are those of `docs/protocols/librephotos.md`.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from functools import partial
from urllib.parse import quote, urlencode

import httpx2
import msgspec

from safelight.client.addresses import below
from safelight.client.answers import read_json
from safelight.client.errors import NotTheService, Unanswered
from safelight.client.grant import Grant
from safelight.client.library import Library
from safelight.client.steps import Steps, run, send
from safelight.client.things import Gallery, Page, Photo
from safelight.client.unfinished import Place
from safelight.client.uploads import Upload
from safelight.errors import (
    Gone,
    MalformedRequest,
    NotFound,
    OffsetMismatch,
    SafelightError,
    Unavailable,
)

_CHUNK = 1_000_000
"""As the web frontend cuts them."""

_FROM_THE_START = Place(upload_id="", offset=0)
_NOT_KNOWN = (Gone, MalformedRequest, NotFound)
"""What a server says of an upload that it has finished, or thrown away."""

_PER_PAGE = "1000"
_MOST_RESUMPTIONS = 5


class _Photo(msgspec.Struct, frozen=True):
    """`public` is None where a server does not say; `image_path` is a list or one path."""

    image_hash: str
    image_path: list[str] | str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    rating: int | None = None
    public: bool | None = None
    exif_timestamp: datetime | None = None


class _Photos(msgspec.Struct, frozen=True):
    results: list[_Photo]
    next: str | None = None


class _Album(msgspec.Struct, frozen=True):
    id: int | str
    title: str = ""
    created_on: datetime | None = None
    photo_count: int | None = None


class _Albums(msgspec.Struct, frozen=True):
    results: list[_Album]
    next: str | None = None


class _Summary(msgspec.Struct, frozen=True):
    id: str
    rating: int | None = None
    date: str = ""


class _Group(msgspec.Struct, frozen=True):
    items: list[_Summary] = []


class _AlbumDetail(msgspec.Struct, frozen=True):
    grouped_photos: list[_Group] = []


class _Progress(msgspec.Struct, frozen=True):
    upload_id: str
    offset: int


class _Exists(msgspec.Struct, frozen=True):
    exists: bool


def open_library(url: httpx2.URL) -> Library:
    return Library(photos=_PhotoCalls(url), galleries=_GalleryCalls(url))


class _PhotoCalls:
    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, gallery: str | None, cursor: str) -> Steps[Page[Photo]]:
        """An album's photos are known by their ids and ratings alone."""
        if gallery is not None:
            return Page(items=(yield from self._of_album(gallery)))
        request = _get(self._url, "photos/", page=cursor or "1", page_size=_PER_PAGE)
        found = read_json((yield from send(request)), _Photos)
        return Page(items=tuple(map(_photo, found.results)), next=_following(cursor, found.next))

    def _of_album(self, id: str) -> Steps[tuple[Photo, ...]]:
        response = yield from send(_get(self._url, f"albums/user/{_path(id)}/"))
        groups = read_json(response, _AlbumDetail).grouped_photos
        return tuple(
            Photo(id=each.id, rating=each.rating, gallery_id=id)
            for group in groups
            for each in group.items
        )

    def get(self, grant: Grant, id: str) -> Steps[Photo]:
        response = yield from send(_get(self._url, f"photos/{_path(id)}/"))
        return _photo(read_json(response, _Photo))

    def original(self, grant: Grant, id: str) -> httpx2.Request:
        return httpx2.Request("GET", below(self._url, f"media/photos/{_path(id)}"))

    def add(self, grant: Grant, upload: Upload, gallery: str | None) -> Steps[Photo]:
        """In chunks, going on where a broken one got to; nothing when the file is there already."""
        digest = yield from run(lambda: _md5(upload))
        photo_id = f"{digest}{grant.user_id}"
        if not (yield from self._exists(photo_id)):
            upload_id = yield from self._send_chunks(grant, upload, digest)
            try:
                yield from self._complete(grant, upload, upload_id, digest, photo_id)
            except Unavailable:
                raise  # a later run may go on
            except SafelightError:
                yield from _forget(upload, digest)
                raise
            yield from _forget(upload, digest)
        if gallery is not None:
            url = below(self._url, f"api/albums/user/edit/{_path(gallery)}/")
            yield from send(httpx2.Request("PATCH", url, json={"photos": [photo_id]}))
        try:
            return (yield from self.get(grant, photo_id))
        except NotFound:  # a server that looks at new photos later
            return Photo(id=photo_id, name=upload.name, size=upload.size)

    def _exists(self, id: str) -> Steps[bool]:
        response = yield from send(_get(self._url, f"exists/{_path(id)}/"))
        return read_json(response, _Exists).exists

    def _send_chunks(self, grant: Grant, upload: Upload, digest: str) -> Steps[str]:
        """The id of the upload, which may be of an earlier run. The server knows how far it has
        come, so a chunk that nobody answered is sent once more and lands where it belongs, once.

        Raises NotTheService where a chunk that was taken brings the upload no further: that would
        never end. MalformedRequest where the file has less than it had.
        """
        begun = yield from _begun(upload, digest)
        upload_id, offset, resumptions = begun.upload_id, begun.offset, 0
        if offset:
            upload.sent(offset)
        while offset < upload.size or not upload_id:
            chunk = yield from run(partial(upload.read, offset, _CHUNK))
            if not chunk and offset < upload.size:
                raise MalformedRequest(f"{upload.name} became shorter while it was sent.")
            try:
                response = yield from send(self._chunk(grant, upload, upload_id, offset, chunk))
                progress = read_json(response, _Progress)
                _require_place(progress.offset, offset + min(len(chunk), 1), offset + len(chunk))
                upload_id, offset = progress.upload_id, progress.offset
                yield from _note(upload, digest, progress)
            except _NOT_KNOWN:
                # What an earlier run began is over at the server: that begins anew.
                if not begun.upload_id:
                    raise
                begun, upload_id, offset = _FROM_THE_START, "", 0
                yield from _forget(upload, digest)
            except OffsetMismatch as error:
                _require_place(error.offset, 0, upload.size)
                resumptions, offset = resumptions + 1, error.offset
                if resumptions > _MOST_RESUMPTIONS:
                    raise
            except Unanswered:
                resumptions += 1
                # Without an id the server cannot be asked for its place: that begins anew.
                if resumptions > _MOST_RESUMPTIONS:
                    raise
            upload.sent(offset)
        return upload_id

    def _chunk(
        self, grant: Grant, upload: Upload, upload_id: str, offset: int, chunk: bytes
    ) -> httpx2.Request:
        fields = {"offset": str(offset), "md5": "", "user": grant.user_id}
        if upload_id:
            fields["upload_id"] = upload_id
        end = offset + max(len(chunk), 1) - 1
        return httpx2.Request(
            "POST",
            below(self._url, "api/upload/"),
            data=fields,
            files={"file": (upload.name, chunk, "application/octet-stream")},
            headers={"content-range": f"bytes {offset}-{end}/{upload.size}"},
        )

    def _complete(
        self, grant: Grant, upload: Upload, upload_id: str, digest: str, id: str
    ) -> Steps[None]:
        fields = {
            "upload_id": upload_id,
            "md5": digest,
            "user": grant.user_id,
            "filename": upload.name,
        }
        url = below(self._url, "api/upload/complete/")
        try:
            yield from send(httpx2.Request("POST", url, files=_parts(fields)))
        except Unanswered:
            if not (yield from self._exists(id)):
                raise

    def delete(self, grant: Grant, id: str) -> Steps[None]:
        """Into the trash."""
        url = below(self._url, "api/photosedit/setdeleted")
        body = {"image_hashes": [id], "deleted": True}
        yield from send(httpx2.Request("POST", url, json=body))


class _GalleryCalls:
    """User albums."""

    def __init__(self, url: httpx2.URL) -> None:
        self._url = url

    def list(self, grant: Grant, cursor: str) -> Steps[Page[Gallery]]:
        request = _get(self._url, "albums/user/list/", page=cursor or "1", page_size=_PER_PAGE)
        found = read_json((yield from send(request)), _Albums)
        return Page(items=tuple(map(_gallery, found.results)), next=_following(cursor, found.next))

    def add(self, grant: Grant, name: str, *, public: bool) -> Steps[Gallery]:
        """An album of this title that is there already is taken; albums are never public."""
        url = below(self._url, "api/albums/user/edit/")
        response = yield from send(httpx2.Request("POST", url, json={"title": name, "photos": []}))
        return _gallery(read_json(response, _Album))

    def delete(self, grant: Grant, id: str) -> Steps[None]:
        url = below(self._url, f"api/albums/user/edit/{_path(id)}/")
        yield from send(httpx2.Request("DELETE", url))


def _get(url: httpx2.URL, path: str, **parameters: str) -> httpx2.Request:
    query = f"?{urlencode(parameters)}" if parameters else ""
    return httpx2.Request("GET", below(url, f"api/{path}{query}"))


def _path(id: str) -> str:
    return quote(id, safe="")


def _parts(fields: dict[str, str]) -> dict[str, tuple[None, bytes]]:
    """Plain fields of a multipart form."""
    return {name: (None, value.encode()) for name, value in fields.items()}


def _following(cursor: str, next: str | None) -> str:
    """The server's own address of the next page may name a host behind its proxy."""
    return str(int(cursor or "1") + 1) if next else ""


def _begun(upload: Upload, digest: str) -> Steps[Place]:
    """Where an earlier run got to with the same content."""
    unfinished = upload.unfinished
    if unfinished is None:
        return _FROM_THE_START
    found = yield from run(lambda: unfinished.find(digest))
    return found if found is not None and 0 <= found.offset < upload.size else _FROM_THE_START


def _require_place(offset: int, least: int, most: int) -> None:
    """Raises NotTheService for one where the upload cannot have come to."""
    if not least <= offset <= most:
        raise NotTheService("The service says that it has another part of the file than was sent.")


def _note(upload: Upload, digest: str, progress: _Progress) -> Steps[None]:
    """Not of the last chunk: sending that one again is how a later run learns whether the server
    still knows the upload."""
    unfinished = upload.unfinished
    if unfinished is not None and progress.offset < upload.size:
        place = Place(upload_id=progress.upload_id, offset=progress.offset)
        yield from run(lambda: unfinished.note(digest, place))


def _forget(upload: Upload, digest: str) -> Steps[None]:
    unfinished = upload.unfinished
    if unfinished is not None:
        yield from run(lambda: unfinished.forget(digest))


def _md5(upload: Upload) -> str:
    """The wire's own name for a file; nothing rests on it being hard to forge."""
    digest = hashlib.md5(usedforsecurity=False)
    for offset in range(0, upload.size, _CHUNK):
        digest.update(upload.read(offset, _CHUNK))
    return digest.hexdigest()


def _photo(found: _Photo) -> Photo:
    path = found.image_path[0] if isinstance(found.image_path, list) and found.image_path else ""
    if isinstance(found.image_path, str):
        path = found.image_path
    return Photo(
        id=found.image_hash,
        name=path.rpartition("/")[2],
        size=found.size,
        width=found.width,
        height=found.height,
        rating=found.rating,
        public=found.public,
        taken_at=found.exif_timestamp,
    )


def _gallery(found: _Album) -> Gallery:
    return Gallery(
        id=str(found.id),
        name=found.title,
        photo_count=found.photo_count,
        created_at=found.created_on,
    )
