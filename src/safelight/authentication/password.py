"""Passwords: the policy, and Argon2id in a bounded pool of low-priority threads."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from safelight.errors import Busy, InvalidFields
from safelight.secret import Secret

MINIMUM_CHARACTERS = 15
"""Without a second factor (NIST SP 800-63B-4 §3.1.1.2)."""

MAXIMUM_BYTES = 1024
_NICENESS = 10

Result = TypeVar("Result")


def require_acceptable(password: Secret, field: str = "password") -> None:
    """The policy for a new password: a length, and nothing else. Raises InvalidFields."""
    text = password.reveal()
    if len(text) < MINIMUM_CHARACTERS:
        raise InvalidFields({field: (f"Use at least {MINIMUM_CHARACTERS} characters.",)})
    if not is_hashable(password):
        raise InvalidFields({field: (f"Use at most {MAXIMUM_BYTES} bytes of UTF-8.",)})


def is_hashable(password: Secret) -> bool:
    """Whether the text is short enough, and encodable, to be given to the hash at all."""
    try:
        return len(password.reveal().encode()) <= MAXIMUM_BYTES
    except UnicodeEncodeError:
        return False


class PasswordHashing:
    """Argon2id off the event loop. `verify` costs one hash whether or not there is an account.

    The pool has `threads` threads and refuses (Busy) when `waiting` more calls wait already, since
    each takes 19 MiB: a queue without end would be a memory attack. The threads run niced, so that
    checks of sessions go before sign-ins when both want the processor.
    """

    def __init__(
        self, *, memory_kib: int, passes: int, threads: int, waiting: int, dummy_password: Secret
    ) -> None:
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID
        )
        self._dummy = self._hasher.hash(dummy_password.reveal())
        self._pool = ThreadPoolExecutor(threads, "password", initializer=_be_nice)
        self._under_way = 0
        self._most = threads + waiting
        self.count: int = 0
        """Hashes computed so far: shows that unknown accounts cost the same (LP-83)."""

    async def hash(self, password: Secret) -> str:
        text = password.reveal()
        return await self._run(lambda: self._hasher.hash(text))

    async def verify(self, encoded: str | None, password: Secret) -> bool:
        """Whether it is the password. `encoded` is None for an unknown account: then a hash is
        computed all the same, against a password that nobody knows."""
        against = encoded if encoded is not None else self._dummy
        can_be = is_hashable(password) and encoded is not None
        text = password.reveal() if can_be else ""
        return await self._run(lambda: self._matches(against, text)) and can_be

    def is_outdated(self, encoded: str) -> bool:
        """Whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(encoded)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _matches(self, encoded: str, text: str) -> bool:
        try:
            return self._hasher.verify(encoded, text)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], Result]) -> Result:
        if self._under_way >= self._most:
            raise Busy("Too many sign-ins at once. Try again in a moment.")
        self._under_way += 1
        self.count += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._under_way -= 1


def _be_nice() -> None:
    """Lower the priority of this thread alone: on Linux, niceness belongs to a thread. Where that
    is forbidden, the hash is computed all the same: an initializer that fails breaks the pool."""
    with suppress(OSError):
        os.nice(_NICENESS)
