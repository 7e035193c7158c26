"""Uploads that broke off: how far each got, so that a later run goes on there.

A private folder with a file an upload, named for its content. Where it cannot be read or written
nothing but time is lost, so no error is raised.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from safelight.client.errors import KeepingFailed
from safelight.client.keeping.folder import Folder


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """`upload_id` is the service's name for the upload, `offset` how many bytes it has of it."""

    upload_id: str
    offset: int


class Unfinished:
    """Those of one account: its folder is for no other."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)

    def find(self, digest: str) -> Place | None:
        try:
            content = self._folder.read(digest)
            return None if content is None else msgspec.json.decode(content, type=Place)
        except (KeepingFailed, msgspec.DecodeError, UnicodeDecodeError):
            return None

    def note(self, digest: str, place: Place) -> None:
        with suppress(KeepingFailed):
            self._folder.write(digest, msgspec.json.encode(place))

    def forget(self, digest: str) -> None:
        with suppress(KeepingFailed):
            self._folder.remove(digest)
