"""A file on its way from a service: whole or not at all, gone on with when it breaks off."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx2

from safelight.client.errors import NoSuchPlace, NotTheService, file_failure
from safelight.errors import SafelightError, Unavailable

Progress = Callable[[int, int | None], None]
"""Told how many bytes have come, and of how many, where the service says so."""

_MOST_BREAKS = 5
_PART = 206
_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(?:(\d{1,18})|\*)")
"""RFC 9110 §14.4."""


class Download:
    """Writes beside `to`, and puts the file in its place when all of it has come."""

    def __init__(self, to: str | os.PathLike[str], progress: Progress | None) -> None:
        self._to = to = Path(to)
        self._progress = progress
        self._received = 0
        self._total: int | None = None
        self._etag = ""
        self._asked = 0
        self._breaks = 0
        self._temporary = to.parent / f".{secrets.token_hex(8)}.part"
        try:
            if to.exists() and not to.is_file():  # a device, which would be replaced
                raise NoSuchPlace(f"{to} is no file. Choose another place.")
            self._file = self._temporary.open("xb")
        except OSError as error:
            raise file_failure(to, error) from None

    def ask(self, request: httpx2.Request) -> httpx2.Request:
        """`request`, for the rest alone when a part is here that can be told from a newer one."""
        self._asked = self._received if self._etag else 0
        if self._asked:
            request.headers["range"] = f"bytes={self._asked}-"
            request.headers["if-range"] = self._etag
        return request

    def begin(self, response: httpx2.Response) -> bool:
        """Look at the head of a successful answer: does it go on, or begin anew? False when it does
        neither, and what it brings belongs elsewhere. Raises NotTheService for a page."""
        if "html" in response.headers.get("content-type", ""):
            raise NotTheService("A page came in the place of the file. Check the address.")
        if response.status_code == _PART:
            return self._goes_on(response)
        self._begin_anew()
        self._etag = _strong_etag(response)
        length = response.headers.get("content-length", "")
        self._total = int(length) if length.isdigit() else None
        return True

    def _goes_on(self, response: httpx2.Response) -> bool:
        told = _RANGE.fullmatch(response.headers.get("content-range", ""))
        total = int(told[2]) if told is not None and told[2] else None
        is_same = (
            told is not None
            and self._asked == int(told[1]) == self._received
            and (self._total is None or total in (None, self._total))
            and _strong_etag(response) in ("", self._etag)
        )
        if is_same:
            self._total = total if self._total is None else self._total
        else:
            self._begin_anew()
        return is_same

    def take(self, piece: bytes) -> None:
        try:
            self._file.write(piece)
        except OSError as error:
            raise file_failure(self._to, error) from None
        self._received += len(piece)
        if self._progress is not None:
            self._progress(self._received, self._total)

    @property
    def is_whole(self) -> bool:
        """Of an answer that has come to its end."""
        return self._total is None or self._received == self._total

    def broke(self, error: SafelightError | None = None) -> int:
        """To be told of what ended a try; how many in a row brought nothing to go on from, and at
        least one. Raises after the fifth of those."""
        if self._asked and self._received > self._asked:
            self._breaks = 0
        self._breaks += 1
        if self._breaks == _MOST_BREAKS:
            short = Unavailable("The service sends less of the file than there is of it.")
            raise error or short from None
        return self._breaks

    def refused(self, error: SafelightError) -> int:
        """To be told of a refusal. Raises it, unless it may be one of the part that was asked for:
        then all is asked for."""
        if not self._asked:
            raise error
        self._begin_anew()
        return self.broke(error)

    def finish(self) -> Path:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._temporary.replace(self._to)
        except OSError as error:
            raise file_failure(self._to, error) from None
        return self._to

    def abandon(self) -> None:
        """Leave nothing behind. After `finish` there is nothing.

        Never raises OSError: what ended the download says more than what closing finds no room
        for, and that goes with the file.
        """
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._temporary.unlink(missing_ok=True)

    def _begin_anew(self) -> None:
        self._received, self._total, self._etag = 0, None, ""
        try:
            self._file.seek(0)  # writes what is held in memory of the part before
            self._file.truncate()
        except OSError as error:
            raise file_failure(self._to, error) from None


def _strong_etag(response: httpx2.Response) -> str:
    etag: str = response.headers.get("etag", "")
    return "" if etag.startswith("W/") else etag
