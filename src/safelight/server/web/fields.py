"""The fields of the pages' forms, read. Pure."""

from __future__ import annotations

from safelight.authentication.affairs import EndSessions, SignUp
from safelight.errors import ConflictingCredentials, MalformedRequest, SafelightError
from safelight.exchange import ChangePassword, LogIn
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.server.forms import read_optional_form
from safelight.server.http import Form, Request

CSRF = "csrf_token"
NEXT = "next"
SETUP_TOKEN = "setup_token"

# One field, under whichever of its usual names a program or a password manager fills it in.
_IDENTIFIERS = ("identifier", "email", "username")
_SHOWN_AGAIN = ("identifier", "email", "username", "first_name", "last_name", CSRF, NEXT)


def read_log_in(request: Request) -> LogIn:
    """Raises MalformedRequest when the name or the password is missing."""
    form = read_optional_form(request)
    identifier, password = _sole(form, *_IDENTIFIERS), _sole(form, "password")
    if not identifier or not password:
        raise MalformedRequest("Fill in your name and your password.")
    return LogIn(identifier=identifier, password=Secret(password), carrier=Carrier.COOKIE)


def read_sign_up(request: Request) -> SignUp:
    """What is missing is empty, and refused by the rule for it."""
    form = read_optional_form(request)
    token = _sole(form, SETUP_TOKEN).strip()
    return SignUp(
        email=_sole(form, "email"),
        username=_sole(form, "username").strip(),
        password=Secret(_sole(form, "password")),
        first_name=_sole(form, "first_name"),
        last_name=_sole(form, "last_name"),
        setup_token=Secret(token) if token else None,
    )


def read_change(request: Request) -> ChangePassword:
    """Raises MalformedRequest when one of the two is missing."""
    form = read_optional_form(request)
    current, new = _sole(form, "current"), _sole(form, "new")
    if not current or not new:
        raise MalformedRequest("Fill in the current and the new password.")
    return ChangePassword(current=Secret(current), new=Secret(new))


def read_end(request: Request) -> EndSessions:
    return EndSessions(keep_current=keeps_current(request))


def keeps_current(request: Request) -> bool:
    return read_optional_form(request).get("keep") == "current"


def read_typed(request: Request) -> tuple[dict[str, str], bool]:
    """What a form that was refused may show again, never a secret; and whether it had a set-up
    token's field. Nothing for a body that cannot be read."""
    try:
        form = read_optional_form(request)
    except SafelightError:
        return {}, False
    typed = {key: value for key, value in form.fields if key in _SHOWN_AGAIN}
    return typed, form.get(SETUP_TOKEN) is not None


def _sole(form: Form, *names: str) -> str:
    """The one value of a field, "" when it is absent. Raises ConflictingCredentials for two."""
    values = {value for key, value in form.fields if key in names and value}
    if len(values) > 1:
        raise ConflictingCredentials(f"The field {names[0]} occurs with two values.")
    return values.pop() if values else ""
