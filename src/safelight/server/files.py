"""Photo files as answers: conditions and ranges (RFC 9110 §13, §14), safe download names. Pure."""

from __future__ import annotations

import re
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from safelight.library.questions import PhotoFile
from safelight.server.http import BlobBody, Caching, Reply, Request
from safelight.server.preconditions import IF_MATCH, matches, require_match, require_unmodified

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PLAIN = re.compile(r"[^A-Za-z0-9._-]")


def write_file(file: PhotoFile, request: Request, *, download: bool = False) -> Reply:
    """200, 206, 304 or 416 with the file's bytes, as the request's conditions ask. Raises
    PreconditionFailed.

    `download` makes a browser save it. Types are fixed by content and `nosniff` is always sent, so
    that no upload ever renders as a page.
    """
    etag = f'"{file.etag}"'
    changed = file.photo.changed_at.replace(microsecond=0)
    reply = Reply(
        media_type=file.media_type.encode("ascii"),
        caching=Caching.PUBLIC if file.public else Caching.PRIVATE,
    )
    reply.set_header("etag", etag)
    reply.set_header("last-modified", format_datetime(changed, usegmt=True))
    reply.set_header("accept-ranges", "bytes")
    if IF_MATCH in request.headers:
        require_match(request, etag)
    require_unmodified(request, changed)
    if _is_unchanged(request, etag, file):
        reply.status = 304
        return reply
    kind = "attachment" if download else "inline"
    reply.set_header("content-disposition", disposition(kind, file.file_name))
    start, stop = 0, file.size
    span = _range_of(request, etag, file)
    if span is not None:
        start, stop = span
        if start >= stop:
            reply.status = 416
            reply.caching = Caching.SECRET  # a shared cache would show it to those who ask for all
            reply.set_header("content-range", f"bytes */{file.size}")
            return reply
        reply.status = 206
        reply.set_header("content-range", f"bytes {start}-{stop - 1}/{file.size}")
    reply.body = BlobBody(file.key, start, stop)
    return reply


def disposition(kind: str, name: str) -> str:
    """A `Content-Disposition` that no file name can break (RFC 6266): an ASCII form and UTF-8."""
    plain = _PLAIN.sub("_", name)[:150] or "photo"
    encoded = quote(name, safe="", errors="replace")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def _is_unchanged(request: Request, etag: str, file: PhotoFile) -> bool:
    tags = request.header(b"if-none-match")
    if tags is not None:
        return matches(tags, etag)
    since = request.header(b"if-modified-since")
    if since is None:
        return False
    try:
        return file.photo.changed_at.replace(microsecond=0) <= parsedate_to_datetime(since)
    except (ValueError, TypeError, OverflowError):
        return False


def _range_of(request: Request, etag: str, file: PhotoFile) -> tuple[int, int] | None:
    """The asked bytes as start and stop; None to send all; start >= stop cannot be satisfied.

    Several ranges at once, and what is not understood, get the whole file (RFC 9110 §14.2).
    """
    asked = request.header(b"range")
    if asked is None or request.method not in ("GET", "HEAD"):
        return None
    condition = request.header(b"if-range")
    if condition is not None and condition != etag:
        return None
    match = _RANGE.fullmatch(asked.strip())
    if match is None or match.group(0) == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return max(0, file.size - int(last)), file.size if int(last) else 0
    if last and int(last) < int(first):
        return None
    return int(first), min(file.size, int(last) + 1 if last else file.size)
