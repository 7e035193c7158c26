"""What a service refused is not sent again: wrong passwords above all, which lock accounts."""

from __future__ import annotations

import copy
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from safelight.client.errors import OrganizationUnclear
from safelight.client.grant import Credentials
from safelight.client.keeping import Refused
from safelight.errors import InvalidCredential, Reason, SafelightError, Throttled

_LASTING = frozenset({Reason.BAD_PASSWORD, Reason.SECOND_FACTOR, Reason.API_KEY})
"""The same credentials would meet the same refusal."""
_PASSING = frozenset({Reason.CAPTCHA, Reason.FORBIDDEN})
"""What stands in the way may be gone later, or was never the service."""
_PASSES_AFTER = timedelta(minutes=5)

_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}
"""16 MiB and some 50 ms, spent after a refusal alone."""


class Refusals:
    """Those of one process, for one account."""

    def __init__(self) -> None:
        self._credentials: Credentials | None = None
        self._error: SafelightError | None = None
        self._until: datetime | None = None
        self._not_before: datetime | None = None

    def remember(self, credentials: Credentials, error: SafelightError, now: datetime) -> None:
        if isinstance(error, Throttled):
            self._not_before = now + error.retry_after
        elif error.reason in _LASTING or isinstance(error, OrganizationUnclear):
            self._credentials, self._error, self._until = credentials, error, None
        elif error.reason in _PASSING:
            self._credentials, self._error = credentials, error
            self._until = now + _PASSES_AFTER

    @property
    def refused_password(self) -> Credentials | None:
        """The credentials whose password is wrong; None when none are known to be."""
        wrong = self._error is not None and self._error.reason is Reason.BAD_PASSWORD
        return self._credentials if wrong else None

    def forget(self) -> None:
        self._credentials = self._error = self._until = None

    def heed(self, credentials: Credentials, now: datetime) -> None:
        """Raises what these credentials met before, and Throttled before the time has come."""
        if self._until is not None and now >= self._until:
            self.forget()
        if self._error is not None and self._credentials == credentials:
            raise copy.copy(self._error)
        if self._not_before is not None and now < self._not_before:
            raise Throttled(self._not_before - now)


def mark(credentials: Credentials) -> Refused:
    """What other processes know a refused password by. Slow."""
    salt = secrets.token_bytes(16)
    return Refused(salt=salt, digest=_digest(credentials, salt))


def heed_mark(refused: Refused | None, credentials: Credentials) -> None:
    """Raises InvalidCredential for the password that another process was refused with. Slow."""
    if refused is not None and hmac.compare_digest(
        _digest(credentials, refused.salt), refused.digest
    ):
        raise InvalidCredential(
            "The service refused this password before, so it was not sent again. "
            "Sign in with the right one."
        )


def _digest(credentials: Credentials, salt: bytes) -> bytes:
    text = f"{credentials.identifier}\0{credentials.password.reveal()}"
    return hashlib.scrypt(text.encode(), salt=salt, **_SCRYPT)
