"""Every error that Safelight raises, once, with a stable code.

The domain raises the most exact one; `server/denials.py` alone turns it into a status. A message
never holds a secret or a whole request body: it may be shown to the caller and logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar, NamedTuple


class SafelightError(Exception):
    """The root. `code` is what a program may switch on; it never changes once released."""

    code: ClassVar[str] = "internal"
    default: ClassVar[str] = "Something went wrong."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default)

    @property
    def message(self) -> str:
        return str(self.args[0])


# --- the request itself ---------------------------------------------------------------------


class MalformedRequest(SafelightError):
    """The bytes could not be read as what they claim to be."""

    code = "malformed_request"
    default = "The request could not be read."


class InvalidFields(MalformedRequest):
    """Readable, but fields break their rules. `fields` maps a field's name to its faults."""

    code = "invalid_fields"
    default = "Some fields are not valid."

    def __init__(self, fields: Mapping[str, tuple[str, ...]], message: str | None = None) -> None:
        self.fields = dict(fields)
        first = next(iter(self.fields.items()), None)
        super().__init__(message or (f"{first[0]}: {first[1][0]}" if first else None))


class ChecksumMismatch(MalformedRequest):
    code = "checksum_mismatch"
    default = "The checksum is not that of what arrived."


class ConflictingCredentials(MalformedRequest):
    code = "conflicting_credentials"
    default = "The request carries credentials that contradict each other."


class MethodNotAllowed(SafelightError):
    """`allow` lists the methods that the path does answer."""

    code = "method_not_allowed"
    default = "This path does not answer that method."

    def __init__(self, allow: tuple[str, ...], method: str = "") -> None:
        self.allow = allow
        self.method = method
        super().__init__()


class NotAcceptable(SafelightError):
    code = "not_acceptable"
    default = "None of the formats that the request accepts can be produced."


class TooLarge(SafelightError):
    """`limit` is in bytes."""

    code = "too_large"
    default = "The request is larger than this server accepts."

    def __init__(self, message: str | None = None, limit: int | None = None) -> None:
        self.limit = limit
        super().__init__(message)


class UnsupportedMediaType(SafelightError):
    code = "unsupported_media_type"
    default = "The content type of the request is not supported here."


class NotAPicture(UnsupportedMediaType):
    code = "not_a_picture"
    default = "The file is not a picture that can be read."


class PictureTooLarge(TooLarge):
    code = "picture_too_large"
    default = "The picture has more pixels than this server accepts."


# --- who is asking --------------------------------------------------------------------------


class Unauthenticated(SafelightError):
    code = "unauthenticated"
    default = "Sign in first."


class ApiKeyRequired(Unauthenticated):
    code = "api_key_required"
    default = "The API key is missing or unknown."


class InvalidCredential(Unauthenticated):
    """A wrong password *and* an unknown account: one error, so that neither can be told apart."""

    code = "invalid_credential"
    default = "The credential is not valid."


class ExpiredCredential(InvalidCredential):
    code = "expired_credential"
    default = "The session or token is over."


class WrongPassword(InvalidCredential):
    """The signed-in caller was asked for the password again, and this is not it."""

    code = "wrong_password"
    default = "The current password is not right."


class WrongTokenType(InvalidCredential):
    code = "wrong_token_type"
    default = "The token is of another type."


class RevokedCredential(InvalidCredential):
    code = "revoked_credential"
    default = "The token has been revoked."


class AccountMissing(InvalidCredential):
    """A token whose signature is right names an account that is no more."""

    code = "account_missing"
    default = "The account does not exist any more."


class AccountInactive(InvalidCredential):
    code = "account_inactive"
    default = "The account is not active."


class MalformedCredential(Unauthenticated):
    """A credential header that breaks its own grammar; the message says how."""

    code = "malformed_credential"
    default = "The credential could not be read."


class Forbidden(SafelightError):
    code = "forbidden"
    default = "This is not allowed."


class CsrfMismatch(Forbidden):
    code = "csrf_mismatch"
    default = "The CSRF token is missing, over, or belongs to another session."


class ForeignOrigin(Forbidden):
    code = "foreign_origin"
    default = "This request may only come from this server's own pages."


class PlainHttpRefused(Forbidden):
    code = "plain_http_refused"
    default = "Credentials are accepted over HTTPS only."


class PermissionDenied(Forbidden):
    """`scope` names what was missing, when that can be said."""

    code = "permission_denied"
    default = "The signed-in account may not do this."

    def __init__(self, message: str | None = None, scope: str | None = None) -> None:
        self.scope = scope
        super().__init__(message or (f"This needs the scope {scope}." if scope else None))


# --- what is asked for ----------------------------------------------------------------------


class NotFound(SafelightError):
    code = "not_found"
    default = "There is nothing here."


class Gone(NotFound):
    code = "gone"
    default = "This has expired."


class Conflict(SafelightError):
    """`field` names what collides, when that can be said."""

    code = "conflict"
    default = "This collides with something that exists."

    def __init__(self, message: str | None = None, field: str | None = None) -> None:
        self.field = field
        super().__init__(message)


class OffsetMismatch(Conflict):
    """A part of an upload does not begin where the one before it ended, at byte `offset`."""

    code = "offset_mismatch"
    default = "The upload has come to another place."

    def __init__(self, offset: int) -> None:
        self.offset = offset
        super().__init__()


class QuotaExceeded(SafelightError):
    code = "quota_exceeded"
    default = "The account has no room left for this."


class Quota(NamedTuple):
    """What was used up: at most `limit` within `window`. `policy` is its name."""

    policy: str
    limit: int
    window: timedelta


class Throttled(SafelightError):
    """`retry_after` is how long to wait before the next try."""

    code = "throttled"
    default = "Too many attempts. Try again later."

    def __init__(
        self,
        retry_after: timedelta,
        message: str | None = None,
        *,
        quota: Quota | None = None,
    ) -> None:
        self.retry_after = retry_after
        self.quota = quota
        super().__init__(message)


# --- ourselves ------------------------------------------------------------------------------


class Unavailable(SafelightError):
    code = "unavailable"
    default = "The service cannot answer right now. Try again."


class Busy(Unavailable):
    code = "busy"
    default = "The server is busy. Try again in a moment."


class StorageFull(Unavailable):
    code = "storage_full"
    default = "The server has no room left to store this."


class ConfigurationError(SafelightError):
    """The settings cannot be used; the message names the key and, if one is near, the right one."""

    code = "configuration"
    default = "The settings cannot be used."
