"""The data folder: made, guarded and migrated before anything opens it.

Apart from `bootstrap.py`, so that a worker does not keep the migrations' machinery in memory.
"""

from __future__ import annotations

import stat
from pathlib import Path

from safelight.bootstrap import DATABASE, KEYS
from safelight.clock import Clock
from safelight.errors import ConfigurationError
from safelight.stores.keys import KEY_FILE
from safelight.stores.sql.migrate import migrate


def prepare_data(folder: Path, clock: Clock) -> None:
    """Make the data folder, for this user only, and bring its database up to date.

    Raises ConfigurationError when others can write to the folder, when it cannot be made, and when
    its database is gone while what belongs to one is there: an empty one in its place would cost
    what the log beside it still holds.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        mode = folder.stat().st_mode
    except OSError as error:
        raise ConfigurationError(f"The data folder {folder}: {error.strerror}.") from None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise ConfigurationError(f"Others can write to the data folder: chmod 700 {folder}")
    _require_database_of(folder)
    migrate(folder / DATABASE, now=clock.now())


def _require_database_of(folder: Path) -> None:
    if (folder / DATABASE).exists():
        return
    for name in (f"{DATABASE}-wal", f"{KEYS}/{KEY_FILE}"):
        if (folder / name).exists():
            raise ConfigurationError(
                f"{folder / DATABASE} is gone, though {name} is there: put it back, or restore a "
                "backup into a new folder."
            )
