"""The file of the profiles: read whole, changed by one process at a time, written whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from safelight.client.errors import KeepingFailed, file_failure
from safelight.client.keeping.folder import Folder
from safelight.client.profiles import FILE_NAME, Profiles, load_profiles, write_profiles

_WAIT_SECONDS = 10.0


class ProfileFile:
    """Raises KeepingFailed when the file cannot be read or written, ConfigurationError when its
    content cannot be used; such a file is left as it is."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self.path: Path = folder / FILE_NAME

    def read(self) -> Profiles:
        return load_profiles(self.path)

    def change(self, change: Callable[[Profiles], Profiles]) -> Profiles:
        """Write what `change` makes of the file's content; what it is now."""
        self._folder.prepare()
        lock = FileLock(self.path.with_name(f".{FILE_NAME}.lock"), mode=0o600)
        try:
            with lock.acquire(timeout=_WAIT_SECONDS):
                before = self.read()
                after = change(before)
                if after != before:
                    self._folder.write(FILE_NAME, write_profiles(after))
                return after
        except Timeout:
            raise KeepingFailed(f"{self.path} is held by another process. Try again.") from None
        except OSError as error:
            raise file_failure(self.path, error) from None
