"""Answers that may be used again, as their headers allow (RFC 9111): one file an account.

The cache never sees a credential. They are taken off before it and put on again behind it, since
its file would otherwise hold what the keyring is there for; the cookies of an answer likewise, so
that no old one comes back with an old answer.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import hishel
import httpx2
from hishel.httpx2 import AsyncCacheTransport, CacheTransport

from safelight.client.cache_use import READING, REFUSALS, Index, is_worth_keeping, key_of
from safelight.client.keeping import AccountKey
from safelight.client.keeping.folder import Folder
from safelight.client.leaks import CREDENTIALS
from safelight.client.logs import shorten_cache_logs
from safelight.client.session import EPOCH

_SECRET_ANSWERS = frozenset({"jsession", "session", "set-cookie"})

_VEILED = "safelight_veiled"
_TOLD = "safelight_told"
_FETCHED = "safelight_fetched"

_MOST_BYTES = 256 * 1024 * 1024
_MOST_ANSWER_BYTES = 16 * 1024 * 1024
_OPTIONS = hishel.CacheOptions(shared=False, supported_methods=[*READING])

_GONE = (RuntimeError, sqlite3.Error)
"""What was kept was emptied while it was read, or cannot be read: as good as not kept."""

_log = logging.getLogger("safelight")


class AnswerCache:
    """Answers to GET that are kept between runs, for `Client(…, cache=AnswerCache(folder))`.

    One file an account, 0600, in a folder, 0700, with no credential in it; emptied at each sign-in,
    sign-out and change of organization. Of a file 256 MiB are used, of an answer 16 MiB kept. What
    is below 16 KiB and has to be asked for anew each time is not kept: that takes longer.
    """

    def __init__(self, folder: Path) -> None:
        shorten_cache_logs()
        self._folder = Folder(folder)

    def path_of(self, key: AccountKey) -> Path:
        return self._folder.path / f"{key.name}.sqlite"

    def wrap(self, transport: httpx2.BaseTransport, key: AccountKey) -> httpx2.BaseTransport:
        """`transport` behind the account's cache."""
        file = self._make_file(key)
        storage = hishel.SqliteStorage(
            database_path=file,
            max_size=_MOST_BYTES,
            max_stream_size=_MOST_ANSWER_BYTES,
        )
        cached = CacheTransport(_Unveil(transport), storage, _OPTIONS)
        return _Veil(transport, cached, Index(file))

    def wrap_async(
        self, transport: httpx2.AsyncBaseTransport, key: AccountKey
    ) -> httpx2.AsyncBaseTransport:
        """As `wrap`."""
        file = self._make_file(key)
        storage = hishel.AsyncSqliteStorage(
            database_path=file,
            max_size=_MOST_BYTES,
            max_stream_size=_MOST_ANSWER_BYTES,
        )
        cached = AsyncCacheTransport(_AsyncUnveil(transport), storage, _OPTIONS)
        return _AsyncVeil(transport, cached, Index(file))

    def empty(self, key: AccountKey) -> None:
        """Overwrite what the account's file holds. Another process may have it open, so it stays.

        That nothing old is answered does not rest on this: answers are found by their epoch.
        """
        path = self.path_of(key)
        if not path.exists():
            return
        try:
            with closing(sqlite3.connect(path, timeout=5)) as file:
                file.execute("PRAGMA secure_delete=ON")
                for table in ("streams", "entries"):
                    with suppress(sqlite3.OperationalError):  # no answer was kept yet
                        file.execute(f"DELETE FROM {table}")  # noqa: S608 - two words of ours
                file.commit()
                file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            _log.warning("The cache %s could not be emptied: %s", path, error)

    def _make_file(self, key: AccountKey) -> Path:
        """A file for its owner alone; SQLite gives its companions the same mode. One that is no
        database any more is thrown away: nothing is lost with it."""
        self._folder.prepare()
        path = self.path_of(key)
        _make_private(path)
        try:
            with closing(sqlite3.connect(path, timeout=5)) as file:
                file.execute("SELECT count(*) FROM sqlite_master")
        except sqlite3.DatabaseError:
            path.unlink()
            _make_private(path)
        return path


def _make_private(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    path.chmod(0o600)


class _Veil(httpx2.BaseTransport):
    """In front of the cache. What is not asked as somebody goes past it, as does what is neither in
    it nor worth being put there."""

    def __init__(
        self, direct: httpx2.BaseTransport, cached: httpx2.BaseTransport, index: Index
    ) -> None:
        self._direct = direct
        self._cached = cached
        self._index = index

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        if not _is_for_cache(request):
            return self._direct.handle_request(request)
        if request.method in READING and not self._index.has(request):
            fetched = self._direct.handle_request(request)
            if not is_worth_keeping(fetched):
                return fetched
            request.extensions[_FETCHED] = fetched
        headers = _veil(request)
        try:
            response = self._cached.handle_request(request)
        finally:
            request.headers = headers
            if _FETCHED in request.extensions:  # somebody else has put it there meanwhile
                request.extensions.pop(_FETCHED).close()
        if not _is_kept(response):
            if _is_stored(response):
                self._index.add(request)
            return _tell(request, response)
        if response.status_code in REFUSALS:  # in the place of an answer that grew old
            response.close()
            return self._direct.handle_request(request)
        try:
            whole = _whole(response, b"".join(response.iter_raw()))
        except _GONE:
            return self._direct.handle_request(request)
        return _tell(request, whole)

    def close(self) -> None:
        self._cached.close()


class _Unveil(httpx2.BaseTransport):
    """Behind the cache."""

    def __init__(self, transport: httpx2.BaseTransport) -> None:
        self._transport = transport

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = _unveil(request)
        try:
            fetched: httpx2.Response | None = request.extensions.pop(_FETCHED, None)
            if fetched is None:
                fetched = self._transport.handle_request(request)
            return _hush(request, fetched)
        finally:
            request.headers = headers

    def close(self) -> None:
        self._transport.close()


class _AsyncVeil(httpx2.AsyncBaseTransport):
    def __init__(
        self, direct: httpx2.AsyncBaseTransport, cached: httpx2.AsyncBaseTransport, index: Index
    ) -> None:
        self._direct = direct
        self._cached = cached
        self._index = index

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if not _is_for_cache(request):
            return await self._direct.handle_async_request(request)
        if request.method in READING and not self._index.has(request):
            fetched = await self._direct.handle_async_request(request)
            if not is_worth_keeping(fetched):
                return fetched
            request.extensions[_FETCHED] = fetched
        headers = _veil(request)
        try:
            response = await self._cached.handle_async_request(request)
        finally:
            request.headers = headers
            if _FETCHED in request.extensions:
                await request.extensions.pop(_FETCHED).aclose()
        if not _is_kept(response):
            if _is_stored(response):
                self._index.add(request)
            return _tell(request, response)
        if response.status_code in REFUSALS:
            await response.aclose()
            return await self._direct.handle_async_request(request)
        try:
            pieces = [piece async for piece in response.aiter_raw()]
        except _GONE:
            return await self._direct.handle_async_request(request)
        return _tell(request, _whole(response, b"".join(pieces)))

    async def aclose(self) -> None:
        await self._cached.aclose()


class _AsyncUnveil(httpx2.AsyncBaseTransport):
    def __init__(self, transport: httpx2.AsyncBaseTransport) -> None:
        self._transport = transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        headers = _unveil(request)
        try:
            fetched: httpx2.Response | None = request.extensions.pop(_FETCHED, None)
            if fetched is None:
                fetched = await self._transport.handle_async_request(request)
            return _hush(request, fetched)
        finally:
            request.headers = headers

    async def aclose(self) -> None:
        await self._transport.aclose()


# --- the veil ---------------------------------------------------------------------------------


def _is_for_cache(request: httpx2.Request) -> bool:
    return bool(request.extensions.get(EPOCH)) and "range" not in request.headers


def _is_kept(response: httpx2.Response) -> bool:
    return bool(response.extensions.get("caching", {}).get("from_cache"))


def _is_stored(response: httpx2.Response) -> bool:
    return bool(response.extensions.get("caching", {}).get("stored"))


def _whole(response: httpx2.Response, body: bytes) -> httpx2.Response:
    """A kept answer with all of its body, which is small: whoever empties the file while the caller
    reads takes nothing from it."""
    return httpx2.Response(
        response.status_code,
        headers=response.headers,
        stream=httpx2.ByteStream(body),
        extensions=response.extensions,
    )


def _veil(request: httpx2.Request) -> httpx2.Headers:
    """Take the credentials off; the headers that were there."""
    before = request.headers
    pairs = before.multi_items()
    request.headers = httpx2.Headers([pair for pair in pairs if pair[0].lower() not in CREDENTIALS])
    request.extensions[_VEILED] = [pair for pair in pairs if pair[0].lower() in CREDENTIALS]
    request.extensions["caching"] = {"key": key_of(request)}
    return before


def _unveil(request: httpx2.Request) -> httpx2.Headers:
    """Put the credentials on again; the headers that were there."""
    before = request.headers
    request.headers = httpx2.Headers([*before.multi_items(), *request.extensions.get(_VEILED, [])])
    return before


def _hush(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """Take off an answer what must not be kept."""
    pairs = response.headers.multi_items()
    told = [pair for pair in pairs if pair[0].lower() in _SECRET_ANSWERS]
    request.extensions[_TOLD] = told
    if told:
        response.headers = httpx2.Headers([pair for pair in pairs if pair not in told])
    return response


def _tell(request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
    """Put it on the answer that the caller gets, if the service was asked at all."""
    told = request.extensions.pop(_TOLD, [])
    if told:
        response.headers = httpx2.Headers([*response.headers.multi_items(), *told])
    return response
