"""ETags, and what a request says must be so before it is answered (RFC 9110 §13). Pure."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from http import HTTPStatus

from safelight.errors import PreconditionFailed
from safelight.server.http import Caching, Reply, Request

IF_MATCH = b"if-match"
_CHANGED = "It was changed after the time that If-Unmodified-Since names. Get it anew."


def made_tag(reply: Reply) -> str | None:
    """The ETag, in its quotes, of private content that is answered whole; None for all else, which
    has one of its own or none."""
    body = reply.body
    if reply.caching is Caching.PRIVATE and reply.status == 200 and body and type(body) is bytes:
        return f'"{blake2b(body, digest_size=12).hexdigest()}"'
    return None


def matches(tags: str, etag: str) -> bool:
    """Whether an `If-None-Match` names `etag`, compared weakly (RFC 9110 §13.1.2)."""
    listed = [each.strip().removeprefix("W/") for each in tags.split(",")]
    return "*" in listed or etag.removeprefix("W/") in listed


def require_match(request: Request, etag: str | None) -> None:
    """Raises PreconditionFailed unless `If-Match` names `etag`, compared strongly (RFC 9110
    §13.1.1), or any by `*`. A list over several lines is one; without an ETag nothing is named."""
    listed = [
        each.strip()
        for name, value in request.raw_headers
        if name == IF_MATCH
        for each in value.decode("latin-1").split(",")
    ]
    if "*" not in listed and (etag is None or etag not in listed):
        raise PreconditionFailed


def require_reply_matches(request: Request, reply: Reply) -> None:
    """Likewise, of the ETag that `reply` goes out with: its own, or a made one. Where there is
    nothing to match, as with a redirect, that is the answer."""
    if reply.status < HTTPStatus.MULTIPLE_CHOICES:
        own = (value.decode("latin-1") for name, value in reply.headers if name == b"etag")
        require_match(request, next(own, None) or made_tag(reply))


def require_unmodified(request: Request, changed_at: datetime) -> None:
    """Raises PreconditionFailed when `changed_at`, in whole seconds, is after `If-Unmodified-Since`
    (RFC 9110 §13.1.4). What is no time is no condition, and an `If-Match` comes in its stead."""
    since = request.header(b"if-unmodified-since")
    if since is None or IF_MATCH in request.headers:
        return
    try:
        is_unmodified = changed_at <= parsedate_to_datetime(since)
    except (ValueError, TypeError, OverflowError):
        return
    if not is_unmodified:
        raise PreconditionFailed(_CHANGED)
