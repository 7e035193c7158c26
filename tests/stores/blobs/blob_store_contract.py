"""What every blob store does, whatever it is made of. An adapter's tests inherit this suite and
give it a `store`."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from safelight.errors import MalformedRequest, NotFound, Unavailable
from safelight.library.ports import BlobKey, BlobStore

KEY = BlobKey("photos/ab/abcdef")
CHUNK = 256 * 1024

_numbers = itertools.count()

SOME_KEY = r"[a-z0-9_-][a-z0-9_.-]{0,20}(/[a-z0-9_-][a-z0-9_.-]{0,20}){0,3}"

NO_KEYS = [
    "",
    "/photos/a",
    "photos/a/",
    "photos//a",
    "..",
    "../a",
    "photos/../a",
    "photos/..",
    "photos/a..b",
    "photos/./a",
    "photos/.a",
    "Photos/a",
    "photos/é",
    "photos/a b",
    "photos/a\n",
    "photos/a\0",
    "photos\\a",
    "photos/%2e%2e/a",
    "p" * 201,
    "/".join(["p" * 100] * 7),
]


async def bytes_of(store: BlobStore, key: BlobKey, start: int = 0, stop: int = 2**40) -> bytes:
    return await collected(store.read(key, start, stop))


async def collected(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def keys_of(store: BlobStore, prefix: str) -> set[str]:
    return {key async for key in store.keys(prefix)}


def written(folder: Path, content: bytes, name: str = "upload") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


class BlobStoreContract:
    async def test_what_is_kept_is_read_back(self, store: BlobStore, tmp_path: Path) -> None:
        upload = written(tmp_path, b"light")
        await store.keep(KEY, upload)
        assert await bytes_of(store, KEY) == b"light"
        assert await store.size(KEY) == 5
        assert not exists(upload)

    async def test_an_empty_blob_is_a_blob(self, store: BlobStore, tmp_path: Path) -> None:
        await store.keep(KEY, written(tmp_path, b""))
        assert await store.size(KEY) == 0
        assert await bytes_of(store, KEY) == b""

    async def test_a_kept_key_stays_as_it_is(self, store: BlobStore, tmp_path: Path) -> None:
        await store.keep(KEY, written(tmp_path, b"first"))
        second = written(tmp_path, b"second")
        await store.keep(KEY, second)
        assert await bytes_of(store, KEY) == b"first"
        assert not exists(second)

    async def test_one_key_may_be_kept_by_many_at_once(
        self, store: BlobStore, tmp_path: Path
    ) -> None:
        uploads = [written(tmp_path, b"same" * 1000, f"upload-{n}") for n in range(8)]
        await asyncio.gather(*(store.keep(KEY, upload) for upload in uploads))
        assert await bytes_of(store, KEY) == b"same" * 1000
        assert not any(exists(upload) for upload in uploads)

    async def test_a_file_that_is_not_there_is_not_kept(
        self, store: BlobStore, tmp_path: Path
    ) -> None:
        with pytest.raises(Unavailable):
            await store.keep(KEY, tmp_path / "nothing")
        assert await store.size(KEY) is None

    @pytest.mark.parametrize(
        ("start", "stop", "found"),
        [
            (0, 10, b"0123456789"),
            (0, 1, b"0"),
            (3, 7, b"3456"),
            (9, 10, b"9"),
            (5, 5, b""),
            (7, 3, b""),
            (8, 99, b"89"),
            (10, 99, b""),
            (99, 100, b""),
        ],
    )
    async def test_a_range_is_read_without_its_stop(
        self, store: BlobStore, tmp_path: Path, start: int, stop: int, found: bytes
    ) -> None:
        await store.keep(KEY, written(tmp_path, b"0123456789"))
        assert await bytes_of(store, KEY, start, stop) == found

    async def test_a_large_blob_comes_in_chunks(self, store: BlobStore, tmp_path: Path) -> None:
        content = b"".join(n.to_bytes(4, "big") for n in range(3 * 1024 * 1024))  # 12 MiB
        await store.keep(KEY, written(tmp_path, content))
        chunks = [chunk async for chunk in store.read(KEY, 1, len(content) - 1)]
        assert max(map(len, chunks)) <= CHUNK
        assert b"".join(chunks) == content[1:-1]
        await store.fetch(KEY, tmp_path / "copy")
        assert content_of(tmp_path / "copy") == content

    @pytest.mark.parametrize(("start", "stop"), [(0, 10), (5, 5)])
    async def test_reading_what_is_not_there_fails_before_the_first_chunk(
        self, store: BlobStore, start: int, stop: int
    ) -> None:
        with pytest.raises(NotFound):
            await anext(store.read(KEY, start, stop))

    async def test_a_reader_may_leave_in_the_middle(self, store: BlobStore, tmp_path: Path) -> None:
        await store.keep(KEY, written(tmp_path, b"x" * (3 * CHUNK)))
        chunks = store.read(KEY, 0, 3 * CHUNK)
        assert len(await anext(chunks)) <= CHUNK
        del chunks
        assert await store.remove(KEY)

    async def test_a_blob_that_goes_while_it_is_read_ends_the_reading(
        self, store: BlobStore, tmp_path: Path
    ) -> None:
        await store.keep(KEY, written(tmp_path, b"x" * (20 * CHUNK)))
        chunks = store.read(KEY, 0, 20 * CHUNK)
        await anext(chunks)
        await store.remove(KEY)
        with pytest.raises(NotFound):
            await collected(chunks)

    async def test_fetching_what_is_not_there_leaves_no_file(
        self, store: BlobStore, tmp_path: Path
    ) -> None:
        with pytest.raises(NotFound):
            await store.fetch(KEY, tmp_path / "copy")
        assert not exists(tmp_path / "copy")

    async def test_fetching_into_a_missing_folder_is_our_own_fault(
        self, store: BlobStore, tmp_path: Path
    ) -> None:
        await store.keep(KEY, written(tmp_path, b"light"))
        with pytest.raises(Unavailable):
            await store.fetch(KEY, tmp_path / "missing" / "copy")

    async def test_a_removed_blob_is_gone(self, store: BlobStore, tmp_path: Path) -> None:
        await store.keep(KEY, written(tmp_path, b"light"))
        assert await store.remove(KEY) is True
        assert await store.remove(KEY) is False
        assert await store.size(KEY) is None
        assert await keys_of(store, "") == set()
        with pytest.raises(NotFound):
            await bytes_of(store, KEY)

    async def test_keys_are_listed_by_how_they_begin(
        self, store: BlobStore, tmp_path: Path
    ) -> None:
        kept = ["photos/ab/abc", "photos/ab/abd", "photos/ac/ac1", "thumbnails/large/ab/abc.jpg"]
        for key in kept:
            await store.keep(BlobKey(key), written(tmp_path, b"x"))
        assert await keys_of(store, "") == set(kept)
        assert await keys_of(store, "photos/") == set(kept[:3])
        assert await keys_of(store, "photos/a") == set(kept[:3])
        assert await keys_of(store, "photos/ab") == set(kept[:2])
        assert await keys_of(store, "photos/ab/abd") == {kept[1]}
        assert await keys_of(store, "photos/ab/abc/") == set()
        assert await keys_of(store, "photographs/") == set()

    @pytest.mark.parametrize("text", NO_KEYS)
    async def test_what_is_no_key_is_refused(
        self, store: BlobStore, tmp_path: Path, text: str
    ) -> None:
        key, upload = BlobKey(text), written(tmp_path, b"x")
        with pytest.raises(MalformedRequest):
            await store.keep(key, upload)
        with pytest.raises(MalformedRequest):
            await store.size(key)
        with pytest.raises(MalformedRequest):
            await anext(store.read(key, 0, 1))
        with pytest.raises(MalformedRequest):
            await store.fetch(key, tmp_path / "copy")
        with pytest.raises(MalformedRequest):
            await store.remove(key)
        assert exists(upload)

    @pytest.mark.parametrize("prefix", ["/", "..", "../", "photos/../", ".", "photos//", "P", "*"])
    async def test_no_listing_leaves_the_store(self, store: BlobStore, prefix: str) -> None:
        with pytest.raises(MalformedRequest):
            await anext(store.keys(prefix))

    # One store for all examples, each of which leaves it as it was but for empty folders. The two
    # executors are the adapters that inherit the suite.
    @settings(
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.differing_executors,
        ],
        max_examples=30,
    )
    @given(rest=st.from_regex(SOME_KEY, fullmatch=True))
    async def test_every_key_leads_to_its_own_blob(
        self, store: BlobStore, tmp_path: Path, rest: str
    ) -> None:
        assume(".." not in rest)
        # A first segment of its own: another example's empty folder is in nobody's way then.
        key = BlobKey(f"{next(_numbers)}/{rest}")
        await store.keep(key, written(tmp_path, rest.encode()))
        assert await bytes_of(store, key) == rest.encode()
        assert await keys_of(store, "") == {key}
        assert await store.remove(key)


def exists(path: Path) -> bool:
    return path.exists()


def content_of(path: Path) -> bytes:
    return path.read_bytes()
