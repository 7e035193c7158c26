"""Blobs as objects in a bucket: Amazon S3 and its kin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec
import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from safelight.errors import ConfigurationError, NotFound, Unavailable
from safelight.library.ports import BlobKey
from safelight.secret import Secret
from safelight.stores.blobs.disk import CHUNK, disk_errors, written_whole
from safelight.stores.blobs.keys import is_key, require_key, require_prefix

T = TypeVar("T")

# One request fetches this much: at 256 KiB each, the round trips would cost more than the bytes.
_BLOCK = 4 * 1024 * 1024
_PAGE = 1000

# Of 5 MiB each, in memory while they travel.
_PARTS_AT_ONCE = 4

_CONNECT_TIMEOUT = timedelta(seconds=5)
_REQUEST_TIMEOUT = timedelta(seconds=60)
_RETRIES = 4
_RETRYING_FOR = timedelta(seconds=30)


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """Where the objects are and who asks for them.

    `url` is `s3://bucket` or `s3://bucket/prefix`. `endpoint` is the service's own address,
    `https://…`, or plain `http://…` where the operator writes that; "" means Amazon's.
    """

    url: str
    access_key: str
    secret_key: Secret
    endpoint: str = ""
    region: str = "us-east-1"


class ObjectStoreBlobs:
    """`library.ports.BlobStore` in a bucket.

    obstore's asynchronous half can abort the interpreter while it exits, so its synchronous half
    is used, on threads that `close` waits for. Every method raises MalformedRequest for what
    cannot be a key, and Unavailable when the service does not answer or refuses.
    """

    def __init__(self, bucket: Bucket, *, threads: int = 8) -> None:
        """`threads` bounds how many requests are under way at once. Asks nothing of the service.

        Raises ConfigurationError for a `url` that names no bucket.
        """
        address = urlsplit(bucket.url)
        if address.scheme != "s3" or not address.netloc:
            raise ConfigurationError("The blob store's URL must look like s3://bucket/prefix.")
        self._store = S3Store(
            address.netloc,
            prefix=address.path.strip("/") or None,
            endpoint=bucket.endpoint or None,
            region=bucket.region,
            access_key_id=bucket.access_key,
            secret_access_key=bucket.secret_key.reveal(),
            client_options={
                "allow_http": bucket.endpoint.startswith("http://"),
                "connect_timeout": _CONNECT_TIMEOUT,
                "timeout": _REQUEST_TIMEOUT,
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRYING_FOR},
        )
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="objects")

    def close(self) -> None:
        """Finish what was begun and end the threads."""
        self._pool.shutdown()

    async def check(self) -> None:
        """Raises Unavailable when the service does not answer or refuses."""
        await self.size(BlobKey("photos/none"))

    async def keep(self, key: BlobKey, path: Path) -> None:
        """See the port. Large files go in parts; an upload that breaks off may leave parts that
        the bucket's lifecycle rule for incomplete uploads has to clear."""
        await self._run(lambda: self._keep(require_key(key), path))

    async def size(self, key: BlobKey) -> int | None:
        return await self._run(lambda: self._size(require_key(key)))

    async def read(self, key: BlobKey, start: int, stop: int) -> AsyncIterator[bytes]:
        """See the port. What lies past the end is left out; a blob that is removed meanwhile
        raises NotFound."""
        size = await self.size(key)
        if size is None:
            raise NotFound
        stop = min(stop, size)
        while start < stop:
            block = await self._run(partial(self._block, key, start, min(start + _BLOCK, stop)))
            for offset in range(0, len(block), CHUNK):
                yield block[offset : offset + CHUNK]
            start += len(block)

    async def fetch(self, key: BlobKey, into: Path) -> None:
        """See the port. The copy is whole or not there, but not synced: it is for work at hand.

        Raises StorageFull too.
        """
        await self._run(lambda: self._fetch(require_key(key), into))

    async def remove(self, key: BlobKey) -> bool:
        return await self._run(lambda: self._remove(require_key(key)))

    async def keys(self, prefix: str) -> AsyncIterator[BlobKey]:
        # The service is asked by whole folders, which is how obstore understands a prefix.
        folder = require_prefix(prefix).rpartition("/")[0]
        pages = obstore.list(self._store, prefix=folder or None, chunk_size=_PAGE)
        while page := await self._run(lambda: next(pages, None)):
            for found in page:
                key = found["path"]
                if is_key(key) and key.startswith(prefix):
                    yield BlobKey(key)

    async def _run(self, work: Callable[[], T]) -> T:
        def translated() -> T:
            with disk_errors(), _service_errors():
                return work()

        return await asyncio.get_running_loop().run_in_executor(self._pool, translated)

    def _keep(self, key: BlobKey, path: Path) -> None:
        # Two who keep one key at once both write it, which does no harm: its bytes are the same.
        if self._size(key) is None:
            obstore.put(self._store, key, path, max_concurrency=_PARTS_AT_ONCE)
        path.unlink()

    def _size(self, key: BlobKey) -> int | None:
        try:
            return obstore.head(self._store, key)["size"]
        except FileNotFoundError:
            return None

    def _block(self, key: BlobKey, start: int, stop: int) -> bytes:
        with _missing_is_not_found():
            block = bytes(obstore.get_range(self._store, key, start=start, end=stop))
        if not block:
            raise Unavailable("A stored object is shorter than it was.")
        return block

    def _fetch(self, key: BlobKey, into: Path) -> None:
        with _missing_is_not_found():
            blob = obstore.get(self._store, key)
        with written_whole(into) as unfinished, unfinished.open("wb") as file:
            for chunk in blob.stream(min_chunk_size=CHUNK):
                file.write(chunk)

    def _remove(self, key: BlobKey) -> bool:
        # Deleting answers the same whether there was anything, so that is asked before.
        if self._size(key) is None:
            return False
        obstore.delete(self._store, key)
        return True


@contextmanager
def _service_errors() -> Iterator[None]:
    """Raise Unavailable for what the service says against a request, whatever it is."""
    try:
        yield
    except BaseError as error:
        raise Unavailable("The object store does not answer as it should.") from error


@contextmanager
def _missing_is_not_found() -> Iterator[None]:
    """Raise NotFound for a missing object, for which obstore has Python's own error."""
    try:
        yield
    except FileNotFoundError:
        raise NotFound from None
