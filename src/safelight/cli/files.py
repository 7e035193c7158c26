"""Files that a command writes: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from safelight.client.errors import file_failure


def write_whole(path: Path, pieces: Iterable[bytes], *, private: bool = False) -> int:
    """Write a file whole or not at all; how many bytes it has. With `private` nobody else may read
    it. A device, such as `/dev/stdout`, is written to as it is, and a link leads to its file.
    Raises KeepingFailed."""
    try:
        if _is_device(path):
            with path.open("wb") as device:
                return sum(device.write(piece) for piece in pieces)
        path = path.resolve()
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise file_failure(path, error) from None
    size = 0
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                size += file.write(piece)
        if not private:
            Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise file_failure(path, error) from None
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return size


def _is_device(path: Path) -> bool:
    """Also a file that is open already and has another name below these folders: it is not to be
    replaced by a new one."""
    is_open = path.is_relative_to("/dev") or path.is_relative_to("/proc")
    return path.exists() and (is_open or not path.is_file())


def _umask() -> int:
    current = os.umask(0o077)
    os.umask(current)
    return current
