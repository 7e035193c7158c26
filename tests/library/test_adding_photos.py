"""Photos are added whole or not at all, and leave nothing behind when they go."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.library.branch import QUOTA, Branch, a_jpeg, as_caller, until
from tests.pictures.samples import MAKE, exif, with_exif

from safelight.errors import NotAPicture, NotFound, QuotaExceeded, StorageFull, Unauthenticated
from safelight.identity.principal import ANONYMOUS, Caller
from safelight.library.photo import Visibility
from safelight.library.ports import BlobKey, PhotoChange, ThumbnailKind
from safelight.library.questions import (
    AddPhotos,
    ById,
    ByImageHash,
    ByNumber,
    ChangePhoto,
    CountLibrary,
    DeletePhoto,
    DeleteTrashed,
    FetchThumbnail,
    HasPhoto,
    PhotoRef,
)


async def test_an_upload_becomes_a_photo(branch: Branch, ada: Caller) -> None:
    content = with_exif(a_jpeg(), exif(image={MAKE: "Leica"}))
    upload = branch.stage(content, "IMG_1.jpg")

    [photo] = await branch.ask(ada, AddPhotos(files=(upload,), visibility=Visibility.PUBLIC))

    assert (photo.name, photo.size, photo.digest) == ("IMG_1.jpg", len(content), upload.sha256)
    assert (photo.media_type, photo.width, photo.height) == ("image/jpeg", 40, 30)
    assert (photo.camera_make, photo.visibility) == ("Leica", Visibility.PUBLIC)
    blob = branch.folder / "blobs" / "photos" / upload.sha256[:2] / upload.sha256
    assert blob.read_bytes() == content
    assert branch.work_files() == []


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\photos\\a.png", "a.png"),
        ("photo_\u202egpj.exe", "photo_gpj.exe"),
        ("a\x00\n.jpg", "a.jpg"),
        ("", "photo.jpg"),
        ("..", "photo.jpg"),
        ("a" * 300 + ".jpg", "a" * 251 + ".jpg"),
    ],
)
async def test_a_photos_name_is_never_a_path(
    branch: Branch, ada: Caller, sent: str, name: str
) -> None:
    [photo] = await branch.ask(ada, AddPhotos(files=(branch.stage(a_jpeg(), sent),)))
    assert photo.name == name


async def test_one_bad_file_keeps_the_others_out(branch: Branch, ada: Caller) -> None:
    files = (branch.stage(a_jpeg(40)), branch.stage(b"<html>", "b.jpg"), branch.stage(a_jpeg(41)))
    with pytest.raises(NotAPicture):
        await branch.ask(ada, AddPhotos(files=files))
    assert branch.rows() == branch.originals() == set()
    assert branch.work_files() == []


async def test_an_upload_without_files_adds_none(branch: Branch, ada: Caller) -> None:
    assert await branch.ask(ada, AddPhotos(files=())) == ()


async def test_nobody_adds_photos(branch: Branch) -> None:
    with pytest.raises(Unauthenticated):
        await branch.add(ANONYMOUS, a_jpeg())
    assert branch.originals() == set()
    assert branch.work_files() == []


async def test_a_gallery_that_is_gone_takes_no_photos(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    others = await branch.add_gallery(bob, visibility=Visibility.PUBLIC)
    for gallery in (ById("G0000unknown"), others):
        with pytest.raises(NotFound):
            await branch.add(ada, a_jpeg(), gallery=gallery)
    assert branch.rows() == branch.originals() == set()
    assert branch.work_files() == []


async def test_an_upload_over_the_quota_leaves_no_blob(branch: Branch, ada: Caller) -> None:
    big = branch.stage(a_jpeg())
    files = (msgspec.structs.replace(big, size=QUOTA), branch.stage(a_jpeg(41)))
    with pytest.raises(QuotaExceeded):
        await branch.ask(ada, AddPhotos(files=files))
    assert branch.rows() == branch.originals() == set()
    assert branch.work_files() == []

    await branch.add(ada, a_jpeg(41))
    counted = await branch.ask(ada, CountLibrary())
    assert (counted.photos, counted.used_bytes) == (1, len(a_jpeg(41)))
    assert counted.quota_bytes == QUOTA


async def test_what_another_holds_stays_when_an_upload_fails(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    [photo] = await branch.add(bob, a_jpeg())
    files = (branch.stage(a_jpeg()), msgspec.structs.replace(branch.stage(a_jpeg(41)), size=QUOTA))
    with pytest.raises(QuotaExceeded):
        await branch.ask(ada, AddPhotos(files=files))
    assert branch.originals() == {photo.digest}


async def test_a_full_disk_in_the_middle_leaves_nothing(
    branch: Branch, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[BlobKey] = []

    async def fill_up(key: BlobKey) -> None:
        kept.append(key)
        if len(kept) == 2:
            raise StorageFull

    monkeypatch.setattr(branch.here.blobs, "kept", fill_up)
    with pytest.raises(StorageFull):
        await branch.add(ada, a_jpeg(40), a_jpeg(41), a_jpeg(42))
    assert len(kept) == 2
    assert branch.rows() == branch.originals() == set()
    assert branch.work_files() == []


async def test_a_content_is_kept_once(branch: Branch, ada: Caller, bob: Caller) -> None:
    [first] = await branch.add(ada, a_jpeg())
    assert await branch.add(ada, a_jpeg(), a_jpeg()) == (first, first)
    [others] = await branch.add(bob, a_jpeg())
    assert others.id != first.id
    assert branch.originals() == {first.digest}
    assert branch.work_files() == []


async def test_what_is_added_again_comes_back_from_the_trash(branch: Branch, ada: Caller) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    change = PhotoChange(trashed=True)
    await branch.ask(ada, ChangePhoto(photo=ById(photo.id), change=change))
    [again] = await branch.add(ada, a_jpeg())
    assert (again.id, again.trashed) == (photo.id, False)


async def test_an_asker_who_leaves_has_added_its_photos(
    branch: Branch, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = asyncio.Event()

    async def tell(key: BlobKey) -> None:
        under_way.set()

    monkeypatch.setattr(branch.here.blobs, "kept", tell)
    adding = asyncio.create_task(branch.add(ada, a_jpeg()))
    await under_way.wait()
    adding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await adding

    await until(branch.rows)
    assert branch.originals() == branch.rows()
    assert branch.work_files() == []


# --- deleting -------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["id", "number", "hash"])
async def test_a_deleted_photo_leaves_nothing(branch: Branch, ada: Caller, by: str) -> None:
    [photo, other] = await branch.add(ada, a_jpeg(40), a_jpeg(41))
    for kind in ThumbnailKind:
        await branch.ask(ada, FetchThumbnail(photo=ById(photo.id), kind=kind))
        await branch.ask(ada, FetchThumbnail(photo=ById(other.id), kind=kind))
    refs: dict[str, PhotoRef] = {
        "id": ById(photo.id),
        "number": ByNumber(photo.number),
        "hash": ByImageHash(photo.image_hash),
    }

    await branch.ask(ada, DeletePhoto(photo=refs[by]))

    assert branch.rows() == branch.originals() == {other.digest}
    assert branch.thumbnails() == {f"{kind.value}/{other.digest}" for kind in ThumbnailKind}
    with pytest.raises(NotFound):
        await branch.look_again(ada, photo)
    with pytest.raises(NotFound):
        await branch.ask(ada, DeletePhoto(photo=refs[by]))


async def test_a_deleted_photo_stays_anothers(branch: Branch, ada: Caller, bob: Caller) -> None:
    [mine] = await branch.add(ada, a_jpeg())
    [others] = await branch.add(bob, a_jpeg())
    await branch.ask(ada, DeletePhoto(photo=ById(mine.id)))
    assert branch.originals() == {others.digest}
    assert await branch.look_again(bob, others) == others
    assert not await branch.ask(ada, HasPhoto(image_hash=mine.image_hash))


async def test_only_what_is_in_the_trash_is_deleted_from_it(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    trashed, kept = await branch.add(ada, a_jpeg(40), a_jpeg(41))
    [others] = await branch.add(bob, a_jpeg(42))
    for caller, photo in ((ada, trashed), (bob, others)):
        change = PhotoChange(trashed=True)
        await branch.ask(caller, ChangePhoto(photo=ById(photo.id), change=change))
    refs = (ById(kept.id), ById(trashed.id), ById(others.id), ByNumber(99), ById(trashed.id))

    found = await branch.ask(ada, DeleteTrashed(photos=refs))

    assert found.deleted == (ById(trashed.id),)
    assert found.left == (ById(kept.id), ById(others.id), ByNumber(99))
    assert branch.originals() == branch.rows() == {kept.digest, others.digest}


async def test_a_deletion_waits_for_an_upload_of_the_same_content(
    branch: Branch, ada: Caller, bob: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blob is kept and the row not yet there, when the only other row goes in another
    process."""
    [mine] = await branch.add(ada, a_jpeg())
    deleting: list[asyncio.Task[Any]] = []

    async def delete_meanwhile(key: BlobKey) -> None:
        question = DeletePhoto(photo=ById(mine.id))
        deleting.append(asyncio.create_task(branch.there.ask(ada, question)))
        await until(lambda: not branch.rows())
        await asyncio.sleep(0.05)  # long enough to remove the blob, if nothing held it back

    monkeypatch.setattr(branch.here.blobs, "kept", delete_meanwhile)
    [others] = await branch.add(bob, a_jpeg())
    await asyncio.gather(*deleting)

    assert branch.rows() == branch.originals() == {others.digest}


async def test_rows_and_blobs_agree_after_any_mix_of_uploads_and_deletions(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    contents = [a_jpeg(40), a_jpeg(41)]

    async def churn(caller: Caller, process: Any, content: bytes) -> None:
        for _ in range(8):
            [photo] = await process.ask(caller, AddPhotos(files=(branch.stage(content),)))
            try:
                await process.ask(
                    caller, FetchThumbnail(photo=ById(photo.id), kind=ThumbnailKind.SQUARE_SMALL)
                )
                await process.ask(caller, DeletePhoto(photo=ById(photo.id)))
            except NotFound:
                continue  # the same person deleted it elsewhere

    churns = [
        churn(caller, process, content)
        for caller in (ada, bob)
        for process in (branch.here, branch.there)
        for content in contents
    ]
    await asyncio.gather(*churns)
    assert branch.originals() == branch.rows()
    assert {each.partition("/")[2] for each in branch.thumbnails()} <= branch.rows()
    assert branch.work_files() == []

    await asyncio.gather(*(branch.add(ada, content) for content in contents * 3))
    assert branch.originals() == branch.rows() != set()


async def test_everything_that_an_account_holds_goes_with_it(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    assert ada.principal is not None
    [mine, shared] = await branch.add(ada, a_jpeg(40), a_jpeg(41))
    await branch.add(bob, a_jpeg(41))
    await branch.ask(ada, FetchThumbnail(photo=ById(mine.id), kind=ThumbnailKind.LARGE))
    await branch.here.librarian.remove_all_of(ada.principal.account_id)
    assert branch.rows() == branch.originals() == {shared.digest}
    assert branch.thumbnails() == set()


async def test_an_organizations_photo_survives_who_put_it_there(branch: Branch) -> None:
    ada, bob = await branch.add_person("ada"), await branch.add_person("bob")
    studio = await branch.add_studio(ada, bob)
    [photo] = await branch.add(as_caller(ada, studio), a_jpeg())
    await branch.here.librarian.remove_all_of(ada.id)
    found = await branch.look_again(as_caller(bob, studio), photo)
    assert (found.id, found.owner.account_id) == (photo.id, bob.id)
    assert branch.originals() == {photo.digest}


# --- what a crash leaves --------------------------------------------------------------------


async def test_a_sweep_removes_what_no_row_holds(branch: Branch, ada: Caller) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    await branch.ask(ada, FetchThumbnail(photo=ById(photo.id), kind=ThumbnailKind.SQUARE))
    orphan = "ab" + "0" * 62
    for key in (f"photos/ab/{orphan}", f"thumbnails/square/ab/{orphan}.jpg", "photos/readme"):
        await branch.here.blobs.keep(BlobKey(key), branch.stage(b"left").path)

    assert await branch.here.librarian.sweep_orphans() == 2

    assert branch.originals() == branch.rows() == {photo.digest}
    assert branch.thumbnails() == {f"square/{photo.digest}"}
    # What is not ours by its name is not ours to remove.
    assert (branch.folder / "blobs" / "photos" / "readme").exists()
    assert await branch.here.librarian.sweep_orphans() == 0


async def test_a_sweep_spares_an_upload_that_is_under_way(
    branch: Branch, ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeping: list[asyncio.Task[int]] = []

    async def sweep_meanwhile(key: BlobKey) -> None:
        sweeping.append(asyncio.create_task(branch.there.librarian.sweep_orphans()))
        await asyncio.sleep(0.05)  # long enough to remove the blob, if nothing held it back

    monkeypatch.setattr(branch.here.blobs, "kept", sweep_meanwhile)
    [photo] = await branch.add(ada, a_jpeg())
    assert await asyncio.gather(*sweeping) == [0]
    assert branch.originals() == {photo.digest}
