"""Blobs in a bucket of a real S3 server: the contract, and what only a network can get wrong."""

from __future__ import annotations

import itertools
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path

import msgspec
import obstore
import pytest
from tests.stores.blobs.blob_store_contract import (
    KEY,
    BlobStoreContract,
    bytes_of,
    exists,
    keys_of,
    written,
)
from tests.stores.blobs.full_disk import FullDisk
from tests.stores.blobs.s3_server import SECRET_KEY

from safelight.errors import ConfigurationError, StorageFull, Unavailable
from safelight.secret import Secret
from safelight.stores.blobs import object_store
from safelight.stores.blobs.object_store import Bucket, ObjectStoreBlobs

_numbers = itertools.count()


@pytest.fixture
def own(bucket: Bucket) -> Bucket:
    """A prefix of the test's own in the shared bucket."""
    return msgspec.structs.replace(bucket, url=f"s3://photos/test-{next(_numbers)}/blobs/")


@pytest.fixture
def store(own: Bucket) -> Iterator[ObjectStoreBlobs]:
    store = ObjectStoreBlobs(own)
    yield store
    store.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "_RETRIES", 0)


class TestObjectStoreBlobs(BlobStoreContract):
    """The contract, in a bucket."""


async def test_prefixes_of_one_bucket_do_not_see_each_other(
    store: ObjectStoreBlobs, bucket: Bucket, tmp_path: Path
) -> None:
    await store.keep(KEY, written(tmp_path, b"light"))
    other = ObjectStoreBlobs(msgspec.structs.replace(bucket, url="s3://photos/other"))
    assert await other.size(KEY) is None
    assert await keys_of(other, "") == set()
    other.close()


async def test_objects_that_are_no_blobs_are_passed_over(
    store: ObjectStoreBlobs, tmp_path: Path
) -> None:
    await store.keep(KEY, written(tmp_path, b"light"))
    obstore.put(store._store, "photos/README", b"x")
    assert await keys_of(store, "photos/") == {KEY}


async def test_many_pages_of_keys_are_all_listed(
    store: ObjectStoreBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "_PAGE", 2)
    for n in range(7):
        obstore.put(store._store, f"photos/{n}", b"x")
    assert await keys_of(store, "photos/") == {f"photos/{n}" for n in range(7)}


@pytest.mark.usefixtures("impatient")
async def test_a_service_that_is_not_there_is_unavailable(own: Bucket, tmp_path: Path) -> None:
    with socket.socket() as held:  # bound and not listening: connections are refused
        held.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{held.getsockname()[1]}"
        store = ObjectStoreBlobs(msgspec.structs.replace(own, endpoint=endpoint))
        upload = written(tmp_path, b"light")
        with pytest.raises(Unavailable):
            await store.size(KEY)
        with pytest.raises(Unavailable):
            await store.keep(KEY, upload)
        with pytest.raises(Unavailable):
            await keys_of(store, "")
        with pytest.raises(Unavailable):
            await bytes_of(store, KEY)
        with pytest.raises(Unavailable):
            await store.remove(KEY)
        assert exists(upload)
        store.close()


@pytest.mark.usefixtures("impatient")
async def test_no_error_and_no_repr_shows_the_secret_key(own: Bucket) -> None:
    wrong = msgspec.structs.replace(own, access_key="nobody")
    store = ObjectStoreBlobs(wrong)
    with pytest.raises(Unavailable) as raised:
        await store.size(KEY)
    shown = "".join(traceback.format_exception(raised.value))
    assert SECRET_KEY not in shown + repr(wrong) + repr(store) + repr(store._store)
    store.close()


async def test_fetching_onto_a_full_disk_leaves_nothing_half_written(
    store: ObjectStoreBlobs, full_disk: FullDisk, tmp_path: Path
) -> None:
    await store.keep(KEY, written(tmp_path, b"x" * full_disk.too_much))
    with full_disk.full(), pytest.raises(StorageFull):
        await store.fetch(KEY, full_disk.folder / "copy")
    assert not any_files(full_disk.folder)


@pytest.mark.parametrize("url", ["", "photos", "https://photos", "s3://", "s3:photos", "file:///x"])
def test_a_url_that_names_no_bucket_is_a_configuration_error(url: str) -> None:
    with pytest.raises(ConfigurationError):
        ObjectStoreBlobs(Bucket(url=url, access_key="a", secret_key=Secret("b")))


def test_a_short_process_that_used_the_store_ends_well(own: Bucket, tmp_path: Path) -> None:
    program = """
import asyncio, sys
from pathlib import Path
from safelight.secret import Secret
from safelight.stores.blobs.object_store import Bucket, ObjectStoreBlobs

async def main(url, endpoint, access_key, secret_key, upload):
    bucket = Bucket(
        url=url, endpoint=endpoint, access_key=access_key, secret_key=Secret(secret_key)
    )
    store = ObjectStoreBlobs(bucket)
    Path(upload).write_bytes(b"light")
    await store.keep("photos/a", Path(upload))
    store.close()

asyncio.run(main(*sys.argv[1:]))
"""
    asked = [own.url, own.endpoint, own.access_key, SECRET_KEY, str(tmp_path / "upload")]
    for _ in range(5):
        ended = subprocess.run([sys.executable, "-c", program, *asked], capture_output=True)
        assert (ended.returncode, ended.stderr) == (0, b"")


def any_files(folder: Path) -> bool:
    return any(folder.iterdir())
