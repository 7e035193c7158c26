"""A file in the clear, for whoever asks for it by name."""

from __future__ import annotations

from pathlib import Path

from safelight.client.keeping import AccountKey, Kept
from safelight.client.keeping.folder import Folder
from safelight.client.keeping.records import read_kept, write_kept


class PlainFileKeeper:
    """One file an account, readable by its owner alone."""

    name = "plain file"

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)

    def read(self, key: AccountKey) -> Kept | None:
        content = self._folder.read(f"{key.name}.json")
        if content is None:
            return None
        return read_kept(content, str(self._folder.path / f"{key.name}.json"))

    def write(self, key: AccountKey, kept: Kept) -> None:
        self._folder.write(f"{key.name}.json", write_kept(kept))

    def hold_room(self, key: AccountKey, kept: Kept) -> None:
        self._folder.hold_room(f"{key.name}.json", len(write_kept(kept)))

    def remove(self, key: AccountKey) -> None:
        self._folder.remove(f"{key.name}.json")

    def lock_path(self, key: AccountKey) -> Path | None:
        self._folder.prepare()
        return self._folder.path / f"{key.name}.lock"
