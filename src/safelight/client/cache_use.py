"""When the cache is asked at all. It takes longer than a request to a machine nearby: what is not
in it, and what is not worth being put there, goes past it."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2

from safelight.client.session import EPOCH, OWN

READING = ("GET", "HEAD")
"""What changes nothing. The rest goes through the cache, which throws away what it makes old."""

_SMALL_BYTES = 16 * 1024
"""A smaller answer is as well fetched as it is asked for again by its tag."""
_TAGS = frozenset({b"etag", b"last-modified"})
REFUSALS = frozenset({401, 403, 407, 419, 429})
"""What says more of whoever asks, or of the moment, than of what was asked for."""
_NEVER = REFUSALS | {206, 304}


class Index:
    """Which keys an account's file has: those that it had at first, and what was put there since by
    this process. What others put there meanwhile is fetched once more."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: set[str] | None = None

    def has(self, request: httpx2.Request) -> bool:
        if self._keys is None:
            self._keys = set(_keys_of(self._path))
        return bool(self._keys) and key_of(request) in self._keys

    def add(self, request: httpx2.Request) -> None:
        if self._keys is not None:
            self._keys.add(key_of(request))


def key_of(request: httpx2.Request) -> str:
    """Answers may vary by credentials that are the caller's own, so they belong to the name; the
    session's are named by its epoch."""
    named = f"{request.extensions[EPOCH]} {request.extensions[OWN]} {request.url}"
    return hashlib.sha256(named.encode()).hexdigest()


def _keys_of(path: Path) -> list[str]:
    """No one where they cannot be looked up now."""
    try:
        with closing(sqlite3.connect(path, timeout=0)) as file:
            return [key.decode() for (key,) in file.execute("SELECT cache_key FROM entries")]
    except sqlite3.Error:
        return []


def is_worth_keeping(response: httpx2.Response) -> bool:
    """Whether an answer is fresh for a while, or large enough to be asked for by its tag. Whether
    it may be kept, the cache judges by RFC 9111."""
    if response.status_code in _NEVER:
        return False
    # To look up each header has httpx2 lower all of them each time.
    told = {name.lower(): value for name, value in response.headers.raw}
    control = told.get(b"cache-control", b"").lower()
    if b"no-store" in control:
        return False
    if b"no-cache" not in control and (b"max-age" in control or b"expires" in told):
        return True
    length = told.get(b"content-length", b"")
    is_small = length.isdigit() and int(length) < _SMALL_BYTES
    return response.status_code == 200 and not is_small and not _TAGS.isdisjoint(told)
