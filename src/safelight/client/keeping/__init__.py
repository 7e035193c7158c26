"""Where a sign-in rests between runs, and what is kept of it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import msgspec

from safelight.client.grant import Grant, Moment
from safelight.secret import Secret

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


class AccountKey(msgspec.Struct, frozen=True, kw_only=True):
    """Whose sign-in it is: two accounts, or one on two services, never share anything. Neither do
    two organizations of one account, since a session acts for one at a time."""

    service: str
    origin: str
    account: str
    organization: str = ""

    @property
    def name(self) -> str:
        """Fit for a file's name: the service, and a digest of it all."""
        whole = "\n".join(msgspec.structs.astuple(self)).encode()
        return f"{self.service}-{hashlib.sha256(whole).hexdigest()[:24]}"


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A password that the service refused, as a slow hash: it is not sent a second time."""

    salt: bytes
    digest: bytes


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """What a person asked to have kept beside the session, for the next sign-in."""

    api_key: Secret | None = None
    password: Secret | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept for an account. `id` names the sign-in or renewal that it came of, `generation`
    counts them. `epoch` lasts over renewals: what was answered in another one is of another
    sign-in, or for another organization. `process` is who wrote it. `amended_at` is when an answer
    changed the grant last, such as a cookie that moves."""

    id: str
    generation: int
    epoch: str
    grant: Grant | None
    renewed_at: Moment
    process: int
    refused: Refused | None = None
    remembered: Remembered = Remembered()
    amended_at: Moment = _NEVER

    @property
    def age(self) -> tuple[datetime, datetime]:
        """Greater for what is newer, of two that are kept for one account."""
        return self.renewed_at, self.amended_at


class Keeper(Protocol):
    """A place for kept sign-ins. Every method may block; each raises KeepingFailed."""

    @property
    def name(self) -> str:
        """How a person is told where secrets lie."""
        ...

    def read(self, key: AccountKey) -> Kept | None: ...

    def write(self, key: AccountKey, kept: Kept) -> None: ...

    def hold_room(self, key: AccountKey, kept: Kept) -> None:
        """Make sure that the next `write` finds room for what a renewal makes of `kept`."""
        ...

    def remove(self, key: AccountKey) -> None:
        """No error when there is nothing."""
        ...

    def lock_path(self, key: AccountKey) -> Path | None:
        """A file that processes agree on to take turns; None where no other process sees it."""
        ...


def remembered_by(keeper: Keeper, key: AccountKey) -> Remembered:
    """To be asked when it is needed: a sign-out forgets it for every process."""
    kept = keeper.read(key)
    return kept.remembered if kept is not None else Remembered()
