"""Galleries in SQL."""

from __future__ import annotations

import msgspec
import pytest
from tests.stores.library.records import (
    ALL,
    AMPLE,
    LATER,
    NO_GALLERY,
    UNKNOWN,
    a_gallery,
    a_photo,
    asking,
    found_studio,
    keep,
    keep_one,
    numbers,
    own,
    require,
    require_gallery,
)
from tests.stores.records import NOW, Worker

from safelight.errors import NotFound
from safelight.identity.account import Account
from safelight.identity.ids import PhotoId
from safelight.library.gallery import Gallery
from safelight.library.photo import Owner, Visibility
from safelight.library.ports import GalleryChange, LibraryStore, PhotoChange, PhotoFilter, Window
from safelight.library.visibility import NOBODY, Asker


async def test_a_gallery_is_found_as_it_was_added(store: LibraryStore, ada: Account) -> None:
    new = a_gallery(own(ada), listed=False)
    added = await store.add_gallery(new)
    assert added == Gallery(
        id=new.id,
        number=1,
        owner=own(ada),
        owner_number=1,
        owner_username="ada",
        name="Wedding",
        description="In June",
        visibility=Visibility.PRIVATE,
        created_at=NOW,
        changed_at=NOW,
        photo_count=0,
        cover_id=None,
        listed=False,
    )
    assert await store.find_gallery(id=new.id) == added
    assert await store.find_gallery(number=1) == added
    assert await store.find_gallery(id=NO_GALLERY) is None


async def test_a_gallery_keeps_the_order_in_which_photos_were_put(
    store: LibraryStore, ada: Account
) -> None:
    gallery = await store.add_gallery(a_gallery(own(ada)))
    one, two, three = await keep(store, *(a_photo(own(ada)) for _ in range(3)))
    await store.put_photos(gallery.id, [two.id, UNKNOWN, three.id])
    await store.put_photos(gallery.id, [three.id, one.id])
    listed = PhotoFilter(gallery_id=gallery.id)

    assert await numbers(store, listed) == [2, 3, 1]
    assert await store.count_photos(listed) == 3
    found = await require_gallery(store, gallery.id)
    assert (found.photo_count, found.cover_id) == (3, two.id)
    assert (await require(store, one)).gallery_ids == (gallery.id,)

    position = await store.find_position(gallery.id, two.id)
    assert await numbers(store, listed, Window(limit=1, after=position)) == [3]
    assert await numbers(store, listed, Window(limit=5, offset=1)) == [3, 1]

    await store.take_photos(gallery.id, [two.id, UNKNOWN])
    assert await numbers(store, listed) == [3, 1]
    assert await store.find_position(gallery.id, two.id) is None
    assert (await require_gallery(store, gallery.id)).cover_id == three.id


async def test_a_page_follows_although_its_predecessor_was_taken_out(
    store: LibraryStore, ada: Account
) -> None:
    gallery = await store.add_gallery(a_gallery(own(ada)))
    photos = await keep(store, *(a_photo(own(ada)) for _ in range(3)))
    await store.put_photos(gallery.id, [photo.id for photo in photos])
    after = await store.find_position(gallery.id, photos[1].id)
    await store.take_photos(gallery.id, [photos[1].id])
    window = Window(limit=5, after=after)
    assert await numbers(store, PhotoFilter(gallery_id=gallery.id), window) == [3]


async def test_a_gallery_counts_what_is_seen_in_it(
    here: Worker, store: LibraryStore, ada: Account, bob: Account
) -> None:
    gallery = await store.add_gallery(a_gallery(own(ada), visibility=Visibility.PUBLIC))
    private, public, trashed, others, others_private = await keep(
        store,
        a_photo(own(ada)),
        a_photo(own(ada), visibility=Visibility.PUBLIC),
        a_photo(own(ada), visibility=Visibility.PUBLIC),
        a_photo(own(bob), visibility=Visibility.PUBLIC),
        a_photo(own(bob)),
    )
    await store.change_photo(trashed.id, PhotoChange(trashed=True), NOW)
    photos = [trashed, private, public, others, others_private]
    await store.put_photos(gallery.id, [photo.id for photo in photos])

    async def seen_by(asker: Asker | None) -> tuple[int, PhotoId | None]:
        found = await require_gallery(store, gallery.id, asker)
        [listed] = await store.list_galleries(own(ada), None, ALL, seen_by=asker)
        assert listed == found
        return found.photo_count, found.cover_id

    assert await seen_by(None) == (3, private.id)
    assert await seen_by(asking(ada)) == (3, private.id)
    assert await seen_by(asking(bob)) == (3, public.id)
    assert await seen_by(NOBODY) == (2, public.id)
    for asker in (asking(ada), asking(bob), NOBODY):
        asked = PhotoFilter(gallery_id=gallery.id, seen_by=asker, trashed=False)
        assert await store.count_photos(asked) == (await seen_by(asker))[0]


async def test_a_photo_names_its_own_sides_galleries(
    here: Worker, store: LibraryStore, ada: Account, bob: Account
) -> None:
    studio = await found_studio(here)
    photo = await keep_one(store, own(ada), visibility=Visibility.PUBLIC)
    owners = [own(ada), own(bob), Owner(account_id=ada.id, organization_id=studio)]
    galleries = [await store.add_gallery(a_gallery(owner)) for owner in owners]
    for gallery in galleries:
        await store.put_photos(gallery.id, [photo.id])
    assert (await require(store, photo)).gallery_ids == (galleries[0].id,)


async def test_galleries_are_listed_the_newest_first(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    for new in (
        a_gallery(own(ada), visibility=Visibility.PUBLIC),
        a_gallery(own(ada)),
        a_gallery(own(bob), visibility=Visibility.PUBLIC),
        a_gallery(own(bob), visibility=Visibility.PUBLIC, listed=False),
    ):
        await store.add_gallery(new)

    async def listed(
        owner: Owner | None, visibility: Visibility | None, window: Window = ALL
    ) -> list[int]:
        found = await store.list_galleries(owner, visibility, window)
        if window is ALL:
            assert await store.count_galleries(owner, visibility) == len(found)
        return [gallery.number for gallery in found]

    assert await listed(own(ada), None) == [2, 1]
    assert await listed(own(bob), None) == [4, 3]
    assert await listed(own(ada), Visibility.PUBLIC) == [1]
    assert await listed(None, Visibility.PUBLIC) == [3, 1]
    assert await listed(None, None, Window(limit=1, after=3)) == [2]


async def test_a_gallery_changes_what_is_named(store: LibraryStore, ada: Account) -> None:
    gallery = await store.add_gallery(a_gallery(own(ada)))
    changed = await store.change_gallery(
        gallery.id, GalleryChange(name="Party", visibility=Visibility.PUBLIC, listed=False), LATER
    )
    assert changed == msgspec.structs.replace(
        gallery, name="Party", visibility=Visibility.PUBLIC, listed=False, changed_at=LATER
    )
    assert await store.find_gallery(id=gallery.id) == changed


async def test_a_removed_gallery_leaves_its_photos(store: LibraryStore, ada: Account) -> None:
    gallery = await store.add_gallery(a_gallery(own(ada)))
    [photo] = await store.add_photos([a_photo(own(ada))], gallery.id, AMPLE)
    await store.remove_gallery(gallery.id)
    assert await store.find_gallery(id=gallery.id) is None
    assert await require(store, photo) == msgspec.structs.replace(photo, gallery_ids=())


async def test_a_removed_photo_leaves_its_galleries(store: LibraryStore, ada: Account) -> None:
    gallery = await store.add_gallery(a_gallery(own(ada)))
    [photo] = await store.add_photos([a_photo(own(ada))], gallery.id, AMPLE)
    await store.remove_photo(photo.id)
    assert await store.find_gallery(id=gallery.id) == gallery


async def test_a_gallery_that_is_gone_is_not_found(store: LibraryStore, ada: Account) -> None:
    photo = await keep_one(store, own(ada))
    with pytest.raises(NotFound):
        await store.change_gallery(NO_GALLERY, GalleryChange(name="x"), NOW)
    with pytest.raises(NotFound):
        await store.put_photos(NO_GALLERY, [photo.id])
    with pytest.raises(NotFound):
        await store.remove_gallery(NO_GALLERY)
