"""Whether the files of an open database still lie where they were opened.

A file that is removed or replaced stays open here: what is written to it then is lost with the
last process that has it, and what another process does, such as `safelight admin`, is not seen.
"""

from __future__ import annotations

from pathlib import Path

from safelight.stores.blobs.disk import identity_of


class Placement:
    """The files of an SQLite database as they lay when it was opened, its log being in use."""

    def __init__(self, database: Path) -> None:
        files = (database.with_name(database.name + suffix) for suffix in ("", "-wal", "-shm"))
        self._known = {file: identity_of(file) for file in files}

    def holds(self) -> bool:
        """Whether each is still there. SQLite keeps all three while anybody has the database."""
        return all(identity_of(file) == known for file, known in self._known.items())
