"""What signs in, found again in words that are not ours. Pure.

Some services repeat a token, a cookie or a password in what they say, and it would stand in logs
and tracebacks from then on.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from functools import partial
from urllib.parse import quote, quote_plus

from safelight.client.grant import Grant
from safelight.errors import InvalidFields, SafelightError
from safelight.secret import Secret

CREDENTIALS = frozenset(
    {
        "authorization",
        "cookie",
        "jsession",
        "session",
        "x-csrf-token",
        "x-ps-api-key",
        "x-ps-auth-token",
        "x-xsrf-token",
    }
)
"""The headers by which a service is shown who asks."""

_SHORTEST = 8
"""A shorter value would be found in words that have nothing to do with it."""
_SHORTEST_PART = 4
_CUT = "…"
"""Stands where something was taken out, and where a message that was too long ends."""


def credentials_in(sent: Iterable[tuple[str, str]]) -> set[str]:
    """The credentials among headers."""
    values = [value for name, value in sent if name.lower() in CREDENTIALS]
    # A scheme stands before a token, names stand before cookies.
    texts = {part.rpartition(" ")[2] for value in values for part in value.split("; ")}
    return texts | {text.partition("=")[2] for text in texts}


def credentials_of(grant: Grant | None) -> set[str]:
    """The tokens and cookies of a grant."""
    if grant is None:
        return set()
    tokens = (grant.session_token, grant.access_token, grant.refresh_token, grant.csrf_token)
    texts = {token.reveal() for token in tokens if token is not None}
    return texts | {cookie.value.reveal() for cookie in grant.cookies}


def written(secrets: Iterable[str], shortest: int) -> set[str]:
    """Those of at least so many characters, each as it stands in text, in an address, in a form
    and in JSON."""
    found = {text for text in secrets if len(text) >= shortest}
    forms = found | {text.replace("/", "\\/") for text in found}
    for write in (quote, quote_plus, partial(quote, safe="")):
        # What is no text cannot be sent either, but may be held.
        forms |= {write(text.encode("utf-8", "replace")) for text in found}
    return forms


def hush(error: SafelightError, secrets: Iterable[str], spoken: Iterable[Secret] = ()) -> None:
    """Take secrets out of what an error says. `spoken` are those that were sent in a body, as
    themselves or in base64."""
    texts = {secret.reveal() for secret in spoken}
    texts |= {base64.b64encode(text.encode("utf-8", "replace")).decode("ascii") for text in texts}
    # A message has no two blanks in a row, whatever it was made from.
    texts |= {" ".join(text.split()) for text in texts}
    forms = sorted(written(texts.union(secrets), _SHORTEST), key=len, reverse=True)
    error.args = tuple(
        _without(each, forms) if isinstance(each, str) else each for each in error.args
    )
    if isinstance(error, InvalidFields):
        error.fields = {
            _without(name, forms): tuple(_without(each, forms) for each in faults)
            for name, faults in error.fields.items()
        }


def _without(text: str, forms: list[str]) -> str:
    """`forms` has the longest first."""
    for form in forms:
        text = text.replace(form, _CUT)
    return f"{_without_beginning(text[:-1], forms)}{_CUT}" if text.endswith(_CUT) else text


def _without_beginning(text: str, forms: list[str]) -> str:
    """A message that was cut may have been cut in the middle of one."""
    for form in forms:
        for length in range(min(len(form), len(text)), _SHORTEST_PART - 1, -1):
            if text.endswith(form[:length]):
                return text[:-length]
    return text
