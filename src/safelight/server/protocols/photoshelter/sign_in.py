"""Signing in, choosing an organization, signing out, and whose session it is. Pure."""

from __future__ import annotations

from hashlib import blake2b

from safelight.authentication.affairs import CallerView, ShowCaller
from safelight.errors import InvalidFields, MalformedRequest, UnsupportedMediaType
from safelight.exchange import Changed, Ended, Grant, LogIn, LogOut, Outcome, SelectOrganization
from safelight.identity.ids import OrganizationId
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.server.http import Caching, Cookie, Form, Reply, Request
from safelight.server.protocols.photoshelter.envelope import NOTHING, write_ok
from safelight.server.protocols.photoshelter.fields import read_body_fields, required, sole
from safelight.server.protocols.photoshelter.records import flag, instant, membership_record
from safelight.server.protocols.photoshelter.view import Record, read_view

SESSION_COOKIE = "SSphotoshelter_com_mem"
TOKEN_HEADER = b"x-ps-auth-token"
TOKEN_PARAMETER = "auth_token"

_COMPANION_COOKIE = "acs"
_CARRIERS = {"cookie": Carrier.COOKIE, "token": Carrier.HEADER}
_SHOW_CALLER = ShowCaller()

USAGE: Record = {
    "desc": "Signs in, and starts a session in a cookie or behind a token.",
    "input": {
        "email": "required: the account's e-mail address or username",
        "password": "required: the account's password",
        "mode": "optional: cookie (the default) or token",
        "org_id": "optional: the organization to sign in to at once",
    },
    "output": {
        "token": "in token mode: the session's token, to be sent as X-PS-Auth-Token",
        "org": "the user's organizations, if there are any: id, name, member",
    },
}
"""What a refused sign-in says of its inputs (PS-19)."""


def session_cookie(request: Request, value: str) -> Cookie:
    return Cookie(name=SESSION_COOKIE, value=value, secure=request.is_secure)


def deleted_cookie(request: Request, name: str = SESSION_COOKIE) -> Cookie:
    """Clients of old know it by the word `deleted`, and skip it."""
    return Cookie(name=name, value="deleted", secure=request.is_secure, max_age=0)


# --- in -------------------------------------------------------------------------------------


def read_sign_in(request: Request) -> LogIn:
    """The credentials in the body, in any of the encodings that clients use (PS-4 to PS-6)."""
    try:
        form = read_body_fields(request)
    except UnsupportedMediaType as error:
        raise MalformedRequest(error.message) from None
    return _read_credentials(form)


def read_sign_in_by_address(request: Request) -> LogIn:
    """The credentials in the query, where the operator allows it (PS-7)."""
    return _read_credentials(Form(fields=tuple(request.query)))


def _read_credentials(form: Form) -> LogIn:
    carrier = _CARRIERS.get(form.get("mode") or "cookie")
    if carrier is None:
        raise InvalidFields({"mode": ('Use "cookie" or "token".',)})
    organization = form.get("org_id")
    return LogIn(
        identifier=required("email", sole(form, "email")),
        password=Secret(_required_password(form)),
        carrier=carrier,
        organization_id=OrganizationId(organization) if organization else None,
    )


def _required_password(form: Form) -> str:
    """Unlike other parameters it may consist of blanks."""
    password = sole(form, "password")
    if password is None:
        raise InvalidFields({"password": ("The parameter is missing.",)})
    return password


def write_sign_in(outcome: Outcome, request: Request) -> Reply:
    """A token in the body, or the session's cookie: first deleted, then set (PS-9)."""
    assert isinstance(outcome, Grant)
    assert outcome.session_token is not None
    found: Record = {}
    by_cookie = outcome.carrier is Carrier.COOKIE
    if not by_cookie:
        found["token"] = outcome.session_token.reveal()
    if outcome.memberships:
        found["org"] = [membership_record(each) for each in outcome.memberships]
    reply = write_ok(request, found or NOTHING, Caching.SECRET)
    if by_cookie:
        reply.cookies = [
            deleted_cookie(request),
            session_cookie(request, outcome.session_token.reveal()),
            _companion_cookie(request, outcome),
        ]
    return reply


def _companion_cookie(request: Request, grant: Grant) -> Cookie:
    """`acs` is part of the session traffic; nothing reads it here. 24 characters, no secret."""
    value = blake2b(grant.session_id.encode(), digest_size=12).hexdigest()
    return Cookie(name=_COMPANION_COOKIE, value=value, secure=request.is_secure)


# --- organizations --------------------------------------------------------------------------


def read_organization(request: Request) -> SelectOrganization:
    """An id that is not well formed is answered like one that is unknown (PS-35)."""
    return SelectOrganization(organization_id=OrganizationId(request.params["organization_id"]))


def write_organization(outcome: Outcome, request: Request) -> Reply:
    assert isinstance(outcome, Changed)
    return write_ok(request, NOTHING, Caching.SECRET)


# --- out ------------------------------------------------------------------------------------


def read_sign_out(request: Request) -> LogOut:
    """Signing out without a session is no fault (PS-40)."""
    return LogOut(lenient=True)


def write_sign_out(outcome: Outcome, request: Request) -> Reply:
    """The cookie is deleted, unless the session that ended was a token's beside it."""
    assert isinstance(outcome, Ended)
    reply = write_ok(request, None, Caching.SECRET)
    if not (request.cookie(SESSION_COOKIE) and has_token(request)):
        reply.cookies = [
            deleted_cookie(request),
            deleted_cookie(request, _COMPANION_COOKIE),
        ]
    return reply


def has_token(request: Request) -> bool:
    return bool(request.header(TOKEN_HEADER) or request.parameter(TOKEN_PARAMETER))


# --- whose session --------------------------------------------------------------------------


def read_session(request: Request) -> ShowCaller:
    return _SHOW_CALLER


def write_session(found: CallerView, request: Request) -> Reply:
    """Flat, and scalars only: a client prints every value as text (PS-46)."""
    account = found.account
    record = {
        "user_id": account.id,
        "email": account.email,
        "username": account.username,
        "first_name": account.first_name,
        "last_name": account.last_name,
        "organization_id": found.organization_id or "",
        "f_admin": flag(account.admin),
        "created_at": instant(account.created_at),
        "tz": "UTC",
    }
    if request.query_string:
        record = read_view(request).pick(record)
    return write_ok(request, {"Session": record})
