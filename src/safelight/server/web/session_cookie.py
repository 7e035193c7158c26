"""The cookie of the pages' own sessions, and where a browser without a good one goes. Pure."""

from __future__ import annotations

from safelight.server.http import Cookie, Reply, Request, redirect

LOGIN = "/login"
COOKIE = "safelight_session"


def read_session_cookie(request: Request) -> str | None:
    """Raises ConflictingCredentials when there are two of them."""
    return request.cookie(_name(request))


def set_session_cookie(reply: Reply, request: Request, token: str) -> None:
    """Without `Max-Age`: it is gone when the browser is closed."""
    reply.cookies.append(Cookie(name=_name(request), value=token, secure=request.is_secure))


def expire_session_cookie(reply: Reply, request: Request) -> None:
    cookie = Cookie(name=_name(request), value="", secure=request.is_secure, max_age=0)
    reply.cookies.append(cookie)


def to_login(request: Request) -> Reply:
    """A cookie that proves nobody goes on the way, or it would shadow those of the wires."""
    reply = redirect(LOGIN)
    if read_session_cookie(request) is not None:
        expire_session_cookie(reply, request)
    return reply


def _name(request: Request) -> str:
    """The prefix makes browsers refuse the name to other hosts and to plain HTTP (RFC 6265bis)."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE
