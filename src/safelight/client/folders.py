"""Where a person's profiles, sign-ins and kept answers are.

Nothing here loads the HTTP library: `safelight token` has to answer before that would be there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import platformdirs


class Folders(NamedTuple):
    """`sessions` also has the locks of sign-ins that are not in files."""

    settings: Path
    sessions: Path
    cache: Path


def folders(base: Path | None = None) -> Folders:
    """In `base`, else where `SAFELIGHT_CONFIG_DIR` says, else in the system's own places."""
    given = base or _of_environment()
    if given is not None:
        return Folders(given, given / "sessions", given / "cache")
    return Folders(
        platformdirs.user_config_path("safelight"),
        platformdirs.user_state_path("safelight") / "sessions",
        platformdirs.user_cache_path("safelight"),
    )


def _of_environment() -> Path | None:
    given = os.environ.get("SAFELIGHT_CONFIG_DIR", "")
    return Path(given).absolute() if given else None
