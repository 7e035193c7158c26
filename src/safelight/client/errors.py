"""What only a client meets: the rest of the tree whose root is `safelight.errors`."""

from __future__ import annotations

import errno
from pathlib import Path

from safelight.errors import (
    ApiKeyRequired,
    MalformedRequest,
    Reason,
    SafelightError,
    Unauthenticated,
    Unavailable,
    WrongPassword,
)


class SecondFactorRequired(Unauthenticated):
    code = "second_factor_required"
    reason = Reason.SECOND_FACTOR
    default = (
        "The service asks for a second factor, which a program cannot give. "
        "Use an app password, or sign in as an account without one."
    )


class CaptchaRequired(Unauthenticated):
    code = "captcha_required"
    reason = Reason.CAPTCHA
    default = (
        "A page that tells people from programs is in the way. "
        "Open the service in a browser from this machine, then try again."
    )


def means_over(denial: SafelightError) -> bool:
    """Whether it is the session that is refused, not something beside it."""
    return isinstance(denial, Unauthenticated) and not isinstance(denial, _BESIDE)


_BESIDE = (ApiKeyRequired, CaptchaRequired, SecondFactorRequired, WrongPassword)


class NotLetIn(Unauthenticated):
    """A browser that `safelight proxy` does not know."""

    code = "not_let_in"
    default = "This browser is not let in. Open the newest link that `safelight proxy` printed."


class OrganizationUnclear(MalformedRequest):
    """The only organization was asked for, and there are several, or none."""

    code = "organization_unclear"
    default = "Say which organization to act for."


class Unreachable(Unavailable):
    """Nothing was sent: the name is unknown, or nobody answers there."""

    code = "unreachable"
    default = "The service cannot be reached. Check the address and the network."


class Unanswered(Unavailable):
    """A write went out and no whole answer came back: it may have happened, so it was not
    repeated."""

    code = "unanswered"
    reason = Reason.UNANSWERED
    default = "No answer came. The change may have happened: look before you try again."


class NotRepeated(SafelightError):
    """The session was over, is renewed now, and the body can be read only once."""

    code = "not_repeated"
    reason = Reason.EXPIRED
    default = "The session is renewed now, but this body cannot be sent again: repeat the call."


class NotTheService(SafelightError):
    code = "not_the_service"
    reason = Reason.NOT_THE_SERVICE
    default = "What answers there is not this service. Check the address."


class UnsafeRedirect(SafelightError):
    """The service sends the caller where a credential or a body must not go."""

    code = "unsafe_redirect"
    reason = Reason.NOT_THE_SERVICE
    default = "The service redirects to an address that is not safe to follow."


class AnswerTooLarge(SafelightError):
    code = "answer_too_large"
    default = "The service's answer is larger than what is passed on (--max-bytes)."


class SecretInAnswer(SafelightError):
    """`safelight run` and `safelight proxy` keep what signs in to themselves."""

    code = "secret_in_answer"
    default = "The answer holds what signs the account in, so it is not passed on."


class Unsupported(SafelightError):
    code = "unsupported"
    reason = Reason.UNSUPPORTED
    default = "This service does not have that."


class KeepingFailed(SafelightError):
    """What is kept between runs cannot be read or written; the message says what to do."""

    code = "keeping_failed"
    reason = Reason.KEEPING
    default = "The kept sign-in cannot be read or written."


class NoSuchPlace(KeepingFailed):
    """The path is none: too long, in no folder, or in a file."""

    reason = Reason.BAD_INPUT


def file_failure(path: Path | str, error: OSError) -> KeepingFailed:
    """What a file's failure means, and what to do next. It names the path that was asked for, not
    the one that is written to first."""
    kind, advice = _MEANINGS.get(error.errno or 0, (KeepingFailed, "Try again."))
    return kind(f"{path}: {error.strerror or error}. {advice}")


_MEANINGS: dict[int, tuple[type[KeepingFailed], str]] = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EDQUOT, errno.EFBIG), (KeepingFailed, "Make room there and try again.")
    ),
    **dict.fromkeys(
        (errno.EACCES, errno.EPERM, errno.EROFS),
        (KeepingFailed, "Choose a place that you may use, or have it opened to you."),
    ),
    **dict.fromkeys(
        (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL),
        (NoSuchPlace, "Check the path."),
    ),
}
