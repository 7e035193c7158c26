"""Refusals: their classes, statuses and shape on this wire. Pure."""

from __future__ import annotations

from http import HTTPStatus

from safelight.errors import (
    ApiKeyRequired,
    Conflict,
    Forbidden,
    ForeignOrigin,
    InvalidCredential,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
    PlainHttpRefused,
    PreconditionFailed,
    QuotaExceeded,
    SafelightError,
    StorageFull,
    Throttled,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from safelight.server.denials import whole_seconds
from safelight.server.http import Caching, Reply, Request
from safelight.server.protocols.photoshelter.envelope import write_envelope
from safelight.server.protocols.photoshelter.sign_in import USAGE, deleted_cookie
from safelight.server.protocols.photoshelter.view import Record
from safelight.server.wire import Denial

SIGN_IN_PATH = "/mem/authenticate"

_CLASSES: dict[type[SafelightError], str] = {
    ApiKeyRequired: "ApiKeyInvalidErr",
    Unauthenticated: "SessionRequiredErr",
    PlainHttpRefused: "HttpsRequiredErr",
    ForeignOrigin: "ForeignOriginErr",
    Forbidden: "PermissionDeniedErr",
    MalformedRequest: "InvalidParameterErr",
    NotFound: "NotFoundErr",
    MethodNotAllowed: "MethodNotAllowedErr",
    Conflict: "ConflictErr",
    PreconditionFailed: "PreconditionFailedErr",
    TooLarge: "TooLargeErr",
    QuotaExceeded: "QuotaExceededErr",
    UnsupportedMediaType: "UnsupportedTypeErr",
    Throttled: "TooManyRequestsErr",
    StorageFull: "StorageFullErr",
    Unavailable: "UnavailableErr",
    SafelightError: "ServerErr",
}
"""The first two are names that clients look for, or that the service is known to have."""

_WRONG_PASSWORD = "AuthInvalidPasswordErr"
_WRONG_PASSWORD_MESSAGE = "The e-mail address or the password is wrong."


def write_denial(denial: Denial, request: Request) -> Reply:
    """A failed sign-in is a 400 that lists the inputs (PS-16, PS-19); an unknown account and a
    wrong password are one (PS-17)."""
    error = denial.error
    at_sign_in = request.path.endswith(SIGN_IN_PATH)
    if at_sign_in and isinstance(error, InvalidCredential):
        reply = _write(
            request, HTTPStatus.BAD_REQUEST, _WRONG_PASSWORD, _WRONG_PASSWORD_MESSAGE, True
        )
        reply.cookies = [deleted_cookie(request)]
        return reply
    has_usage = at_sign_in and isinstance(error, MalformedRequest)
    reply = _write(request, denial.status, class_of(type(error)), error.message, has_usage)
    if isinstance(error, MethodNotAllowed):
        reply.set_header("allow", ", ".join(error.allow))
    if denial.status == HTTPStatus.UNAUTHORIZED:
        reply.set_header("www-authenticate", 'PhotoShelter realm="photoshelter"')
    if denial.retry_after is not None:
        reply.set_header("retry-after", str(whole_seconds(denial.retry_after)))
    return reply


def class_of(kind: type[SafelightError]) -> str:
    return next(_CLASSES[base] for base in kind.__mro__ if base in _CLASSES)


def _write(request: Request, status: HTTPStatus, kind: str, message: str, has_usage: bool) -> Reply:
    """Both of the shapes that clients look into: `error.message` and `errors[0].title` (PS-58)."""
    envelope: Record = {
        "status": "error",
        "error": {"code": status.value, "class": kind, "message": message},
        "errors": [{"id": kind, "title": message}],
    }
    if has_usage:
        envelope["usage"] = USAGE
    envelope["data"] = None
    return write_envelope(request, envelope, status.value, Caching.SECRET)
