"""Photos in SQL: added once, within the quota, and removed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.stores.library.records import (
    AMPLE,
    EVERYTHING,
    LATER,
    NO_GALLERY,
    a_customer,
    a_gallery,
    a_photo,
    keep,
    keep_one,
    numbers,
    own,
)
from tests.stores.records import NOW, Worker

from safelight.errors import NotFound, QuotaExceeded
from safelight.identity.account import Account
from safelight.identity.ids import AccountId, OrganizationId
from safelight.library.photo import Owner
from safelight.library.ports import LibraryStore, PhotoChange, PhotoFilter
from safelight.stores.sql.library import SqlLibrary


async def test_the_same_content_is_kept_once_for_an_owner(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    first = await keep_one(store, own(ada), "same", name="first.jpg")
    again = await keep_one(store, own(ada), "same", name="again.jpg", added_at=LATER)
    others = await keep_one(store, own(bob), "same")

    assert again == first
    assert others.id != first.id
    assert await store.used_bytes(own(ada)) == 10


async def test_one_upload_may_hold_a_content_twice(store: LibraryStore, ada: Account) -> None:
    one, two, three = await keep(
        store, a_photo(own(ada), "a"), a_photo(own(ada), "b"), a_photo(own(ada), "a")
    )
    assert (one.number, two.number, three.number) == (1, 2, 1)
    assert await store.count_photos(EVERYTHING) == 2


async def test_what_is_added_again_comes_back_from_the_trash(
    store: LibraryStore, ada: Account
) -> None:
    photo = await keep_one(store, own(ada), "same")
    await store.change_photo(photo.id, PhotoChange(trashed=True, rating=3), NOW)

    again = await keep_one(store, own(ada), "same", added_at=LATER)

    assert again == msgspec.structs.replace(photo, rating=3, changed_at=LATER)


async def test_the_quota_may_be_used_up_but_not_exceeded(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    await store.add_photos([a_photo(own(ada), size=99)], None, 100)
    with pytest.raises(QuotaExceeded):
        await store.add_photos([a_photo(own(ada), size=2)], None, 100)
    await store.add_photos([a_photo(own(ada), "last", size=1)], None, 100)
    # What takes no room is taken all the same, and another's room is another's.
    await store.add_photos([a_photo(own(ada), "last", size=1)], None, 100)
    await store.add_photos([a_photo(own(bob), size=100)], None, 100)
    assert await store.used_bytes(own(ada)) == 100


async def test_a_full_owner_may_add_what_it_has(store: LibraryStore, ada: Account) -> None:
    photo = await keep_one(store, own(ada), "same", size=100)
    assert await store.add_photos([a_photo(own(ada), "same", size=100)], None, 50) == [photo]


async def test_an_upload_over_the_quota_leaves_nothing(store: LibraryStore, ada: Account) -> None:
    with pytest.raises(QuotaExceeded):
        await store.add_photos([a_photo(own(ada), size=60), a_photo(own(ada), size=60)], None, 100)
    assert await store.count_photos(EVERYTHING) == 0


async def test_uploads_at_once_do_not_exceed_the_quota_together(
    here: Worker, there: Worker, ada: Account
) -> None:
    stores = [SqlLibrary(here.database), SqlLibrary(there.database)] * 10
    uploads = [store.add_photos([a_photo(own(ada), size=30)], None, 100) for store in stores]
    results = await asyncio.gather(*uploads, return_exceptions=True)
    assert sum(isinstance(each, QuotaExceeded) for each in results) == 17
    assert await stores[0].used_bytes(own(ada)) == 90


async def test_photos_are_added_to_a_gallery_in_order(store: LibraryStore, ada: Account) -> None:
    gallery = await store.add_gallery(a_gallery(own(ada)))
    kept = await keep_one(store, own(ada), "b")
    photos = [a_photo(own(ada), "c"), a_photo(own(ada), "b"), a_photo(own(ada), "c")]
    [first, second, third] = await store.add_photos(photos, gallery.id, AMPLE)

    assert (second.id, third.id) == (kept.id, first.id)
    assert first.gallery_ids == (gallery.id,)
    assert await numbers(store, PhotoFilter(gallery_id=gallery.id)) == [2, 1]


async def test_photos_for_a_gallery_that_is_gone_are_not_added(
    store: LibraryStore, ada: Account
) -> None:
    with pytest.raises(NotFound):
        await store.add_photos([a_photo(own(ada))], NO_GALLERY, AMPLE)
    assert await store.count_photos(EVERYTHING) == 0


async def test_nothing_is_added_for_who_is_gone(store: LibraryStore, ada: Account) -> None:
    for owner in (
        Owner(account_id=AccountId("U0000gone")),
        Owner(account_id=ada.id, organization_id=OrganizationId("O0000gone")),
    ):
        with pytest.raises(NotFound):
            await keep_one(store, owner)
        with pytest.raises(NotFound):
            await store.add_gallery(a_gallery(owner))
        with pytest.raises(NotFound):
            await store.add_customer(a_customer(owner))


async def test_the_last_to_hold_a_content_gives_its_digest_back(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    first, second = await keep(store, a_photo(own(ada), "same"), a_photo(own(bob), "same"))

    assert await store.remove_photo(first.id) is None
    assert await store.is_digest_held(first.digest)
    assert await store.remove_photo(second.id) == first.digest
    assert not await store.is_digest_held(first.digest)
    assert await store.find_photo(id=second.id) is None


async def test_of_many_that_remove_one_content_one_gets_the_digest(
    here: Worker, there: Worker, ada: Account, bob: Account
) -> None:
    one, other = SqlLibrary(here.database), SqlLibrary(there.database)
    for _ in range(20):
        first, second = await keep(one, a_photo(own(ada), "same"), a_photo(own(bob), "same"))
        given_back = await asyncio.gather(one.remove_photo(first.id), other.remove_photo(second.id))
        assert sorted(given_back, key=bool) == [None, first.digest]


async def test_a_number_is_never_used_again(store: LibraryStore, ada: Account) -> None:
    photo = await keep_one(store, own(ada))
    await store.remove_photo(photo.id)
    assert (await keep_one(store, own(ada))).number == 2


async def test_another_worker_sees_what_is_kept(
    here: Worker, there: Worker, ada: Account, path: Path
) -> None:
    photo = await keep_one(SqlLibrary(here.database), own(ada))
    assert await SqlLibrary(there.database).find_photo(id=photo.id) == photo
