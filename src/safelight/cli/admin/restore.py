"""`safelight admin restore`: a data folder from a backup."""

from __future__ import annotations

from pathlib import Path

from safelight.bootstrap import prepare_data
from safelight.cli.options import Config, Data
from safelight.clock import SystemClock
from safelight.stores.archive import restore_archive


def restore(file: Path, *, data: Data, config: Config = None) -> None:
    """Make the data folder, which must be new or empty, from the backup FILE."""
    manifest = restore_archive(file, data)
    prepare_data(data, SystemClock())
    print(
        f"Restored {len(manifest.members)} files, backed up {manifest.made_at:%Y-%m-%d %H:%M} UTC."
    )
