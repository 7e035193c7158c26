"""Until when a service wants to hear nothing of an account: known to all of its clients, over
processes."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from filelock import FileLock

from safelight.client.answers import pause_of
from safelight.client.durations import spoken
from safelight.clock import Clock
from safelight.errors import Throttled

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NONE = timedelta(0)
_MICROSECOND = timedelta(microseconds=1)
_MOST_SHARED = timedelta(days=1)
"""What is further ahead was written by a clock that was wrong, and must not last until then."""
_UNSURE = timedelta(minutes=1)
"""So much a clock may go back, and `now` may be old: a thread may have had to wait since."""
_LOCKED_SECONDS = 1.0
_ASKING = frozenset({429, 503})


class Quiet:
    """`path` is a file that the processes share, None when there is nothing to share. It is empty:
    its time of change is the moment. So a look costs no more than a `stat`, and there is nothing in
    it that could be half written."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._inside = threading.Lock()
        self._until, self._asked = _EPOCH, _NONE

    def share(self, path: Path) -> None:
        """From now on with the processes that share this file, too."""
        self._path = path

    def left(self, now: datetime) -> timedelta:
        """How long it lasts from now on; zero when it is over."""
        if self._until - now > self._asked + _UNSURE:
            self._until = now + self._asked  # the clock was set back: it begins anew
        until = self._until
        if self._path is not None:
            until = max(until, self._shared(self._path, now))
        return until - now if until > now else _NONE

    def heed(self, now: datetime) -> None:
        """Raises Throttled while it lasts."""
        left = self.left(now)
        if left is not _NONE:
            raise Throttled(
                left,
                f"The service asked to be left alone for {spoken(left)} more. "
                "Try again after that.",
            )

    def note(self, response: httpx2.Response, clock: Clock) -> None:
        """Be quiet for as long as an answer of the service asks."""
        if response.status_code in _ASKING:
            now = clock.now()
            self.extend(now, pause_asked(response, now) or _NONE)

    def extend(self, now: datetime, by: timedelta) -> None:
        """Be quiet for so long from now on. A shorter time does not end a longer one.

        A longer one than a day is this process's own, as is one that cannot be written down.
        """
        with self._inside:
            if now + by <= self._until:
                return
            self._until, self._asked = now + by, by
        if self._path is not None and by > timedelta(0):
            try:
                self._share(self._path, now, now + min(by, _MOST_SHARED))
            except OSError:
                return  # a full disk, or a lock that somebody does not give back

    def _share(self, path: Path, now: datetime, until: datetime) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{path}-lock", timeout=_LOCKED_SECONDS, mode=0o600):
            if until <= self._shared(path, now):
                return
            # An old one keeps its time until it has the new one: others look without the lock.
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            moment = (until - _EPOCH) // _MICROSECOND * 1000
            os.utime(path, ns=(moment, moment))

    def _shared(self, path: Path, now: datetime) -> datetime:
        try:
            moment = os.stat(path).st_mtime_ns  # noqa: PTH116  # half the time of Path's
        except OSError:
            return _EPOCH
        until = _EPOCH + moment // 1000 * _MICROSECOND
        return until if until - now <= _MOST_SHARED else _EPOCH


def pause_asked(response: httpx2.Response, now: datetime) -> timedelta | None:
    """How long an answer asks to be left alone; None when it does not."""
    return pause_of(response, now) if response.status_code in _ASKING else None
