"""How many sign-ins may fail, and how long to wait then. Pure, over the times of past failures."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import msgspec

from safelight.identity.account import Identifier
from safelight.identity.ids import AccountId


class ThrottleRule(msgspec.Struct, frozen=True, kw_only=True):
    """At most `account_failures` for one account and `address_failures` from one address within
    `window`. Only failures count, over all protocols and spellings together."""

    account_failures: int
    address_failures: int
    window: timedelta

    def counted(self, now: datetime) -> Counted:
        return Counted(after=now - self.window, before=now + self.window)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """The instants at which a failure counts, without its ends. Another worker's may be later than
    now; one that is later by more is of a clock that was set back since."""

    after: datetime
    before: datetime


class Subject(msgspec.Struct, frozen=True):
    """What failures are counted by. `key` is a digest: no address or name lies in the table."""

    key: bytes
    limit: int


def subjects_of(
    account_id: AccountId | None, identifier: Identifier, address: str, rule: ThrottleRule
) -> tuple[Subject, Subject]:
    """The account (or what was typed, for one that does not exist) and the address."""
    name = account_id or f"unknown {identifier.email or identifier.username}"
    return (
        Subject(_key("account", name), rule.account_failures),
        Subject(_key("address", address), rule.address_failures),
    )


def wait(
    failures: list[datetime], limit: int, window: timedelta, now: datetime
) -> timedelta | None:
    """How long until another try is allowed; None when it is now.

    `failures` are the newest ones, newest first. A failure is forgotten on the instant its window
    ends.
    """
    recent = [at for at in failures if now - at < window]
    if len(recent) < limit:
        return None
    return recent[limit - 1] + window - now


def _key(kind: str, name: str) -> bytes:
    return hashlib.blake2b(f"{kind} {name}".encode("utf-8", "replace"), digest_size=16).digest()
