"""A full disk, and one S3 server for the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stores.blobs.full_disk import FullDisk, full_disk_in
from tests.stores.blobs.s3_server import s3_server

from safelight.stores.blobs.object_store import Bucket


@pytest.fixture
def full_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FullDisk]:
    with full_disk_in(tmp_path_factory.mktemp("disk")) as disk:
        yield disk


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    folder: Path = tmp_path_factory.mktemp("s3")
    with s3_server(folder) as bucket:
        yield bucket
