"""Photos: listed, counted, changed."""

from __future__ import annotations

import pytest
from tests.library.branch import ALL, QUOTA, Branch, a_jpeg
from tests.pictures.samples import DATE_TIME_ORIGINAL, exif, with_exif

from safelight.errors import InvalidFields, NotFound
from safelight.identity.principal import Caller
from safelight.library.photo import Photo, Visibility
from safelight.library.ports import Day, PhotoChange, Window
from safelight.library.questions import (
    ById,
    ByNumber,
    ChangePhoto,
    ChangePhotos,
    CountLibrary,
    DayListing,
    HasPhoto,
    LibraryCount,
    ListDays,
    ListPhotos,
    PhotoListing,
)


async def test_pages_follow_one_another(branch: Branch, ada: Caller) -> None:
    await branch.add(ada, *(a_jpeg(40 + each) for each in range(5)))
    seen: list[list[int]] = []
    after: int | None = None
    while True:
        window = Window(limit=2, after=after)
        page: PhotoListing = await branch.ask(ada, ListPhotos(window=window))
        assert page.total == 5
        seen.append([photo.number for photo in page.items])
        if page.next is None:
            break
        after = page.next
    assert seen == [[5, 4], [3, 2], [1]]


async def test_a_gallerys_pages_follow_its_order(branch: Branch, ada: Caller) -> None:
    one, two, three = await branch.add(ada, *(a_jpeg(40 + each) for each in range(3)))
    gallery = await branch.add_gallery(ada, two, three, one)
    first = await branch.ask(ada, ListPhotos(window=Window(limit=2), gallery=gallery))
    assert [photo.number for photo in first.items] == [2, 3]
    second = await branch.ask(
        ada, ListPhotos(window=Window(limit=2, after=first.next), gallery=gallery)
    )
    assert [photo.number for photo in second.items] == [1]
    assert (second.next, second.total) == (None, 3)


@pytest.mark.parametrize("limit", [0, -1])
async def test_an_empty_window_shows_the_total(branch: Branch, ada: Caller, limit: int) -> None:
    await branch.add(ada, a_jpeg())
    page = await branch.ask(ada, ListPhotos(window=Window(limit=limit)))
    assert page == PhotoListing(items=(), total=1, next=None)


async def test_a_full_last_page_has_no_next(branch: Branch, ada: Caller) -> None:
    await branch.add(ada, a_jpeg(40), a_jpeg(41))
    assert (await branch.ask(ada, ListPhotos(window=Window(limit=2)))).next is None


async def test_the_trash_is_a_list_of_its_own(branch: Branch, ada: Caller) -> None:
    kept, trashed = await branch.add(ada, a_jpeg(40), a_jpeg(41))
    change = PhotoChange(trashed=True)
    await branch.ask(ada, ChangePhoto(photo=ById(trashed.id), change=change))

    async def listed(question: ListPhotos) -> list[str]:
        return [photo.id for photo in (await branch.ask(ada, question)).items]

    assert await listed(ListPhotos(window=ALL)) == [kept.id]
    assert await listed(ListPhotos(window=ALL, trashed=True)) == [trashed.id]


async def test_photos_are_counted_by_their_days(branch: Branch, ada: Caller) -> None:
    def taken(at: str, width: int) -> bytes:
        return with_exif(a_jpeg(width), exif(camera={DATE_TIME_ORIGINAL: at}))

    photos = await branch.add(
        ada,
        taken("2026:03:01 23:59:59", 40),
        taken("2026:03:02 00:00:00", 41),
        taken("2026:03:02 12:00:00", 42),
        a_jpeg(43),
    )
    await branch.add_gallery(ada, photos[0])

    assert await branch.ask(ada, ListDays()) == DayListing(
        days=(
            Day(day="2026-03-02", count=2),
            Day(day="2026-03-01", count=1),
            Day(day=None, count=1),
        )
    )
    on_the_day = await branch.ask(ada, ListPhotos(window=ALL, day="2026-03-02"))
    assert [photo.number for photo in on_the_day.items] == [3, 2]
    assert (await branch.ask(ada, ListPhotos(window=ALL, day=""))).total == 1
    assert await branch.ask(ada, CountLibrary()) == LibraryCount(
        photos=4,
        galleries=1,
        days=3,
        used_bytes=sum(photo.size for photo in photos),
        quota_bytes=QUOTA,
    )

    change = PhotoChange(trashed=True)
    await branch.ask(ada, ChangePhoto(photo=ById(photos[3].id), change=change))
    counted = await branch.ask(ada, CountLibrary())
    # What is in the trash takes its room all the same.
    assert (counted.photos, counted.days) == (3, 2)
    assert counted.used_bytes == sum(photo.size for photo in photos)
    assert (await branch.ask(ada, ListDays(trashed=True))).days == (Day(day=None, count=1),)


async def test_a_change_is_dated(branch: Branch, ada: Caller) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    change = PhotoChange(name="  b.jpg", description=" Two\nlines ", rating=5, hidden=True)
    changed: Photo = await branch.ask(ada, ChangePhoto(photo=ById(photo.id), change=change))
    assert (changed.name, changed.description) == ("b.jpg", "Two\nlines")
    assert (changed.rating, changed.hidden) == (5, True)
    assert changed.changed_at > photo.changed_at
    assert await branch.look_again(ada, photo) == changed


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (PhotoChange(rating=-1), "rating"),
        (PhotoChange(rating=6), "rating"),
        (PhotoChange(name=""), "name"),
        (PhotoChange(name=".."), "name"),
        (PhotoChange(name="a" * 256), "name"),
        (PhotoChange(description="a" * 5001), "description"),
        (PhotoChange(description="a\x00"), "description"),
    ],
)
async def test_a_change_that_breaks_a_rule_changes_nothing(
    branch: Branch, ada: Caller, change: PhotoChange, field: str
) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    for question in (
        ChangePhoto(photo=ById(photo.id), change=change),
        ChangePhotos(photos=(ById(photo.id),), change=change),
    ):
        with pytest.raises(InvalidFields) as refusal:
            await branch.ask(ada, question)
        assert set(refusal.value.fields) == {field}
    assert await branch.look_again(ada, photo) == photo


@pytest.mark.parametrize("rating", [0, 5])
async def test_a_rating_is_0_to_5(branch: Branch, ada: Caller, rating: int) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    change = PhotoChange(rating=rating)
    changed = await branch.ask(ada, ChangePhoto(photo=ById(photo.id), change=change))
    assert changed.rating == rating


async def test_many_photos_change_at_once(branch: Branch, ada: Caller, bob: Caller) -> None:
    mine = await branch.add(ada, a_jpeg(40), a_jpeg(41))
    [others] = await branch.add(bob, a_jpeg(), visibility=Visibility.PUBLIC)
    refs = (ById(mine[1].id), ById(others.id), ByNumber(99), ById(mine[0].id), ById(mine[1].id))
    found = await branch.ask(ada, ChangePhotos(photos=refs, change=PhotoChange(rating=4)))
    assert [(photo.id, photo.rating) for photo in found.changed] == [
        (mine[1].id, 4),
        (mine[0].id, 4),
    ]
    assert found.left == (ById(others.id), ByNumber(99))
    assert await branch.look_again(bob, others) == others


async def test_a_photo_that_is_gone_cannot_be_changed(branch: Branch, ada: Caller) -> None:
    with pytest.raises(NotFound):
        await branch.ask(ada, ChangePhoto(photo=ByNumber(2**70), change=PhotoChange(rating=1)))


async def test_public_photos_are_listed_by_whose_they_are(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    [of_ada] = await branch.add(ada, a_jpeg(40), visibility=Visibility.PUBLIC)
    [of_bob] = await branch.add(bob, a_jpeg(41), visibility=Visibility.PUBLIC)
    await branch.add(bob, a_jpeg(42))
    for username, photos in (("ada", (of_ada,)), ("bob", (of_bob,)), ("eve", ())):
        question = ListPhotos(window=ALL, public=True, username=username)
        found = await branch.ask(ada, question)
        assert (found.items, found.total) == (photos, len(photos))
        days = (await branch.ask(ada, ListDays(public=True, username=username))).days
        assert sum(day.count for day in days) == len(photos)


async def test_one_asks_whether_one_holds_an_original(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    [photo] = await branch.add(ada, a_jpeg(), visibility=Visibility.PUBLIC)
    has = HasPhoto(image_hash=photo.image_hash)
    assert await branch.ask(ada, has) is True
    assert await branch.ask(bob, has) is False
    assert await branch.ask(ada, HasPhoto(image_hash="nonsense")) is False
    change = PhotoChange(trashed=True)
    await branch.ask(ada, ChangePhoto(photo=ById(photo.id), change=change))
    assert await branch.ask(ada, has) is True
