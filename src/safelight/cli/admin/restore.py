"""`safelight admin restore`: a data folder from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from safelight.cli.options import Config, Data
from safelight.clock import SystemClock
from safelight.data_folder import prepare_data
from safelight.stores.archive import restore_archive


def restore(
    file: Annotated[Path, Parameter(help="A backup.")], /, *, data: Data, config: Config = None
) -> None:
    """Make the data folder, which must be new or empty, from the backup FILE."""
    clock = SystemClock()
    manifest = restore_archive(file, data, clock.now())
    prepare_data(data, clock)
    print(
        f"Restored {len(manifest.members)} files, backed up {manifest.made_at:%Y-%m-%d %H:%M} UTC."
    )
