"""Refusals as JSON: one shape, `error` and `message`, with `details` for fields. Pure."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from safelight.errors import (
    CsrfMismatch,
    InvalidCredential,
    InvalidFields,
    MethodNotAllowed,
    PermissionDenied,
    Unauthenticated,
)
from safelight.server.denials import whole_seconds
from safelight.server.http import Caching, Reply, json_reply
from safelight.server.wire import Denial

PAGE_EXPIRED = 419
"""Laravel's status for a CSRF token that is missing or wrong; no RFC has it."""

SESSION_OVER = "Session expired or invalid"
WRONG_PASSWORD = "The e-mail address or the password is not right."


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`details` maps a field's name to what is wrong with it."""

    error: str
    message: str
    details: dict[str, tuple[str, ...]] | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    body: ErrorBody


def word_refusal(denial: Denial, *, signing_in: bool) -> Refusal:
    """What this wire says to a denial. `signing_in`: it is the answer to credentials."""
    error = denial.error
    if isinstance(error, InvalidCredential) and signing_in:
        return Refusal(status=401, body=ErrorBody(error="Unauthorized", message=WRONG_PASSWORD))
    if isinstance(error, Unauthenticated):
        return Refusal(status=401, body=ErrorBody(error="Unauthorized", message=SESSION_OVER))
    if isinstance(error, CsrfMismatch):
        body = ErrorBody(error="CSRF token mismatch", message=error.message)
        return Refusal(status=PAGE_EXPIRED, body=body)
    if isinstance(error, PermissionDenied):
        body = ErrorBody(error="Forbidden", message="Insufficient permissions")
        return Refusal(status=403, body=body)
    if isinstance(error, InvalidFields):
        return Refusal(
            status=422,
            body=ErrorBody(
                error="Validation failed", message=error.message, details=dict(error.fields)
            ),
        )
    return Refusal(
        status=denial.status,
        body=ErrorBody(error=HTTPStatus(denial.status).phrase, message=error.message),
    )


def add_hints(reply: Reply, denial: Denial) -> None:
    """The headers that go with a refusal: when to come again, what the path does answer."""
    if denial.retry_after is not None:
        reply.set_header("retry-after", str(whole_seconds(denial.retry_after)))
    if isinstance(denial.error, MethodNotAllowed):
        reply.set_header("allow", ", ".join(denial.error.allow))


def write_refusal(refusal: Refusal) -> Reply:
    return json_reply(refusal.body, refusal.status, Caching.SECRET)
