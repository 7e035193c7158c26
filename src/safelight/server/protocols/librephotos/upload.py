"""Photos in parts: chunks, and the end of them. Pure.

Whose photo it becomes, the credential says: the form's `user` is not looked at (LP-77).
"""

from __future__ import annotations

import re
from datetime import datetime

import msgspec

from safelight.errors import InvalidFields, MalformedRequest
from safelight.identity.permission import Scope
from safelight.library.photo import Photo
from safelight.library.questions import AddChunk, CompleteUpload, UploadProgress
from safelight.server.http import Caching, Form, Reply, Request, json_reply
from safelight.server.protocols.librephotos.fields import read_object
from safelight.server.protocols.librephotos.paths import UPLOAD, UPLOAD_COMPLETE
from safelight.server.protocols.librephotos.records import Empty
from safelight.server.wire import Body, ResourceEndpoint

_RANGE = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(?:\d{1,18}|\*)")
_OFFSET = re.compile(r"\d{1,18}")


class Chunk(msgspec.Struct, frozen=True, kw_only=True):
    """`offset` counts only without a `Content-Range`, whose total is never believed (LP-78)."""

    file: bytes
    upload_id: str = ""
    offset: int = 0


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """`offset` is where the next chunk begins."""

    upload_id: str
    offset: int
    expires: datetime


class Completion(msgspec.Struct, frozen=True, kw_only=True):
    """`md5` is that of the whole file, in hex."""

    upload_id: str
    md5: str
    filename: str = ""


def upload_endpoints() -> tuple[ResourceEndpoint, ...]:
    return (
        ResourceEndpoint(
            method="POST",
            path=UPLOAD,
            needs=Scope.PHOTOS_WRITE,
            body=Body.UPLOAD,
            read=_read_chunk,
            write=_write_progress,
            summary="Send a photo, or the next part of one",
            takes=Chunk,
            gives=Progress,
        ),
        ResourceEndpoint(
            method="POST",
            path=UPLOAD_COMPLETE,
            needs=Scope.PHOTOS_WRITE,
            read=_read_completion,
            write=_write_completed,
            summary="Add a photo whose parts have all arrived",
            takes=Completion,
            gives=Empty,
        ),
    )


def _read_chunk(request: Request) -> AddChunk:
    form = request.form or Form()
    upload = next((upload for name, upload in form.files if name == "file"), None)
    if upload is None:
        raise InvalidFields({"file": ("No chunk file was submitted",)})
    return AddChunk(
        file=upload,
        offset=_read_offset(request, form, upload.size),
        upload_id=form.get("upload_id") or None,
    )


def _read_offset(request: Request, form: Form, size: int) -> int:
    header = request.header(b"content-range")
    if header is None:
        text = form.get("offset") or "0"
        if not _OFFSET.fullmatch(text) or not text.isascii():
            raise MalformedRequest("The offset is not a number of bytes")
        return int(text)
    match = _RANGE.fullmatch(header) if header.isascii() else None
    if match is None:
        raise MalformedRequest("Error in request headers")
    start, end = int(match[1]), int(match[2])
    if end - start + 1 != size:
        raise MalformedRequest("File size doesn't match headers")
    return start


def _write_progress(progress: UploadProgress, request: Request) -> Reply:
    answer = Progress(
        upload_id=progress.upload_id, offset=progress.offset, expires=progress.expires_at
    )
    return json_reply(answer, caching=Caching.SECRET)


def _read_completion(request: Request) -> CompleteUpload:
    values = read_object(request)
    upload_id, md5, name = (values.get(each) for each in ("upload_id", "md5", "filename"))
    if not (isinstance(upload_id, str) and upload_id and isinstance(md5, str) and md5):
        raise MalformedRequest("Both 'upload_id' and 'md5' are required")
    return CompleteUpload(
        upload_id=upload_id, md5=md5.strip(), name=name if isinstance(name, str) else ""
    )


def _write_completed(photo: Photo, request: Request) -> Reply:
    return json_reply(Empty(), caching=Caching.SECRET)
