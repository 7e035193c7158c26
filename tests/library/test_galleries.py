"""Galleries: made, changed, listed."""

from __future__ import annotations

import pytest
from tests.library.branch import ALL, Branch, a_jpeg

from safelight.errors import InvalidFields, NotFound
from safelight.identity.principal import ANONYMOUS, Caller
from safelight.library.gallery import Gallery
from safelight.library.photo import Photo, Visibility
from safelight.library.ports import GalleryChange, Window
from safelight.library.questions import (
    AddGallery,
    ById,
    ByNumber,
    ChangeGallery,
    DeleteGallery,
    FillGallery,
    GetGallery,
    ListAlbums,
    ListGalleries,
    ListPhotos,
)


async def test_a_gallery_has_its_photos_from_the_beginning(branch: Branch, ada: Caller) -> None:
    one, two = await branch.add(ada, a_jpeg(40), a_jpeg(41))
    refs = (ByNumber(two.number), ById(one.id), ById(two.id))
    gallery = await branch.ask(
        ada, AddGallery(name="  Wedding ", description="In\nJune", listed=False, photos=refs)
    )
    assert (gallery.name, gallery.description) == ("Wedding", "In\nJune")
    assert (gallery.visibility, gallery.listed) == (Visibility.PRIVATE, False)
    assert (gallery.photo_count, gallery.cover_id) == (2, two.id)
    assert await branch.ask(ada, GetGallery(gallery=ByNumber(gallery.number))) == gallery


async def test_a_photo_that_is_gone_prevents_the_gallery(branch: Branch, ada: Caller) -> None:
    with pytest.raises(NotFound):
        await branch.ask(ada, AddGallery(name="Wedding", photos=(ById("I0000gone"),)))
    assert (await branch.ask(ada, ListGalleries(window=ALL))).total == 0


async def test_anothers_public_photo_can_be_shown_in_a_gallery(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    [photo] = await branch.add(bob, a_jpeg(), visibility=Visibility.PUBLIC)
    gallery = await branch.add_gallery(ada, photo)
    assert (await branch.ask(ada, ListPhotos(window=ALL, gallery=gallery))).items == (photo,)


async def test_photos_are_put_and_taken(branch: Branch, ada: Caller) -> None:
    one, two, three = await branch.add(ada, a_jpeg(40), a_jpeg(41), a_jpeg(42))
    ref = await branch.add_gallery(ada, one, two)
    before = await branch.ask(ada, GetGallery(gallery=ref))

    changed = await branch.ask(
        ada,
        ChangeGallery(
            gallery=ref,
            change=GalleryChange(name="Party", visibility=Visibility.PUBLIC),
            put=(ById(three.id),),
            take=(ById(one.id),),
        ),
    )

    assert (changed.name, changed.visibility) == ("Party", Visibility.PUBLIC)
    assert (changed.photo_count, changed.cover_id) == (2, two.id)
    assert changed.changed_at > before.changed_at
    listed = await branch.ask(ada, ListPhotos(window=ALL, gallery=ref))
    assert [photo.id for photo in listed.items] == [two.id, three.id]


async def test_uploads_go_straight_to_a_gallery(branch: Branch, ada: Caller) -> None:
    ref = await branch.add_gallery(ada)
    [photo] = await branch.add(ada, a_jpeg(), gallery=ref)
    assert photo.gallery_ids == (ref.id,)
    assert (await branch.ask(ada, GetGallery(gallery=ref))).cover_id == photo.id


async def test_a_deleted_gallery_leaves_its_photos(branch: Branch, ada: Caller) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    ref = await branch.add_gallery(ada, photo)
    await branch.ask(ada, DeleteGallery(gallery=ref))
    with pytest.raises(NotFound):
        await branch.ask(ada, GetGallery(gallery=ref))
    assert await branch.look_again(ada, photo) == photo


async def test_galleries_come_in_pages(branch: Branch, ada: Caller) -> None:
    for _ in range(3):
        await branch.add_gallery(ada)
    first = await branch.ask(ada, ListGalleries(window=Window(limit=2)))
    assert ([each.number for each in first.items], first.next, first.total) == ([3, 2], 2, 3)
    second = await branch.ask(ada, ListGalleries(window=Window(limit=2, after=first.next)))
    assert ([each.number for each in second.items], second.next) == ([1], None)


async def test_an_unlisted_gallery_is_seen_by_who_knows_of_it(branch: Branch, ada: Caller) -> None:
    ref = await branch.add_gallery(ada, visibility=Visibility.PUBLIC, listed=False)
    listed = await branch.ask(ANONYMOUS, ListGalleries(window=ALL, public=True))
    assert (listed.items, listed.total) == ((), 0)
    assert (await branch.ask(ANONYMOUS, GetGallery(gallery=ref))).id == ref.id


@pytest.mark.parametrize("name", ["", "  ", "a" * 201, "a\nb", "a\x00"])
async def test_a_gallery_needs_a_name_that_can_be_shown(
    branch: Branch, ada: Caller, name: str
) -> None:
    ref = await branch.add_gallery(ada)
    for question in (
        AddGallery(name=name),
        ChangeGallery(gallery=ref, change=GalleryChange(name=name)),
    ):
        with pytest.raises(InvalidFields) as refusal:
            await branch.ask(ada, question)
        assert set(refusal.value.fields) == {"name"}


async def test_a_name_of_200_characters_is_not_too_long(branch: Branch, ada: Caller) -> None:
    assert (await branch.ask(ada, AddGallery(name="a" * 200))).name == "a" * 200


async def test_every_fault_is_told_at_once(branch: Branch, ada: Caller) -> None:
    with pytest.raises(InvalidFields) as refusal:
        await branch.ask(ada, AddGallery(name="", description="a" * 5001))
    assert refusal.value.fields == {
        "name": ("This must not be empty.",),
        "description": ("This may have at most 5000 characters.",),
    }


# --- by name, and with covers ---------------------------------------------------------------


async def test_a_gallery_of_a_known_name_is_filled_and_not_made_again(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    one, two = await branch.add(ada, a_jpeg(40), a_jpeg(41))
    await branch.ask(bob, FillGallery(name="Wedding"))

    made, [inside] = await fill(branch, ada, "Wedding", one)
    assert (made.name, made.photo_count, inside.id) == ("Wedding", 1, one.id)

    filled, photos = await fill(branch, ada, " Wedding ", one, two)
    assert (filled.id, filled.photo_count) == (made.id, 2)
    assert [photo.id for photo in photos] == [one.id, two.id]
    assert (await branch.ask(ada, ListGalleries(window=ALL))).total == 1
    with pytest.raises(NotFound):
        await branch.ask(ada, FillGallery(name="Party", photos=(ById("I0000gone"),)))
    with pytest.raises(InvalidFields):
        await branch.ask(ada, FillGallery(name=""))


async def test_albums_come_with_their_covers(branch: Branch, ada: Caller, bob: Caller) -> None:
    [others] = await branch.add(bob, a_jpeg(), visibility=Visibility.PUBLIC)
    await branch.add_gallery(bob, others)
    await branch.add_gallery(ada)
    await branch.add_gallery(ada, others)

    found = await branch.ask(ada, ListAlbums(window=Window(limit=1)))
    assert found.total == 2
    # In which galleries of his it is, is Bob's affair.
    assert [(gallery.number, cover) for gallery, cover in found.albums] == [(3, others)]
    rest = await branch.ask(ada, ListAlbums(window=Window(limit=1, offset=1)))
    assert [(gallery.number, cover) for gallery, cover in rest.albums] == [(2, None)]
    _, photos = await fill(branch, ada, "Wedding", others)
    assert photos == (others,)


async def fill(
    branch: Branch, caller: Caller, name: str, *photos: Photo
) -> tuple[Gallery, tuple[Photo, ...]]:
    question = FillGallery(name=name, photos=tuple(ById(photo.id) for photo in photos))
    gallery, listing = await branch.ask(caller, question)
    assert listing.total == len(listing.items)
    return gallery, listing.items
