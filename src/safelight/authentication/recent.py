"""Recognitions remembered from one request to the next, while nothing has changed.

A page asks fifty times a minute with the same headers. What they prove is the same until a commit
of anybody, or until an instant that is known beforehand: a limit, or the next touch that is due.
So the whole of reading, unsealing, finding and judging is a dictionary lookup the second time.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from safelight.authentication.recognition import Recognition

RequestKey = tuple[object, ...]
"""Everything of a request that recognition depends on: where it goes, and all headers that carry
credentials, as sent. Kept in memory only; Python's hashes of bytes are keyed with a secret."""

_MOST = 32_768


class Recent:
    """`changes` counts commits of anybody to what authentication rests on; odd while one is under
    way. Belongs to one thread."""

    def __init__(self, changes: Callable[[], int]) -> None:
        self._changes = changes
        self._count = -1
        self._kept: dict[RequestKey, Recognition] = {}

    def get(self, key: RequestKey, now: datetime) -> Recognition | None:
        """None when it has to be recognised anew."""
        if self._changes() != self._count:
            return None
        found = self._kept.get(key)
        if found is None or found.good_until is None or now >= found.good_until:
            return None
        return found

    def count(self) -> int:
        """To be asked before the recognition that is to be kept."""
        return self._changes()

    def keep(self, key: RequestKey, recognition: Recognition, count: int) -> None:
        """Keep what was recognised after `count` was asked, unless a commit came in between."""
        if recognition.good_until is None or count & 1 or count != self._changes():
            return
        if count != self._count or len(self._kept) >= _MOST:
            self._kept.clear()
            self._count = count
        self._kept[key] = recognition
