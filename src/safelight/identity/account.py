"""A person's record. It never holds a secret, so it can be shown whole."""

from __future__ import annotations

import re
from datetime import datetime
from enum import Enum

import msgspec

from safelight.errors import InvalidFields
from safelight.identity.ids import AccountId

_LONGEST_NAME = 100
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_EMAIL = re.compile(
    r"[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]{1,64}@[^\s@\x00-\x1f\x7f<>,;:\"()\[\]\\]{1,255}"
)


class AccountState(Enum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Account(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`number` is the id on the wires that count (LibrePhotos' `user_id`).

    `sessions_valid_from` moves whenever all sessions are ended: a sign-in that was under way then
    is refused.
    """

    id: AccountId
    number: int
    email: str
    username: str
    first_name: str
    last_name: str
    state: AccountState
    admin: bool
    created_at: datetime
    sessions_valid_from: datetime

    @property
    def display_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.username


class Identifier(msgspec.Struct, frozen=True):
    """What a person types to name an account: an e-mail address or a username, normalised.

    Every identifier field on every wire takes either (decision 7): an address in any case,
    a username exactly as stored. Two spellings of one address are equal here, so that the
    throttle counts them together.
    """

    email: str | None
    username: str | None


def read_identifier(text: str) -> Identifier:
    """Never raises: what cannot name an account names none."""
    if "@" in text:
        return Identifier(email=text.strip().lower(), username=None)
    return Identifier(email=None, username=text)


def require_username(text: str) -> str:
    """A username as stored: lower case. Raises InvalidFields."""
    lowered = text.lower()
    if not _USERNAME.fullmatch(lowered):
        rule = "Use 1 to 64 letters, digits, dots, dashes or underscores, a letter or digit first."
        raise InvalidFields({"username": (rule,)})
    return lowered


def require_person_name(field: str, text: str) -> str:
    """A first or last name, trimmed; it may be empty. Raises InvalidFields."""
    if len(text) > _LONGEST_NAME or any(ord(each) < 32 for each in text):
        raise InvalidFields({field: (f"Use at most {_LONGEST_NAME} printable characters.",)})
    return text.strip()


def require_email(text: str) -> str:
    """An address as stored, its case kept. Raises InvalidFields."""
    stripped = text.strip()
    if len(stripped) > 254 or not _EMAIL.fullmatch(stripped):
        raise InvalidFields({"email": ("This is not an e-mail address.",)})
    return stripped
