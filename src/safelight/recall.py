"""What was found out lately, good until anybody changes anything.

A value is remembered together with the count of changes that was asked before it was found out,
and given again only while the count is still that one. So a session that is ended is over for the
very next request on every worker, as it would be if nothing were remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

_MOST = 131_072
_MOST_BYTES = 64 * 2**20


class Recall(Generic[Key, Value]):
    """Values by key, all forgotten at the next change of anybody. Belongs to one thread.

    `changes` counts the changes of all processes to what the values rest on; odd while one is
    under way. `size_of` tells the bytes of a key that whoever asks can make as long as they like.
    What was remembered first is forgotten first past 131,072 values, or past 64 MiB of such keys.
    """

    def __init__(
        self, changes: Callable[[], int], size_of: Callable[[Key], int] | None = None
    ) -> None:
        self.count: Callable[[], int] = changes
        """To be asked before the finding out of what is to be kept."""
        self._size_of = size_of
        self._count = -1
        self._size = 0
        # A plain dictionary looks for its first key past all that were removed before it.
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | None:
        """None when it is not known to be current: then it has to be found out."""
        if self.count() != self._count:
            return None
        return self._kept.get(key)

    def keep(self, key: Key, value: Value, count: int) -> None:
        """Keep what was found out after `count` was asked, unless a change came in between."""
        if count & 1 or count != self.count():
            return
        if count != self._count:
            self._kept.clear()
            self._size = 0
            self._count = count
        if key not in self._kept:
            self._make_room(key)
        self._kept[key] = value

    def _make_room(self, key: Key) -> None:
        self._size += self._bytes(key)
        while self._kept and (len(self._kept) >= _MOST or self._size > _MOST_BYTES):
            oldest, _ = self._kept.popitem(last=False)
            self._size -= self._bytes(oldest)

    def _bytes(self, key: Key) -> int:
        return self._size_of(key) if self._size_of is not None else 0
