"""A file on its way from a service, on a disk without room for all of it."""

import os
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.cli_client.disks import Disk, small_disk

from safelight.client.downloads import Download
from safelight.client.errors import KeepingFailed, NoSuchPlace

NO_ROOM = r"b\.jpg: No space left on device\. Make room there and try again\."
PIECE = bytes(3_000)
WHOLE = httpx2.Response(200)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


@pytest.fixture
def download(disk: Disk) -> Download:
    begun = Download(disk.folder / "b.jpg", None)
    assert begun.begin(WHOLE)
    return begun


def take(download: Download, pieces: int) -> None:
    for _ in range(pieces):
        download.take(PIECE)


def test_what_finds_no_room_is_said_and_nothing_of_it_stays(disk: Disk, download: Download) -> None:
    (disk.folder / "b.jpg").write_text("the one before")
    with pytest.raises(KeepingFailed, match=NO_ROOM):
        take(download, 100)
    download.abandon()
    assert [path.name for path in disk.folder.iterdir()] == ["b.jpg"]
    assert (disk.folder / "b.jpg").read_text() == "the one before"


def test_the_last_piece_may_be_what_finds_no_room(disk: Disk, download: Download) -> None:
    take(download, 1)
    disk.fill()
    with pytest.raises(KeepingFailed, match=NO_ROOM):
        download.finish()
    download.abandon()
    assert [path.name for path in disk.folder.iterdir()] == ["filling"]


def test_a_new_beginning_may_find_no_room_either(disk: Disk, download: Download) -> None:
    take(download, 1)
    disk.fill()
    with pytest.raises(KeepingFailed, match=NO_ROOM):
        download.begin(WHOLE)
    download.abandon()
    assert [path.name for path in disk.folder.iterdir()] == ["filling"]


def test_a_device_is_not_replaced_by_what_comes(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(NoSuchPlace, match="is no file"):
        Download(pipe, None)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
