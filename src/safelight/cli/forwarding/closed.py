"""The paths that nobody may ask through an address of ours. Pure."""

from __future__ import annotations

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


def is_closed(path: str) -> bool:
    """Of a path as `plain_path` gives it, whatever the case of its letters: some services do not
    heed it."""
    return not _CLOSED.isdisjoint(path.casefold().split("/"))


def require_open(path: str) -> None:
    """Raises Forbidden."""
    if is_closed(path):
        raise Forbidden("Here the service signs in or hands out secrets: this path is closed.")
