"""Whether what signs in can be sent at all, found out before anything is. Pure.

What cannot would fail deep in a library, whose error holds the value.
"""

from __future__ import annotations

import re

from safelight.client.grant import Credentials, Grant
from safelight.errors import ConfigurationError
from safelight.secret import Secret

_HEADER = re.compile(r"[!-~](?:[ -~]*[!-~])?")
"""RFC 9110 §5.5, without the octets that have no agreed meaning."""


def require_header(secret: Secret, name: str) -> Secret:
    """Raises ConfigurationError, which says `name`, for what no header can have."""
    if not _is_header(secret):
        raise ConfigurationError(
            f"{name} cannot be sent: it is empty, begins or ends with a blank, or has the end of a "
            "line or a character that is not ASCII. Copy it again, without what is around it."
        )
    return secret


def require_text(text: str, name: str) -> None:
    """Raises ConfigurationError, which says `name`, for what is no Unicode text."""
    if not is_text(text):
        raise ConfigurationError(
            f"{name} cannot be sent: it is not valid UTF-8. Give it in that encoding."
        )


def require_sendable(credentials: Credentials) -> None:
    """As `require_text`, for both halves."""
    require_text(credentials.identifier, "The name")
    require_text(credentials.password.reveal(), "The password")


def require_sendable_grant(grant: Grant) -> None:
    """Raises ConfigurationError for a token that no header can have."""
    for token, name in _tokens(grant):
        require_header(token, name)


def is_text(text: str) -> bool:
    """Whether it can be written down: a lone surrogate, which stands for a byte that is no UTF-8,
    cannot."""
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def is_sendable(grant: Grant) -> bool:
    """Whether every token of a grant can be sent in a header."""
    return all(_is_header(token) for token, _ in _tokens(grant))


def _tokens(grant: Grant) -> list[tuple[Secret, str]]:
    """Those that go into headers, and what to call each."""
    found = (
        (grant.session_token, "The session token"),
        (grant.access_token, "The access token"),
        (grant.csrf_token, "The CSRF token"),
    )
    return [(token, name) for token, name in found if token is not None]


def _is_header(secret: Secret) -> bool:
    return _HEADER.fullmatch(secret.reveal()) is not None
