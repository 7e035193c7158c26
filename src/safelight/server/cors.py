"""Cross-origin sharing (Fetch Standard §3.2): exact origins from a list, never `*`. Pure.

A wire protocol says which foreign origins it trusts (`allowed_origins`); `serve.py` does the rest,
for every answer of that protocol, refusals included.
"""

from __future__ import annotations

import re

from safelight.server.http import Reply, Request

_HEADER_NAMES = re.compile(r"[A-Za-z0-9_-]+(?:[ \t]*,[ \t]*[A-Za-z0-9_-]+)*")
_LONGEST_LIST = 1000
_MAX_AGE = "3600"
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
    reply.set_header("access-control-allow-credentials", "true")
    reply.set_header("access-control-expose-headers", _EXPOSED)


def write_options(request: Request, methods: tuple[str, ...], origins: frozenset[str]) -> Reply:
    """The answer to OPTIONS: which methods the path has, and to a listed origin's preflight that
    it may use them with the headers it asked for. An origin that is not listed learns no more."""
    reply = Reply(media_type=b"")
    reply.set_header("allow", ", ".join(methods))
    if not is_shared(request, origins):
        return reply
    reply.set_header("access-control-allow-methods", ", ".join(methods))
    reply.set_header("access-control-max-age", _MAX_AGE)
    asked = request.header(b"access-control-request-headers") or ""
    if len(asked) <= _LONGEST_LIST and _HEADER_NAMES.fullmatch(asked):
        reply.set_header("access-control-allow-headers", asked)
    return reply
