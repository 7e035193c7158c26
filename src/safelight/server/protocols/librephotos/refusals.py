"""Refusals as this wire writes them: an envelope of faults, a detail for uploads, nothing for
pictures. Pure.

The texts are those of the framework behind LibrePhotos, since clients show and compare them.
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from safelight.errors import (
    AccountInactive,
    AccountMissing,
    ChecksumMismatch,
    Conflict,
    Gone,
    InvalidCredential,
    InvalidFields,
    MalformedCredential,
    MethodNotAllowed,
    NotAPicture,
    NotFound,
    OffsetMismatch,
    PermissionDenied,
    SafelightError,
    Unauthenticated,
)
from safelight.server.denials import whole_seconds
from safelight.server.http import Caching, Reply, Request, json_reply
from safelight.server.protocols.librephotos.paths import (
    BLACKLIST,
    OBTAIN,
    REFRESH,
    is_media,
    is_upload_path,
)
from safelight.server.wire import Denial

NOT_PROVIDED = "Authentication credentials were not provided."
INVALID_PAGE = "Invalid page."

_NO_ACCOUNT = "No active account found with the given credentials"
_BAD_TOKEN = "Given token not valid for any token type"
_TOKEN_NOT_VALID = "token_not_valid"
_MODELS = (
    ("/api/photos/", "Photo"),
    ("/api/albums/date/", "AlbumDate"),
    ("/api/albums/user/", "AlbumUser"),
    ("/api/user/", "User"),
)


class Fault(msgspec.Struct, frozen=True):
    field: str
    message: str


class Faults(msgspec.Struct, frozen=True):
    """`{"errors": […]}` (LP-52)."""

    errors: tuple[Fault, ...]


class Detail(msgspec.Struct, frozen=True, omit_defaults=True):
    """`offset` is how far the upload has come, where that is what is wrong."""

    detail: str
    offset: int | None = None


def write_denial(denial: Denial, request: Request) -> Reply:
    if is_media(request.path) and (reply := _refuse_media(denial.error)) is not None:
        return reply
    if is_upload_path(request.path):
        return _finish(_refuse_upload(denial), denial, request)
    faults = Faults(faults_of(denial.error, request))
    status = HTTPStatus.BAD_REQUEST if isinstance(denial.error, Conflict) else denial.status
    return _finish(json_reply(faults, status, Caching.SECRET), denial, request)


def faults_of(error: SafelightError, request: Request) -> tuple[Fault, ...]:
    match error:
        case Unauthenticated():
            return _unauthenticated(error, request)
        case InvalidFields():
            fields = error.fields.items()
            return tuple(Fault(name, " ".join(messages)) for name, messages in fields)
        case Conflict() if error.field is not None:
            return (Fault(error.field, error.message),)
        case MethodNotAllowed():
            return _detail(f'Method "{request.method}" not allowed.')
        case PermissionDenied():
            return _detail("You do not have permission to perform this action.")
        case NotFound():
            return _detail(_missing(error, request.path))
        case _:
            return _detail(error.message)


def _finish(reply: Reply, denial: Denial, request: Request) -> Reply:
    if reply.status == HTTPStatus.UNAUTHORIZED:
        # For Basic, too: with a Basic challenge browsers would open their own dialog.
        reply.set_header("www-authenticate", 'Bearer realm="api"')
    if isinstance(denial.error, MethodNotAllowed):
        reply.set_header("allow", ", ".join(denial.error.allow))
    if denial.retry_after is not None:
        reply.set_header("retry-after", str(whole_seconds(denial.retry_after)))
    return reply


# --- the envelope -----------------------------------------------------------------------------


def _detail(message: str, code: str | None = None) -> tuple[Fault, ...]:
    fault = Fault("detail", message)
    return (fault,) if code is None else (fault, Fault("code", code))


def _unauthenticated(error: Unauthenticated, request: Request) -> tuple[Fault, ...]:
    match error:
        case AccountInactive() if request.path == REFRESH:
            return _detail(error.message)
        case InvalidCredential() if request.path == OBTAIN:
            return _detail(_NO_ACCOUNT)
        case InvalidCredential() if request.path in (REFRESH, BLACKLIST):
            return _detail(error.message, _TOKEN_NOT_VALID)
        case AccountMissing():
            return _detail(error.message, "user_not_found")
        case AccountInactive():
            return _detail(error.message, "user_inactive")
        case MalformedCredential():
            return _detail(
                error.message, None if _is_basic(request) else "bad_authorization_header"
            )
        case InvalidCredential():
            if _is_basic(request):
                return _detail("Invalid username/password.")
            return _detail(_BAD_TOKEN, _TOKEN_NOT_VALID)
        case _ if error.message == Unauthenticated.default:
            return _detail(NOT_PROVIDED)
        case _:
            return _detail(error.message)


def _is_basic(request: Request) -> bool:
    return request.headers.get(b"authorization", b"").lstrip()[:5].lower() == b"basic"


def _missing(error: NotFound, path: str) -> str:
    if error.message == INVALID_PAGE:
        return INVALID_PAGE
    model = next((name for start, name in _MODELS if path.startswith(start)), None)
    return f"No {model} matches the given query." if model else "Not found."


# --- uploads and pictures ---------------------------------------------------------------------


def _refuse_upload(denial: Denial) -> Reply:
    """Never 401: a client would refresh its token and send the file again (LP-76)."""
    status, detail = _upload_fault(denial)
    return json_reply(detail, status, Caching.SECRET)


def _upload_fault(denial: Denial) -> tuple[HTTPStatus, Detail]:
    error = denial.error
    match error:
        case InvalidCredential():
            text = "Authentication credentials were invalid"
            return HTTPStatus.FORBIDDEN, Detail(text)
        case Unauthenticated():
            text = "Authentication credentials were not provided"
            return HTTPStatus.FORBIDDEN, Detail(text)
        case PermissionDenied():
            return HTTPStatus.FORBIDDEN, Detail("Uploading is not allowed")
        case OffsetMismatch():
            return HTTPStatus.BAD_REQUEST, Detail("Offsets do not match", error.offset)
        case ChecksumMismatch():
            return HTTPStatus.BAD_REQUEST, Detail("md5 checksum does not match")
        case NotAPicture():
            return HTTPStatus.BAD_REQUEST, Detail("File type not allowed")
        case Gone():
            return denial.status, Detail("Upload has expired")
        case NotFound():
            return denial.status, Detail("Not found.")
        case InvalidFields():
            return denial.status, Detail(next(iter(error.fields.values()))[0])
        case _:
            return denial.status, Detail(error.message)


def _refuse_media(error: SafelightError) -> Reply | None:
    """Empty answers; None for what is refused in words.

    Without a usable credential every picture that is not public is refused alike, whether or not
    there is one (LP-60, LP-63).
    """
    reply = Reply(media_type=b"", caching=Caching.SECRET)
    if type(error) is Unauthenticated:
        reply.status = HTTPStatus.FORBIDDEN
        reply.set_header("x-media-error", "authentication")
        return reply
    if isinstance(error, NotFound):
        reply.status = HTTPStatus.NOT_FOUND
        return reply
    return None
