"""How a person's command ends, by what became of it. The codes never change."""

from __future__ import annotations

import os
import sys

import msgspec

from safelight.client.errors import NoSuchPlace
from safelight.errors import ConfigurationError, Reason, SafelightError

DONE = 0
FAILED = 1
USAGE = 2
PARTLY_DONE = 3
SIGN_IN_NEEDED = 4
FORBIDDEN = 5
NOT_FOUND = 6
RATE_LIMITED = 7
SERVICE_DOWN = 8

_CODES: dict[Reason, int] = {
    Reason.SIGN_IN_NEEDED: SIGN_IN_NEEDED,
    Reason.BAD_PASSWORD: SIGN_IN_NEEDED,
    Reason.EXPIRED: SIGN_IN_NEEDED,
    Reason.API_KEY: SIGN_IN_NEEDED,
    Reason.SECOND_FACTOR: SIGN_IN_NEEDED,
    Reason.CAPTCHA: SIGN_IN_NEEDED,
    Reason.FORBIDDEN: FORBIDDEN,
    Reason.CSRF: FORBIDDEN,
    Reason.NOT_FOUND: NOT_FOUND,
    Reason.RATE_LIMITED: RATE_LIMITED,
    Reason.SERVICE_DOWN: SERVICE_DOWN,
    Reason.UNANSWERED: SERVICE_DOWN,
}

SCHEMA_VERSION = 1


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints is one of these; a change that a program would notice counts up."""

    schema_version: int = SCHEMA_VERSION


class _Fault(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    reason: str
    message: str


class _Failed(Answer, frozen=True, kw_only=True):
    error: _Fault


def code_of(error: SafelightError) -> int:
    if isinstance(error, ConfigurationError | NoSuchPlace):
        return USAGE
    return _CODES.get(error.reason, FAILED)


def wants_json(flag: bool) -> bool:
    """`--json`, or `SAFELIGHT_OUTPUT=json`."""
    return flag or os.environ.get("SAFELIGHT_OUTPUT", "").lower() == "json"


def tell(error: SafelightError, arguments: list[str]) -> None:
    """An error for a program that asked for JSON, to standard output; else nothing."""
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    if wants_json("--json" in own):
        fault = _Fault(code=error.code, reason=error.reason.value, message=error.message)
        answer = msgspec.json.encode(_Failed(error=fault))
        sys.stdout.write(msgspec.json.format(answer, indent=2).decode() + "\n")
        sys.stdout.flush()
