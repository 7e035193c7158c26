"""Errors as answers: problem details (RFC 9457)."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil

import msgspec

from safelight.cli.forwarding.gate import Fields, Reply
from safelight.client.errors import NotRepeated
from safelight.errors import MethodNotAllowed, Reason, SafelightError, Throttled, TooLarge

_BY_REASON: dict[Reason, HTTPStatus] = {
    Reason.BAD_INPUT: HTTPStatus.BAD_REQUEST,
    Reason.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Reason.CSRF: HTTPStatus.FORBIDDEN,
    Reason.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Reason.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    Reason.SIGN_IN_NEEDED: HTTPStatus.UNAUTHORIZED,
    Reason.BAD_PASSWORD: HTTPStatus.UNAUTHORIZED,
    Reason.EXPIRED: HTTPStatus.UNAUTHORIZED,
}

_EXACT: dict[type[SafelightError], HTTPStatus] = {
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    NotRepeated: HTTPStatus.SERVICE_UNAVAILABLE,
}


class _Problem(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    status: int
    detail: str
    code: str
    reason: str


def problem(error: SafelightError) -> Reply:
    """A refusal, or a failure to reach the service, which is a 502."""
    fallback = _BY_REASON.get(error.reason, HTTPStatus.BAD_GATEWAY)
    status = _EXACT.get(type(error), fallback)
    more: Fields = ()
    if isinstance(error, Throttled):
        more = (("retry-after", str(ceil(error.retry_after.total_seconds()))),)
    if isinstance(error, NotRepeated):
        more = (("retry-after", "0"),)
    if isinstance(error, MethodNotAllowed):
        more = (("allow", ", ".join(error.allow)),)
    return _reply(status, error.message, error.code, error.reason.value, more)


def unreadable(status: int, detail: str) -> Reply:
    """The answer to what is no request, by the status that says why."""
    return _reply(HTTPStatus(status), detail, "malformed_request", Reason.BAD_INPUT.value, ())


def _reply(status: HTTPStatus, detail: str, code: str, reason: str, more: Fields) -> Reply:
    content = msgspec.json.encode(
        _Problem(title=status.phrase, status=status, detail=detail, code=code, reason=reason)
    )
    kind = ("content-type", "application/problem+json")
    return Reply(status, (kind, ("cache-control", "no-store"), *more), content)
