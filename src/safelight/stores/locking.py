"""A lock that whole processes wait for: several workers start at once over one folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process alone, against all others that ask here.

    The lock lies on the folder itself, so no file is left behind, and the kernel drops it when its
    holder dies. Waits as long as the holder works.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
