"""The paths that nobody may ask through an address of ours. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from safelight.errors import Forbidden

_CLOSED = frozenset(
    {
        "api-keys",
        "apikeys",
        "applications",
        "auth",
        "authenticate",
        "csrf",
        "csrf-cookie",
        "login",
        "logout",
        "oauth",
        "oauth2",
        "password",
        "passwords",
        "register",
        "sessions",
        "setup",
        "sign-in",
        "sign-out",
        "sign_in",
        "sign_out",
        "signin",
        "signout",
        "signup",
        "token",
        "tokens",
    }
)
"""Parts of a path where a service signs in or out, or hands out what signs in: on every wire, since
one server may speak several (PX `login`, `csrf-cookie`; PS `authenticate`; LP `auth/token`; RM
`login`, `logout`; Safelight's own `sessions`, `tokens`, `applications`, `account/password`)."""


_READ_ONLY = frozenset({"user", "users"})
"""Parts of a path where a write may change a password (RM `api/users`, LP `api/user`)."""
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def is_closed(path: str, method: str = "GET") -> bool:
    """Of a path as `plain_path` gives it, whatever the case of its letters: some services do not
    heed it."""
    parts = path.casefold().split("/")
    if not _CLOSED.isdisjoint(parts):
        return True
    return method not in _READING and not _READ_ONLY.isdisjoint(parts)


def require_open(path: str, methods: Iterable[str]) -> None:
    """Raises Forbidden."""
    if any(is_closed(path, each) for each in methods):
        raise Forbidden(
            "Here the service signs in, changes passwords or hands out secrets: this is closed."
        )
