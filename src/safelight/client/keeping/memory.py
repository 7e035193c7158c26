"""Nothing outlives the process."""

from __future__ import annotations

from pathlib import Path

from safelight.client.keeping import AccountKey, Kept


class MemoryKeeper:
    name = "memory"

    def __init__(self) -> None:
        self._kept: dict[AccountKey, Kept] = {}

    def read(self, key: AccountKey) -> Kept | None:
        return self._kept.get(key)

    def write(self, key: AccountKey, kept: Kept) -> None:
        self._kept[key] = kept

    def hold_room(self, key: AccountKey, kept: Kept) -> None:
        """There always is."""

    def remove(self, key: AccountKey) -> None:
        self._kept.pop(key, None)

    def lock_path(self, key: AccountKey) -> Path | None:
        return None
