"""A disk that is full: a small tmpfs where this process may mount one, else a limit on files."""

from __future__ import annotations

import contextlib
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

_ROOM = 1024 * 1024


class FullDisk:
    """A folder with room for less than `too_much` bytes, while it is `full()`."""

    too_much = 2 * _ROOM

    def __init__(self, folder: Path, *, is_mounted: bool) -> None:
        self.folder = folder
        self._is_mounted = is_mounted

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """Inside, no file in the folder gets as long as `too_much`: the disk itself is small, or
        this process may write no file past the limit."""
        if self._is_mounted:
            yield
            return
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (_ROOM, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def full_disk_in(folder: Path) -> Iterator[FullDisk]:
    mounting = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_ROOM}", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    is_mounted = mounting.returncode == 0
    try:
        yield FullDisk(folder, is_mounted=is_mounted)
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)
