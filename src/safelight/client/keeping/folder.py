"""A private folder with private files: 0700 and 0600, written whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from safelight.client.errors import KeepingFailed

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Folder:
    """Every method raises KeepingFailed with what to do about it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make the folder, for its owner alone. One that others may enter is closed to them."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if stat.S_IMODE(self.path.stat().st_mode) & _OTHERS:
                self.path.chmod(0o700)
        except OSError as error:
            raise _failed(self.path, error) from None

    def read(self, name: str) -> bytes | None:
        """None when there is no such file. One that others may read is not used: they have had
        their look at what is in it."""
        path = self.path / name
        try:
            with path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                if mode & _OTHERS:
                    raise KeepingFailed(
                        f"Others on this machine may read {path}. Remove it and sign in again, or "
                        f"close it with: chmod 600 {path}"
                    )
                return file.read()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _failed(path, error) from None

    def write(self, name: str, content: bytes) -> None:
        """Atomically: whoever reads meanwhile sees the old content or the new, and a full disk or
        a power cut leaves the old."""
        self.prepare()
        path = self.path / name
        try:
            handle, temporary = tempfile.mkstemp(prefix=f".{name}.", dir=self.path)  # 0600
        except OSError as error:
            raise _failed(path, error) from None
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)  # noqa: PTH105 - `temporary` is no Path
        except OSError as error:
            Path(temporary).unlink(missing_ok=True)
            raise _failed(path, error) from None

    def remove(self, name: str) -> None:
        try:
            (self.path / name).unlink(missing_ok=True)
        except OSError as error:
            raise _failed(self.path / name, error) from None


def _failed(path: Path, error: OSError) -> KeepingFailed:
    return KeepingFailed(f"{path}: {error.strerror or error}.")
