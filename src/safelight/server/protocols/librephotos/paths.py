"""Which part of the wire a path belongs to: each has its own credentials and refusals. Pure."""

from __future__ import annotations

OBTAIN = "/api/auth/token/obtain"
REFRESH = "/api/auth/token/refresh"
BLACKLIST = "/api/auth/token/blacklist"
UPLOAD = "/api/upload"
UPLOAD_COMPLETE = "/api/upload/complete"

_TOKEN = frozenset({OBTAIN, REFRESH, BLACKLIST})
_UPLOAD = frozenset({UPLOAD, UPLOAD_COMPLETE})


def is_token(path: str) -> bool:
    return path in _TOKEN


def is_upload_path(path: str) -> bool:
    return path in _UPLOAD


def is_media(path: str) -> bool:
    return path.startswith("/media/")
