"""Cross-origin sharing (Fetch Standard §3.2): exact origins from a list, never `*`. Pure.

A wire protocol says which foreign origins it trusts (`allowed_origins`); `serve.py` does the rest,
for every answer of that protocol, refusals included.
"""

from __future__ import annotations

import re

from safelight.server.http import Reply, Request

_HEADER_NAMES = re.compile(r"[A-Za-z0-9_-]+(?:[ \t]*,[ \t]*[A-Za-z0-9_-]+)*")
_LONGEST_LIST = 1000
_MAX_AGE = "86400"
_METHODS = "DELETE, GET, OPTIONS, PATCH, POST, PUT"
_HEADERS = (
    "cache-control, accept, accept-encoding, allow-credentials, withcredentials, authorization, "
    "content-type, dnt, origin, user-agent, x-csrftoken, x-requested-with"
)
"""What LibrePhotos' own preflights promise (LP-55); other names are promised when asked for."""

_EXPOSED = "Content-Disposition, Content-Range, ETag, Retry-After"


def is_shared(request: Request, origins: frozenset[str]) -> bool:
    """Whether the request comes from a page of a listed origin. `null` names nobody (a sandboxed
    frame of any site has it), so it is never one."""
    origin = request.header(b"origin")
    return origin is not None and origin != "null" and origin in origins


def share(request: Request, reply: Reply, origins: frozenset[str]) -> None:
    """Let a listed origin's scripts read `reply`, sent with credentials. Others get no header."""
    if not is_shared(request, origins):
        return
    reply.set_header("access-control-allow-origin", request.header(b"origin") or "")
    if all(name != b"access-control-allow-credentials" for name, _ in reply.headers):
        reply.set_header("access-control-allow-credentials", "true")
    reply.set_header("access-control-expose-headers", _EXPOSED)


def write_options(request: Request, methods: tuple[str, ...], origins: frozenset[str]) -> Reply:
    """The answer to OPTIONS: which methods the path has, and to a listed origin's preflight that
    it may use any, with the headers it asked for: what a path does not have is refused when it
    comes. An origin that is not listed learns no more."""
    reply = Reply(media_type=b"")
    reply.set_header("allow", ", ".join(methods))
    if not is_shared(request, origins):
        return reply
    reply.set_header("access-control-allow-methods", _METHODS)
    reply.set_header("access-control-allow-headers", _allowed_headers(request))
    reply.set_header("access-control-max-age", _MAX_AGE)
    return reply


def _allowed_headers(request: Request) -> str:
    asked = (request.header(b"access-control-request-headers") or "").lower()
    if len(asked) > _LONGEST_LIST or not _HEADER_NAMES.fullmatch(asked):
        return _HEADERS
    known = _HEADERS.split(", ")
    further = [name for each in asked.split(",") if (name := each.strip()) not in known]
    return ", ".join([*known, *further])
