"""Every error that Safelight raises, once, with a stable code; what only a client meets is in
`client/errors.py`.

The domain raises the most exact one; `server/denials.py` alone turns it into a status. A message
never holds a secret or a whole request body: it may be shown to the caller and logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import ClassVar, NamedTuple


class Reason(StrEnum):
    """What a program that meets an error can do about it: coarser than `code`, and complete."""

    FAILED = "failed"
    """Something went wrong that has no other name here. The message says what."""
    BAD_INPUT = "bad_input"
    """What was asked for, or a setting, is not valid. Mend it; the same again fails again."""
    SIGN_IN_NEEDED = "sign_in_needed"
    """Nobody is signed in, and there is no password to sign in with. `safelight login`."""
    BAD_PASSWORD = "bad_password"
    """The name or the password is wrong. It is not sent again by itself."""
    EXPIRED = "expired"
    """The session is over and could not be renewed. Sign in again."""
    API_KEY = "api_key"
    """The API key is missing or refused. The session is as good as before."""
    SECOND_FACTOR = "second_factor"
    """The service asks for a code that a program cannot give."""
    CAPTCHA = "captcha"
    """A page that tells people from programs is in the way. Open the service in a browser."""
    FORBIDDEN = "forbidden"
    """The account is signed in and may not do this."""
    CSRF = "csrf"
    """The CSRF token was refused, a fresh one too."""
    NOT_FOUND = "not_found"
    """There is no such thing, or this account may not see it."""
    CONFLICT = "conflict"
    """It collides with something that is there already."""
    RATE_LIMITED = "rate_limited"
    """Too many requests. `retry_after` of the error says how long to wait."""
    SERVICE_DOWN = "service_down"
    """The service cannot be reached, or cannot answer now. Nothing is lost; try again later."""
    UNANSWERED = "unanswered"
    """A write went out and no answer came. It may have happened: look before trying again."""
    NOT_THE_SERVICE = "not_the_service"
    """Something else answers at that address. Check it."""
    UNSUPPORTED = "unsupported"
    """The service has no such thing. Nothing was sent."""
    FULL = "full"
    """There is no room left: of the account, or on the server."""
    KEEPING = "keeping"
    """What is kept on this machine cannot be read or written. The message says what to do."""


class SafelightError(Exception):
    """The root. `code` and `reason` are what a program may switch on; neither changes once
    released."""

    code: ClassVar[str] = "internal"
    reason: ClassVar[Reason] = Reason.FAILED
    default: ClassVar[str] = "Something went wrong."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.default)

    @property
    def message(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        """Copied and pickled as it is, whatever it was made from."""
        return _as_it_was, (type(self), self.args, self.__dict__)


def _as_it_was(
    kind: type[SafelightError], args: tuple[object, ...], fields: dict[str, object]
) -> SafelightError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(fields)
    return error


# --- the request itself ---------------------------------------------------------------------


class MalformedRequest(SafelightError):
    """The bytes could not be read as what they claim to be."""

    code = "malformed_request"
    reason = Reason.BAD_INPUT
    default = "The request could not be read."


class InvalidFields(MalformedRequest):
    """Readable, but fields break their rules. `fields` maps a field's name to its faults."""

    code = "invalid_fields"
    default = "Some fields are not valid."

    def __init__(self, fields: Mapping[str, tuple[str, ...]], message: str | None = None) -> None:
        self.fields: dict[str, tuple[str, ...]] = dict(fields)
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
    reason = Reason.BAD_INPUT
    default = "This path does not answer that method."

    def __init__(self, allow: tuple[str, ...], method: str = "") -> None:
        self.allow = allow
        self.method = method
        super().__init__()


class NotAcceptable(SafelightError):
    code = "not_acceptable"
    reason = Reason.BAD_INPUT
    default = "None of the formats that the request accepts can be produced."


class TooLarge(SafelightError):
    """`limit` is in bytes."""

    code = "too_large"
    reason = Reason.BAD_INPUT
    default = "The request is larger than this server accepts."

    def __init__(self, message: str | None = None, limit: int | None = None) -> None:
        self.limit = limit
        super().__init__(message)


class UnsupportedMediaType(SafelightError):
    code = "unsupported_media_type"
    reason = Reason.BAD_INPUT
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
    reason = Reason.SIGN_IN_NEEDED
    default = "Sign in first."


class ApiKeyRequired(Unauthenticated):
    code = "api_key_required"
    reason = Reason.API_KEY
    default = "The API key is missing or unknown."


class InvalidCredential(Unauthenticated):
    """A wrong password *and* an unknown account: one error, so that neither can be told apart."""

    code = "invalid_credential"
    reason = Reason.BAD_PASSWORD
    default = "The credential is not valid."


class ExpiredCredential(InvalidCredential):
    code = "expired_credential"
    reason = Reason.EXPIRED
    default = "The session or token is over."


class WrongPassword(InvalidCredential):
    """The signed-in caller was asked for the password again, and this is not it."""

    code = "wrong_password"
    default = "The current password is not right."


class WrongTokenType(InvalidCredential):
    code = "wrong_token_type"
    reason = Reason.EXPIRED
    default = "The token is of another type."


class RevokedCredential(InvalidCredential):
    code = "revoked_credential"
    reason = Reason.EXPIRED
    default = "The token has been revoked."


class AccountMissing(InvalidCredential):
    """A token whose signature is right names an account that is no more."""

    code = "account_missing"
    reason = Reason.EXPIRED
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
    reason = Reason.FORBIDDEN
    default = "This is not allowed."


class CsrfMismatch(Forbidden):
    code = "csrf_mismatch"
    reason = Reason.CSRF
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


class PasswordChangeRequired(Forbidden):
    """Somebody else chose the password: the session is good for changing it, and no more."""

    code = "password_change_required"
    default = "Change the password first: somebody else chose it. PUT /v1/account/password does."


# --- what is asked for ----------------------------------------------------------------------


class NotFound(SafelightError):
    code = "not_found"
    reason = Reason.NOT_FOUND
    default = "There is nothing here."


class Gone(NotFound):
    code = "gone"
    default = "This has expired."


class Conflict(SafelightError):
    """`field` names what collides, when that can be said."""

    code = "conflict"
    reason = Reason.CONFLICT
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


class PreconditionFailed(SafelightError):
    """What the request says must be so is not. Nothing was done."""

    code = "precondition_failed"
    reason = Reason.CONFLICT
    default = "What is here now is not what If-Match names. Get it anew."


class QuotaExceeded(SafelightError):
    code = "quota_exceeded"
    reason = Reason.FULL
    default = "The account has no room left for this."


class Quota(NamedTuple):
    """What was used up: at most `limit` within `window`. `policy` is its name."""

    policy: str
    limit: int
    window: timedelta


class Throttled(SafelightError):
    """`retry_after` is how long to wait before the next try."""

    code = "throttled"
    reason = Reason.RATE_LIMITED
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
    reason = Reason.SERVICE_DOWN
    default = "The service cannot answer right now. Try again."


class Busy(Unavailable):
    code = "busy"
    default = "The server is busy. Try again in a moment."


class StorageFull(Unavailable):
    code = "storage_full"
    reason = Reason.FULL
    default = "The server has no room left to store this."


class ConfigurationError(SafelightError):
    """The settings cannot be used; the message names the key and, if one is near, the right one."""

    code = "configuration"
    reason = Reason.BAD_INPUT
    default = "The settings cannot be used."
