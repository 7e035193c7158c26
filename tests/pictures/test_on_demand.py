"""Thumbnails made once, kept, and shared by all who ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.pictures.samples import picture

from safelight.errors import NotAPicture, NotFound
from safelight.library.ports import BlobKey, Picture, ThumbnailKind
from safelight.pictures.darkroom import VipsDarkroom
from safelight.pictures.on_demand import OnDemand, thumbnail_key
from safelight.stores.blobs.filesystem import FilesystemBlobs

ORIGINAL = BlobKey("photos/ab/abcdef")


class CountingDarkroom:
    """The real one, and how often it was asked."""

    def __init__(self, darkroom: VipsDarkroom) -> None:
        self._darkroom = darkroom
        self.made = 0
        self.began = asyncio.Event()

    async def examine(self, path: Path) -> Picture:
        return await self._darkroom.examine(path)

    async def thumbnail(self, path: Path, kind: ThumbnailKind, into: Path) -> None:
        self.made += 1
        self.began.set()
        await self._darkroom.thumbnail(path, kind, into)


class Studio:
    """An `OnDemand` and what it stands on."""

    def __init__(self, folder: Path, darkroom: VipsDarkroom) -> None:
        self.workbench = folder / "workbench"
        self.workbench.mkdir()
        self.upload = folder / "upload"
        self.darkroom = CountingDarkroom(darkroom)
        self.blobs = FilesystemBlobs(folder / "blobs")
        self.on_demand = OnDemand(self.darkroom, self.blobs, self.workbench, at_once=2)

    async def keep(self, content: bytes) -> None:
        self.upload.write_bytes(content)
        await self.blobs.keep(ORIGINAL, self.upload)


@pytest.fixture
async def studio(tmp_path: Path, darkroom: VipsDarkroom) -> AsyncIterator[Studio]:
    studio = Studio(tmp_path, darkroom)
    yield studio
    studio.blobs.close()


def test_the_key_of_a_thumbnail_follows_from_its_original_s() -> None:
    assert thumbnail_key(ORIGINAL, ThumbnailKind.SQUARE) == "thumbnails/square/ab/abcdef.jpg"


async def test_a_thumbnail_is_made_once_for_all_who_ask(studio: Studio) -> None:
    await studio.keep(picture())
    asked = [studio.on_demand.thumbnail(ORIGINAL, ThumbnailKind.SQUARE) for _ in range(20)]
    keys = await asyncio.gather(*asked)
    assert set(keys) == {"thumbnails/square/ab/abcdef.jpg"}
    assert studio.darkroom.made == 1
    assert await studio.on_demand.thumbnail(ORIGINAL, ThumbnailKind.SQUARE) == keys[0]
    assert studio.darkroom.made == 1
    assert list(studio.workbench.iterdir()) == []


async def test_a_reader_who_leaves_does_not_take_the_thumbnail_along(studio: Studio) -> None:
    await studio.keep(picture(width=3000, height=2000))
    stays = asyncio.create_task(studio.on_demand.thumbnail(ORIGINAL, ThumbnailKind.LARGE))
    leaves = asyncio.create_task(studio.on_demand.thumbnail(ORIGINAL, ThumbnailKind.LARGE))
    await studio.darkroom.began.wait()
    leaves.cancel()
    assert await stays == "thumbnails/large/ab/abcdef.jpg"
    assert studio.darkroom.made == 1


async def test_an_error_reaches_all_who_wait_and_the_next_call_tries_again(studio: Studio) -> None:
    with pytest.raises(NotFound):
        await studio.on_demand.thumbnail(ORIGINAL, ThumbnailKind.SQUARE)
    await studio.keep(b"no picture")
    asked = [studio.on_demand.thumbnail(ORIGINAL, ThumbnailKind.SQUARE) for _ in range(3)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [type(answer) for answer in answers] == [NotAPicture] * 3
    await studio.blobs.remove(ORIGINAL)
    await studio.keep(picture())
    assert await studio.on_demand.thumbnail(ORIGINAL, ThumbnailKind.SQUARE)
    assert list(studio.workbench.iterdir()) == []
