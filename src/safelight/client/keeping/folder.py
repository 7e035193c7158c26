"""A private folder with private files: 0700 and 0600, written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from glob import escape
from pathlib import Path

from safelight.client.errors import KeepingFailed, file_failure

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_GROWTH = 4096
"""How much longer a content may be than the one before it."""


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
            raise file_failure(self.path, error) from None

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
            raise file_failure(path, error) from None

    def write(self, name: str, content: bytes) -> None:
        """Atomically: whoever reads meanwhile sees the old content or the new, and a full disk or
        a power cut leaves the old."""
        self.prepare()
        path, temporary = self.path / name, self._beside(name, secrets.token_hex(8))
        try:
            with suppress(FileNotFoundError):
                self._spare(name).rename(temporary)  # its room is held until it is written over
            _write(temporary, content)
            temporary.replace(path)
        except BaseException as error:  # whoever stops the program leaves no secret behind
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise file_failure(path, error) from None
            raise

    def hold_room(self, name: str, length: int) -> None:
        """Make sure that the next `write` finds room for a content about so long, in bytes."""
        self.prepare()
        spare = self._spare(name)
        try:
            _write(spare, secrets.token_bytes(length + _GROWTH))  # nothing that can be compressed
        except OSError as error:
            with suppress(OSError):
                spare.unlink(missing_ok=True)
            raise file_failure(self.path / name, error) from None

    def remove(self, name: str) -> None:
        """Along with what a program that was killed may have left of it."""
        path = self.path / name
        try:
            for each in [path, *self.path.glob(f".{escape(name)}.*")]:
                each.unlink(missing_ok=True)
        except OSError as error:
            raise file_failure(path, error) from None

    def _spare(self, name: str) -> Path:
        return self._beside(name, "spare")

    def _beside(self, name: str, ending: str) -> Path:
        return self.path / f".{name}.{ending}"


def _write(path: Path, content: bytes) -> None:
    """Over what is there, without giving back the room of it first."""
    handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())
