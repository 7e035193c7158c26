"""A file on its way to a service: read in pieces, counted, and begun anew when it has to be."""

from __future__ import annotations

import io
import mimetypes
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from safelight.client.unfinished import Unfinished
from safelight.errors import MalformedRequest

Progress = Callable[[int, int], None]
"""Told how many bytes of how many have gone out. The first number falls when a part is sent
again."""


_NO_PIPE = "An upload has to be a file that can be read twice, not a pipe."


class Upload:
    """A file, or bytes, to be read from where it stands now. Close it afterwards.

    `unfinished` knows how far an earlier run got.

    Raises MalformedRequest for a file that cannot be read, or not from its beginning again.
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | BinaryIO,
        *,
        name: str | None = None,
        media_type: str | None = None,
        progress: Progress | None = None,
        unfinished: Unfinished | None = None,
    ) -> None:
        self.unfinished = unfinished
        self._file, self._is_own = _open(source)
        if not self._file.seekable():
            raise MalformedRequest(_NO_PIPE)
        given = name or getattr(self._file, "name", None)
        self.name: str = Path(given).name if isinstance(given, str) else "photo"
        self.media_type: str = (
            media_type or mimetypes.guess_type(self.name)[0] or "application/octet-stream"
        )
        self._progress = progress
        self._start = self._file.tell()
        self.size: int = self._file.seek(0, os.SEEK_END) - self._start
        self._file.seek(self._start)

    def body(self) -> BinaryIO:
        """The file as httpx2's multipart form takes it."""
        return cast(BinaryIO, _Body(self._file, self._start, self.sent))

    def read(self, offset: int, count: int) -> bytes:
        self._file.seek(self._start + offset)
        return self._file.read(count)

    def sent(self, count: int) -> None:
        if self._progress is not None:
            self._progress(count, self.size)

    def close(self) -> None:
        if self._is_own:
            self._file.close()


class _Body:
    """A file whose beginning is where the upload's is, and that says how far it was read."""

    def __init__(self, file: BinaryIO, start: int, tell_sent: Callable[[int], None]) -> None:
        self._file = file
        self._start = start
        self._tell_sent = tell_sent

    def read(self, count: int = -1) -> bytes:
        piece = self._file.read(count)
        self._tell_sent(self.tell())
        return piece

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET:
            offset += self._start
        return self._file.seek(offset, whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start

    def seekable(self) -> bool:
        return True


def _open(source: str | os.PathLike[str] | bytes | BinaryIO) -> tuple[BinaryIO, bool]:
    if isinstance(source, bytes):
        return io.BytesIO(source), True
    if not isinstance(source, str | os.PathLike):
        return source, False
    path = Path(source)
    try:
        if path.is_fifo():  # to open it would wait for whoever writes
            raise MalformedRequest(_NO_PIPE)
        return path.open("rb"), True
    except OSError as error:
        raise MalformedRequest(f"{source}: {error.strerror}.") from None
