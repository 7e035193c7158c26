"""Refusals as a person sees them: the form again with what is wrong, or a page that says it."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from safelight.authentication.affairs import SetupView
from safelight.errors import (
    Forbidden,
    InvalidCredential,
    InvalidFields,
    MalformedRequest,
    MethodNotAllowed,
    PasswordChangeRequired,
    SafelightError,
    Throttled,
    TooLarge,
    Unauthenticated,
    WrongPassword,
)
from safelight.server.denials import whole_seconds
from safelight.server.http import Caching, Reply, Request, json_reply, redirect
from safelight.server.web.fields import CSRF, NEXT, read_typed
from safelight.server.web.local_target import local_target
from safelight.server.web.pages import Pages
from safelight.server.web.session_cookie import COOKIE, LOGIN, to_login
from safelight.server.wire import Denial

SETUP = "/setup"
PASSWORD = "/account/password"

_MISMATCH = "No account has this name and password."
_CHALLENGE = f'Cookie realm="safelight", form-action="{LOGIN}", cookie-name="{COOKIE}"'
"""Every 401 names a scheme (RFC 9110 §11.6.1). A browser that knows it not asks nobody."""


class Refusals:
    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def write(self, denial: Denial, request: Request) -> Reply:
        """The form again, where one was sent; else a page for who reads pages, JSON for others."""
        reply = self._form_again(denial, request) or self._refuse(denial, request)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            reply.set_header("www-authenticate", _CHALLENGE)
        if denial.retry_after is not None:
            reply.set_header("retry-after", str(whole_seconds(denial.retry_after)))
        if isinstance(denial.error, MethodNotAllowed):
            reply.set_header("allow", ", ".join(denial.error.allow))
        return reply

    def _refuse(self, denial: Denial, request: Request) -> Reply:
        error = denial.error
        if not request.wants_html:
            body = {"error": error.code, "message": error.message}
            return json_reply(body, denial.status, Caching.SECRET)
        if isinstance(error, Unauthenticated):
            return to_login(request)
        if isinstance(error, PasswordChangeRequired):
            return redirect(PASSWORD)
        return self._pages.refusal(denial.status, error.message)

    def _form_again(self, denial: Denial, request: Request) -> Reply | None:
        """None where there is no form, or where it would be refused again in the same way."""
        error = denial.error
        if request.method != "POST" or request.wants_json:
            return None
        if isinstance(error, Forbidden | TooLarge):
            return None
        if request.path == LOGIN:
            return self._login_again(denial, request)
        if request.path == SETUP:
            return self._setup_again(denial, request)
        if request.path == PASSWORD and _is_about_passwords(error):
            return self._password_again(denial, request)
        return None

    def _login_again(self, denial: Denial, request: Request) -> Reply:
        typed, _ = read_typed(request)
        return self._pages.login(
            SetupView(is_first=False, allow_registration=False),
            target=local_target(typed.get(NEXT)),
            identifier=typed.get("identifier", ""),
            problem=_problem(denial.error),
            status=denial.status,
        )

    def _setup_again(self, denial: Denial, request: Request) -> Reply:
        typed, has_token = read_typed(request)
        faults = _faults(denial.error)
        return self._pages.setup(
            is_first=has_token,
            given=typed,
            faults=faults,
            problem="" if faults else _problem(denial.error),
            status=denial.status,
        )

    def _password_again(self, denial: Denial, request: Request) -> Reply:
        typed, _ = read_typed(request)
        faults = _faults(denial.error)
        return self._pages.password_again(
            email=typed.get("username", ""),
            csrf_token=typed.get(CSRF, ""),
            faults=faults,
            problem="" if faults else _problem(denial.error),
            status=denial.status,
        )


def _is_about_passwords(error: SafelightError) -> bool:
    return isinstance(error, WrongPassword | MalformedRequest | Throttled)


def _faults(error: SafelightError) -> dict[str, str]:
    """What is wrong with which field, where the error says."""
    if isinstance(error, WrongPassword):
        return {"current": error.message}
    if isinstance(error, InvalidFields):
        return {field: " ".join(faults) for field, faults in error.fields.items()}
    return {}


def _problem(error: SafelightError) -> str:
    """One sentence for the person."""
    if isinstance(error, Throttled):
        minutes = -(-error.retry_after // timedelta(minutes=1))
        return f"Too many failed sign-ins. Try again in {minutes} min."
    if isinstance(error, InvalidCredential):
        return _MISMATCH
    return error.message
