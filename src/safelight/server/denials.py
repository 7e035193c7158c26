"""Error to denial: the one place where a status is chosen (a wire may have its own word)."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from safelight.errors import (
    ConfigurationError,
    Conflict,
    Forbidden,
    Gone,
    MalformedRequest,
    MethodNotAllowed,
    NotAcceptable,
    NotFound,
    PreconditionFailed,
    Quota,
    QuotaExceeded,
    SafelightError,
    StorageFull,
    Throttled,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from safelight.server.http import Reply
from safelight.server.wire import Denial

STATUS: dict[type[SafelightError], HTTPStatus] = {
    MalformedRequest: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Gone: HTTPStatus.GONE,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    NotAcceptable: HTTPStatus.NOT_ACCEPTABLE,
    Conflict: HTTPStatus.CONFLICT,
    PreconditionFailed: HTTPStatus.PRECONDITION_FAILED,
    TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    QuotaExceeded: HTTPStatus.INSUFFICIENT_STORAGE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Throttled: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageFull: HTTPStatus.INSUFFICIENT_STORAGE,
    ConfigurationError: HTTPStatus.INTERNAL_SERVER_ERROR,
    SafelightError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The most exact class wins: each error looks for the first of its bases that is listed."""

_BUSY_PAUSE = timedelta(seconds=1)


def status_of(kind: type[SafelightError]) -> HTTPStatus:
    return next(STATUS[base] for base in kind.__mro__ if base in STATUS)


def denial_of(error: SafelightError) -> Denial:
    pause = None
    if isinstance(error, Throttled):
        pause = error.retry_after
    elif isinstance(error, Unavailable):
        pause = _BUSY_PAUSE
    return Denial(status=status_of(type(error)), error=error, retry_after=pause)


def whole_seconds(pause: timedelta) -> int:
    """`Retry-After` in seconds, rounded up: nobody is told to come too early."""
    return max(1, -(-pause // timedelta(seconds=1)))


def write_rate(reply: Reply, quota: Quota, left: int, reset: timedelta) -> None:
    """Say what the quota is and what is left of it, as the draft of RateLimit fields
    for HTTP has it."""
    policy, limit, window = quota
    reply.set_header("ratelimit-policy", f'"{policy}";q={limit};w={whole_seconds(window)}')
    reply.set_header("ratelimit", f'"{policy}";r={left};t={whole_seconds(reset)}')
