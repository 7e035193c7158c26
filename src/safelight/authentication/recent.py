"""Recognitions remembered from one request to the next, while nothing has changed.

A page asks fifty times a minute with the same headers. What they prove is the same until a commit
of anybody, or until an instant that is known beforehand: a limit, or the next touch that is due.
So the whole of reading, unsealing, finding and judging is a dictionary lookup the second time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from safelight.authentication.recognition import Recognition
from safelight.recall import Recall

RequestKey = tuple[object, ...]
"""Everything of a request that recognition depends on: where it goes, and all headers that carry
credentials, as sent. Kept in memory only; Python's hashes of bytes are keyed with a secret."""


class Recent:
    """`changes` counts commits of anybody to what authentication rests on; odd while one is under
    way. Belongs to one thread."""

    def __init__(self, changes: Callable[[], int]) -> None:
        self._recall: Recall[RequestKey, tuple[Recognition, datetime]] = Recall(changes, _bytes_of)
        self.count: Callable[[], int] = changes
        """To be asked before the recognition that is to be kept."""

    def get(self, key: RequestKey, now: datetime) -> Recognition | None:
        """None when it has to be recognised anew: also when the clock was set back since."""
        kept = self._recall.get(key)
        if kept is None:
            return None
        found, since = kept
        if found.good_until is None or not since <= now < found.good_until:
            return None
        return found

    def keep(self, key: RequestKey, recognition: Recognition, count: int, now: datetime) -> None:
        """Keep what was recognised after `count` was asked, unless a commit came in between."""
        if recognition.good_until is not None:
            self._recall.keep(key, (recognition, now), count)


def _bytes_of(key: RequestKey) -> int:
    return sum(len(part) for part in key if isinstance(part, bytes))
