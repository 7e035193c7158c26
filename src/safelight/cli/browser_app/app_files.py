"""The files of an app that lies in a folder of this machine."""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from safelight.cli.forwarding.asked import SAFE, Asked
from safelight.cli.forwarding.gate import Reply
from safelight.errors import MethodNotAllowed, NotFound

MOUNT = "/app"
_INDEX = "index.html"
_FIXED = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css"}
"""These count for how browsers work, and the system's table may say otherwise."""


class AppFiles:
    """Over a folder. Hidden files, and what links lead out of it to, are not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def read(self, asked: Asked, path: str) -> Reply:
        """A file by its decoded path. Raises NotFound and MethodNotAllowed."""
        if asked.method not in SAFE:
            raise MethodNotAllowed(tuple(sorted(SAFE)), asked.method)
        if path == MOUNT:
            return Reply(308, (("location", f"{MOUNT}/"),))
        file = self._find(path.removeprefix(f"{MOUNT}/"))
        try:
            content = file.read_bytes()
        except OSError:
            raise NotFound from None
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        fields = (("etag", tag), ("cache-control", "no-cache"), ("x-frame-options", "DENY"))
        if tag in asked.header("if-none-match"):
            return Reply(304, fields)
        return Reply(200, (("content-type", _kind(file)), *fields), content)

    def _find(self, name: str) -> Path:
        parts = [part for part in name.split("/") if part]
        if any(part.startswith(".") for part in parts):
            raise NotFound
        if not name or name.endswith("/"):
            parts.append(_INDEX)
        try:
            found = self._folder.joinpath(*parts).resolve()
            is_there = found.is_file()
        except OSError:  # such as a name that is too long
            raise NotFound from None
        if not is_there or not found.is_relative_to(self._folder):
            raise NotFound
        return found


def _kind(file: Path) -> str:
    kind = _FIXED.get(file.suffix.lower()) or mimetypes.guess_type(file.name)[0]
    kind = kind or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
