"""Files of photos: originals as they are, thumbnails made once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.library.branch import Branch, a_jpeg, until

from safelight.errors import NotFound, Unavailable
from safelight.identity.principal import ANONYMOUS, Caller
from safelight.library.photo import Visibility
from safelight.library.ports import BlobKey, Picture, ThumbnailKind
from safelight.library.questions import (
    ById,
    ByImageHash,
    DeletePhoto,
    FetchOriginal,
    FetchThumbnail,
    PhotoFile,
)


async def read(branch: Branch, file: PhotoFile) -> bytes:
    return b"".join([chunk async for chunk in branch.here.blobs.read(file.key, 0, file.size)])


async def test_an_original_comes_as_it_was_sent(branch: Branch, ada: Caller) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    file: PhotoFile = await branch.ask(ada, FetchOriginal(photo=ByImageHash(photo.image_hash)))
    assert file == PhotoFile(
        photo=photo,
        key=BlobKey(f"photos/{photo.digest[:2]}/{photo.digest}"),
        size=len(a_jpeg()),
        media_type="image/jpeg",
        file_name="a.jpg",
        etag=photo.digest[:32],
        public=False,
    )
    assert await read(branch, file) == a_jpeg()


@pytest.mark.parametrize("kind", ThumbnailKind)
async def test_a_thumbnail_is_a_jpeg(branch: Branch, ada: Caller, kind: ThumbnailKind) -> None:
    [photo] = await branch.add(ada, a_jpeg(), visibility=Visibility.PUBLIC)
    question = FetchThumbnail(photo=ById(photo.id), kind=kind)
    file: PhotoFile = await branch.ask(ada, question)
    content = await read(branch, file)
    assert file == PhotoFile(
        photo=photo,
        key=BlobKey(f"thumbnails/{kind.value}/{photo.digest[:2]}/{photo.digest}.jpg"),
        size=len(content),
        media_type="image/jpeg",
        file_name=f"a-{kind.value}.jpg",
        etag=f"{photo.digest[:32]}-{kind.value}",
        public=True,
    )
    assert content.startswith(b"\xff\xd8\xff")
    assert await branch.ask(ada, question) == file
    assert branch.here.darkroom.made == [kind]
    assert branch.work_files() == []


async def test_many_who_ask_at_once_make_one_thumbnail(branch: Branch, ada: Caller) -> None:
    [photo] = await branch.add(ada, a_jpeg(), visibility=Visibility.PUBLIC)
    question = FetchThumbnail(photo=ById(photo.id), kind=ThumbnailKind.SQUARE)
    askers = [ada, ANONYMOUS] * 25
    files = await asyncio.gather(*(branch.ask(asker, question) for asker in askers))
    assert branch.here.darkroom.made == [ThumbnailKind.SQUARE]
    assert len({file.key for file in files}) == 1
    assert branch.work_files() == []


async def test_one_who_leaves_does_not_take_the_thumbnail_along(
    branch: Branch, ada: Caller
) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    question = FetchThumbnail(photo=ById(photo.id), kind=ThumbnailKind.SQUARE)
    first, second = (asyncio.create_task(branch.ask(ada, question)) for _ in range(2))
    await until(lambda: branch.here.darkroom.made)
    first.cancel()
    assert (await second).etag.endswith("-square")
    assert branch.here.darkroom.made == [ThumbnailKind.SQUARE]


async def test_a_thumbnail_that_failed_is_tried_again(branch: Branch, ada: Caller) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    inner = branch.here.darkroom

    class FlakyDarkroom:
        failures = 1

        async def examine(self, path: Path) -> Picture:
            return await inner.examine(path)

        async def thumbnail(self, path: Path, kind: ThumbnailKind, into: Path) -> None:
            if self.failures:
                self.failures -= 1
                raise Unavailable
            await inner.thumbnail(path, kind, into)

    handlers = branch.here.librarian_with(FlakyDarkroom()).handlers()
    question = FetchThumbnail(photo=ById(photo.id), kind=ThumbnailKind.SQUARE)
    with pytest.raises(Unavailable):
        await handlers[FetchThumbnail](ada, question)
    assert branch.work_files() == []
    assert await handlers[FetchThumbnail](ada, question)


async def test_a_photo_that_is_deleted_meanwhile_leaves_no_thumbnail(
    branch: Branch, ada: Caller
) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    inner = branch.here.darkroom

    class SlowDarkroom:
        async def examine(self, path: Path) -> Picture:
            return await inner.examine(path)

        async def thumbnail(self, path: Path, kind: ThumbnailKind, into: Path) -> None:
            await inner.thumbnail(path, kind, into)
            await branch.there.ask(ada, DeletePhoto(photo=ById(photo.id)))

    handlers = branch.here.librarian_with(SlowDarkroom()).handlers()
    with pytest.raises(NotFound):
        await handlers[FetchThumbnail](
            ada, FetchThumbnail(photo=ById(photo.id), kind=ThumbnailKind.SQUARE)
        )
    assert branch.originals() == branch.thumbnails() == set()
    assert branch.work_files() == []


async def test_a_blob_that_is_gone_is_not_found(branch: Branch, ada: Caller) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    await branch.here.blobs.remove(BlobKey(f"photos/{photo.digest[:2]}/{photo.digest}"))
    for question in (
        FetchOriginal(photo=ById(photo.id)),
        FetchThumbnail(photo=ById(photo.id), kind=ThumbnailKind.SQUARE),
    ):
        with pytest.raises(NotFound):
            await branch.ask(ada, question)
