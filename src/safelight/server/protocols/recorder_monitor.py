"""The Recorder Monitor's wire: a form with a Base64 password, and a token in header `JSESSION`.

Row numbers (`RM-…`) are those of `docs/protocols/recorder-monitor.md`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from http import HTTPStatus

from safelight.authentication.affairs import AccountView, FindAccount
from safelight.errors import (
    ConflictingCredentials,
    MalformedCredential,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    SafelightError,
    Unauthenticated,
    WrongPassword,
)
from safelight.exchange import (
    NOTHING_PRESENTED,
    ChangePassword,
    Credential,
    Grant,
    LogIn,
    LogOut,
    Outcome,
    Presented,
    Renewal,
    SessionToken,
)
from safelight.identity.account import Account, read_identifier
from safelight.identity.permission import Scope
from safelight.identity.realm import Carrier, Realm
from safelight.secret import Secret
from safelight.server.denials import whole_seconds
from safelight.server.forms import read_optional_form
from safelight.server.http import Caching, Cookie, Form, Reply, Request, json_reply, redirect
from safelight.server.wire import (
    AnyEndpoint,
    CommandEndpoint,
    Denial,
    FixedEndpoint,
    Forgery,
    ResourceEndpoint,
)

_HEADER = "jsession"
_COOKIE = "JSESSIONID"
_INDEX = "/"
_LOGIN_PAGE = "/login"
_LOGIN = "/api/login"
_NOT_SIGNED_IN = "Session token is not valid. You may need to login again."

# The real server spells the word one way or the other by the status (RM-11, RM-17, RM-45).
_CAPITALISED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND})


class RecorderMonitor:
    """The form dialect, on one realm."""

    allowed_origins: frozenset[str] = frozenset()

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.endpoints: Sequence[AnyEndpoint] = (
            CommandEndpoint(method="POST", path=_LOGIN, read=read_log_in, write=write_grant),
            FixedEndpoint(method="GET", path=_LOGIN, reply=_to_login_page),
            CommandEndpoint(
                method="GET",
                path="/api/logout",
                forgery=Forgery.NAVIGABLE,
                read=lambda request: LogOut(),
                write=write_ended,
            ),
            CommandEndpoint(
                method="POST",
                path="/api/login/change",
                read=read_change,
                write=_write_changed,
                session_first=True,
            ),
            ResourceEndpoint(
                method="GET",
                path="/api/users/{email}",
                needs=Scope.ACCOUNT_READ,
                read=_read_user,
                write=_write_user,
            ),
        )

    # --- credentials ----------------------------------------------------------------------------

    def read_credentials(self, request: Request) -> Presented:
        """The header alone when there is one: a good cookie rescues no bad header (RM-8)."""
        token, carrier = request.sole_header(_HEADER.encode()), Carrier.HEADER
        if token is None:
            token, carrier = request.cookie(_COOKIE), Carrier.COOKIE
        if token is None:
            return NOTHING_PRESENTED
        return Presented(credentials=(self._credential(token, carrier),))

    def read_own(self, request: Request) -> tuple[Credential, ...]:
        return self.read_credentials(request).credentials

    def read_csrf_cookie(self, request: Request) -> Secret | None:
        return None

    def _credential(self, token: str, carrier: Carrier) -> SessionToken:
        return SessionToken(realm=self.realm.name, carrier=carrier, secret=Secret(token))

    # --- answers that are no endpoint's ---------------------------------------------------------

    def write_denial(self, denial: Denial, request: Request) -> Reply:
        """JSON with `status` and `message`; but who cannot sign in is sent to the form (RM-9)."""
        error = denial.error
        if request.path == _LOGIN and isinstance(error, Unauthenticated):
            return _to_login_page(request)
        word = "Error" if denial.status in _CAPITALISED else "error"
        body = {"status": word, "message": _message_of(error)}
        reply = json_reply(body, denial.status, Caching.SECRET)
        if denial.retry_after is not None:
            reply.set_header("retry-after", str(whole_seconds(denial.retry_after)))
        if isinstance(error, MethodNotAllowed):
            reply.set_header("allow", ", ".join(error.allow))
        return reply

    def write_renewal(self, renewal: Renewal, reply: Reply, request: Request) -> None:
        """Nothing: a token lasts as long as its session, and cannot be renewed (RM-22)."""

    def read_arrival(self, request: Request) -> Secret | None:
        token = request.cookie(_COOKIE)
        return None if token is None else Secret(token)

    def write_arrival(
        self, account: Account, token: Secret | None, page: Reply, request: Request
    ) -> Reply:
        """The index page, or the user object for who asks for JSON (RM-3 of a followed redirect);
        the token in its header when it may be shown once more (RM-16)."""
        reply = page
        if request.wants_json:
            reply = json_reply(_user(account), caching=Caching.SECRET)
        if token is not None:
            reply.set_header(_HEADER, token.reveal())
        return reply


# --- reading --------------------------------------------------------------------------------------


def read_log_in(request: Request) -> LogIn:
    """`email` and Base64 `password` of a form (RM-1, RM-14).

    Raises MalformedRequest when one is missing or empty (RM-11), MalformedCredential for a password
    that is not Base64 (RM-13), UnsupportedMediaType for a body of another type.
    """
    form = read_optional_form(request)
    email, password = _sole(form, "email"), _sole(form, "password")
    if not email or not password:
        raise MalformedRequest("Email or Password not included in request")
    try:
        secret = decode_password(_with_pluses(password, request))
    except ValueError:
        raise MalformedCredential("The password is not valid Base64.") from None
    return LogIn(identifier=email, password=secret, carrier=Carrier.HEADER)


def read_change(request: Request) -> ChangePassword:
    """`current` in Base64, and `new` as it is: so the real server reads them (RM-44)."""
    form = read_optional_form(request)
    current, new = _sole(form, "current"), _sole(form, "new")
    if not current or not new:
        raise MalformedRequest("current or new password not included in request")
    try:
        secret = decode_password(_with_pluses(current, request))
    except ValueError:
        raise MalformedRequest("The current password is not valid Base64.") from None
    return ChangePassword(current=secret, new=Secret(new))


def decode_password(text: str) -> Secret:
    """What a Base64 text says: the standard alphabet, padded rightly or not at all (RFC 4648 §4).

    A browser's `btoa` gives Latin-1 bytes, everybody else UTF-8 ones (RM-43); bytes that are not
    valid UTF-8 are taken as the former. Raises ValueError for what is not Base64.
    """
    bare = text.rstrip("=")
    padding = "=" * (-len(bare) % 4)
    if len(bare) != len(text) and bare + padding != text:
        raise ValueError("The padding is wrong.")
    try:
        decoded = base64.b64decode(bare + padding, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    try:
        return Secret(decoded.decode("utf-8"))
    except UnicodeDecodeError:
        return Secret(decoded.decode("latin-1"))


def _sole(form: Form, name: str) -> str:
    """The one value of a field, "" when it is absent. Raises ConflictingCredentials for two."""
    values = {value for key, value in form.fields if key == name}
    if len(values) > 1:
        raise ConflictingCredentials(f"The field {name} occurs with two values.")
    return values.pop() if values else ""


def _with_pluses(text: str, request: Request) -> str:
    """A `+` that was not escaped comes out of a urlencoded body as a blank, which no Base64 text
    has (RM-42)."""
    if request.media_type == "multipart/form-data":
        return text
    return text.replace(" ", "+")


def _read_user(request: Request) -> FindAccount:
    return FindAccount(identifier=read_identifier(request.params["email"]), hidden=True)


# --- writing --------------------------------------------------------------------------------------


def write_grant(outcome: Outcome, request: Request) -> Reply:
    """303 to the index page, with the user as its body and the token in header and cookie, so that
    browsers, scripts and programs each find it where they look (RM-2 to RM-5)."""
    assert isinstance(outcome, Grant)
    assert outcome.session_token is not None
    token = outcome.session_token.reveal()
    reply = json_reply(_user(outcome.account), HTTPStatus.SEE_OTHER, Caching.SECRET)
    reply.set_header("location", request.origin + _INDEX)
    reply.set_header(_HEADER, token)
    reply.cookies.append(Cookie(name=_COOKIE, value=token, secure=request.is_secure))
    return reply


def write_ended(outcome: Outcome, request: Request) -> Reply:
    reply = _to_login_page(request)
    reply.cookies.append(Cookie(name=_COOKIE, value="", secure=request.is_secure, max_age=0))
    return reply


def _write_changed(outcome: Outcome, request: Request) -> Reply:
    return json_reply({"status": "OK", "message": "Password Updated"}, caching=Caching.SECRET)


def _write_user(view: AccountView, request: Request) -> Reply:
    return json_reply(_user(view.account), caching=Caching.SECRET)


def _to_login_page(request: Request) -> Reply:
    return redirect(request.origin + _LOGIN_PAGE)


def _user(account: Account) -> dict[str, object]:
    """`notify` says whether the real server mails its user; Safelight always leaves its notices."""
    return {
        "first_name": account.first_name,
        "last_name": account.last_name,
        "email": account.email,
        "notify": True,
    }


def _message_of(error: SafelightError) -> str:
    if isinstance(error, WrongPassword):
        return "Current Password Not Correct"
    if isinstance(error, Unauthenticated):
        return _NOT_SIGNED_IN
    if isinstance(error, NotFound):
        return "No user with that email was found"
    return error.message
