"""When to try again, and how long to wait before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import SystemRandom

import httpx2
import msgspec

from safelight.client.bodies import can_repeat
from safelight.client.errors import Unanswered
from safelight.client.quiet import Quiet, pause_asked
from safelight.clock import Clock
from safelight.errors import SafelightError, Unavailable

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_TOO_MANY = 429
_PASSING = frozenset({408, 425, 500, 502, 503, 504})
"""Statuses that may be gone at the next try. To a write they do not prove that nothing happened."""
_NO_ANSWER = frozenset({502, 504})


_chance = SystemRandom().random


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long failures are waited for. Pauses double, and chance takes up to half of each away,
    so that many clients do not come back at once."""

    tries: int = 5
    """How often a request is sent at most, the first time included."""
    first: timedelta = timedelta(seconds=0.5)
    """The pause after the first failure, at most."""
    longest: timedelta = timedelta(seconds=30)
    """The longest of these pauses."""
    most: timedelta = timedelta(seconds=120)
    """The longest `Retry-After` that is waited for. A longer one is the caller's: the answer
    itself, and Throttled for what is asked before it has passed."""


class Pace:
    """That of one client, over all of its threads and tasks. `quiet` is shared with others of the
    same account."""

    def __init__(
        self,
        patience: Patience,
        clock: Clock,
        quiet: Quiet,
        chance: Callable[[], float] = _chance,
    ) -> None:
        self.patience = patience
        self._clock = clock
        self._chance = chance
        self._quiet = quiet

    def pause_before(self) -> timedelta:
        """How long to wait before anything is sent. Raises Throttled when that is too long."""
        now = self._clock.now()
        left = self._quiet.left(now)
        if left > self.patience.most:
            self._quiet.heed(now)
        return left

    def hold_back(self, pause: timedelta) -> None:
        """Nothing is sent for so long. A shorter wait does not end a longer one."""
        self._quiet.extend(self._clock.now(), pause)

    def back_off(self, failures: int) -> timedelta:
        """The pause after so many failures: exponential, with jitter, capped."""
        doubled = self.patience.first * (1 << min(failures - 1, 20))
        most = min(doubled, self.patience.longest)
        return most * (0.5 + self._chance() / 2)

    def pause_after(
        self, request: httpx2.Request, response: httpx2.Response, failures: int
    ) -> timedelta | None:
        """How long to wait before the request is sent again; None when it is not to be."""
        if not may_repeat(request, response) or failures >= self.patience.tries:
            return None
        told = pause_asked(response, self._clock.now())
        if told is None:
            return self.back_off(failures)
        return told if told <= self.patience.most else None


def in_doubt(
    denial: SafelightError | None, request: httpx2.Request, response: httpx2.Response
) -> SafelightError | None:
    """What an answer stands for. That a proxy got no answer in its turn says nothing about a write:
    it may have happened."""
    is_write = request.method not in SAFE_METHODS
    if is_write and response.status_code in _NO_ANSWER and isinstance(denial, Unavailable):
        return Unanswered(
            f"{denial.message} The change may have happened: look before you try again."
        )
    return denial


def may_repeat(request: httpx2.Request, response: httpx2.Response) -> bool:
    """429 says that nothing was done; the others leave that open, so a write is not repeated."""
    if response.status_code == _TOO_MANY:
        return can_repeat(request)
    return response.status_code in _PASSING and request.method in SAFE_METHODS
