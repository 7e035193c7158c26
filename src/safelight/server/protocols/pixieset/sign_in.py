"""Signing in and out: what the requests say, and what the answers carry. Pure."""

from __future__ import annotations

import msgspec

from safelight.errors import ConflictingCredentials, InvalidFields, MalformedRequest
from safelight.exchange import Grant, LogIn
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.server.forms import read_form
from safelight.server.http import Request
from safelight.server.protocols.pixieset.galleries_records import UserRecord, write_user
from safelight.server.sole_names import require_sole_names

_EMAIL = ("email", "UserLogin[username]")
_PASSWORD = ("password", "UserLogin[password]")
"""Each app's own names of the two fields, and those of the accounts form (PX-12)."""

_FORM = "application/x-www-form-urlencoded"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """What a program is told that signed in (PX-10)."""

    user: UserRecord
    csrf_token: str


class SignedInBody(msgspec.Struct, frozen=True, kw_only=True):
    data: SignedIn


def read_log_in(request: Request) -> LogIn:
    """Raises InvalidFields when a field is missing, ConflictingCredentials when one is given with
    two values."""
    pairs = _read_pairs(request)
    identifier, password = _sole(pairs, _EMAIL), _sole(pairs, _PASSWORD)
    faults = {}
    if not identifier:
        faults["email"] = ("The email field is required.",)
    if not password:
        faults["password"] = ("The password field is required.",)
    if faults:
        raise InvalidFields(faults)
    return LogIn(
        identifier=identifier or "", password=Secret(password or ""), carrier=Carrier.COOKIE
    )


def _read_pairs(request: Request) -> list[tuple[str, str]]:
    if request.media_type != "application/json":
        return list(read_form(request).fields)
    try:
        given = msgspec.json.decode(request.body, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedRequest("The body is not a JSON object.") from None
    require_sole_names(request.body)
    for name in (*_EMAIL, *_PASSWORD):
        if not isinstance(given.get(name, ""), str):
            raise InvalidFields({name: (f"The {name} field must be a string.",)})
    return [(name, value) for name, value in given.items() if isinstance(value, str)]


def _sole(pairs: list[tuple[str, str]], names: tuple[str, ...]) -> str | None:
    values = {value for name, value in pairs if name in names}
    if len(values) > 1:
        raise ConflictingCredentials(f"The field {names[0]} is given with two values.")
    return values.pop() if values else None


def asks_for_json(request: Request) -> bool:
    return (
        b"application/json" in request.headers.get(b"accept", b"")
        or request.header(b"x-requested-with") == "XMLHttpRequest"
    )


def write_signed_in(grant: Grant) -> SignedInBody:
    assert grant.csrf_token is not None
    return SignedInBody(
        data=SignedIn(user=write_user(grant.account), csrf_token=grant.csrf_token.reveal())
    )


def read_csrf_token(request: Request) -> Secret | None:
    """The token that a write shows: in a header (PX-23, PX-24), or in a page's own form.

    `X-CSRF-Token` comes first, as in Laravel; an empty one counts as none.
    """
    for name in (b"x-csrf-token", b"x-xsrf-token"):
        if token := request.sole_header(name):
            return Secret(token)
    if request.media_type == _FORM:
        token = read_form(request).get("_token")
        return Secret(token) if token else None
    return None
