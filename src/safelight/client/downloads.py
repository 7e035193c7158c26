"""A file on its way from a service: whole or not at all, gone on with when it breaks off."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx2

from safelight.client.errors import KeepingFailed

Progress = Callable[[int, int | None], None]
"""Told how many bytes have come, and of how many, where the service says so."""

MOST_BREAKS = 5


class Download:
    """Writes beside `to`, and puts the file in its place when all of it has come."""

    def __init__(self, to: Path, progress: Progress | None) -> None:
        self._to = to
        self._progress = progress
        self._received = 0
        self._total: int | None = None
        self._etag = ""
        try:
            handle, name = tempfile.mkstemp(prefix=f".{to.name}.", dir=to.parent)
            self._file = os.fdopen(handle, "wb")
        except OSError as error:
            raise _failed(to, error) from None
        self._temporary = Path(name)

    def ask(self, request: httpx2.Request) -> httpx2.Request:
        """`request`, for the rest alone when a part is here that can be told from a newer one."""
        if self._received and self._etag:
            request.headers["range"] = f"bytes={self._received}-"
            request.headers["if-range"] = self._etag
        return request

    def begin(self, response: httpx2.Response) -> None:
        """Look at the head of a successful answer: does it go on, or begin anew?"""
        if response.status_code != 206:
            self._received = 0
            self._file.seek(0)
            self._file.truncate()
        etag = response.headers.get("etag", "")
        self._etag = "" if etag.startswith("W/") else etag
        length = response.headers.get("content-length", "")
        self._total = self._received + int(length) if length.isdigit() else None

    def take(self, piece: bytes) -> None:
        try:
            self._file.write(piece)
        except OSError as error:
            raise _failed(self._to, error) from None
        self._received += len(piece)
        if self._progress is not None:
            self._progress(self._received, self._total)

    def finish(self) -> Path:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self._to)
        except OSError as error:
            raise _failed(self._to, error) from None
        return self._to

    def abandon(self) -> None:
        """Leave nothing behind. After `finish` there is nothing."""
        self._file.close()
        self._temporary.unlink(missing_ok=True)


def _failed(path: Path, error: OSError) -> KeepingFailed:
    return KeepingFailed(f"{path}: {error.strerror or error}.")
