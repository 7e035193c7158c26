"""Photos in SQL: found, listed, counted, changed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from tests.stores.library.records import (
    ALL,
    EVERYTHING,
    LATER,
    UNKNOWN,
    a_photo,
    asking,
    found_studio,
    keep,
    keep_one,
    numbers,
    own,
    require,
)
from tests.stores.records import MICROSECOND, NOW, Worker

from safelight.errors import MalformedRequest, NotFound
from safelight.identity.account import Account
from safelight.identity.ids import PhotoId
from safelight.identity.organization import Role
from safelight.library.photo import Owner, Photo, Visibility
from safelight.library.ports import Day, LibraryStore, PhotoChange, PhotoFilter, Window
from safelight.library.visibility import NOBODY, Asker, may_see


async def test_a_photo_is_found_as_it_was_added(store: LibraryStore, ada: Account) -> None:
    new = a_photo(own(ada), "a", taken_at=NOW - MICROSECOND, visibility=Visibility.PUBLIC)

    [added] = await keep(store, new)

    assert added == Photo(
        id=new.id,
        number=1,
        owner=own(ada),
        owner_number=1,
        owner_username="ada",
        name="a.jpg",
        description="",
        digest=new.digest,
        md5=new.md5,
        media_type="image/jpeg",
        extension="jpg",
        size=10,
        width=600,
        height=400,
        orientation=6,
        taken_at=NOW - MICROSECOND,
        added_at=NOW,
        changed_at=NOW,
        camera_make="Leica",
        camera_model="M6",
        lens="35mm",
        latitude=52.5,
        longitude=-13.4,
        dominant_color="#c86432",
        visibility=Visibility.PUBLIC,
        rating=0,
        hidden=False,
        trashed=False,
        gallery_ids=(),
    )
    assert await store.find_photo(id=new.id) == added
    assert await store.find_photo(number=1) == added
    assert await store.find_photo_by_hash(f"{new.md5}1", NOBODY) == added


@pytest.mark.parametrize("number", [0, -1, 2, 2**63 - 1, 2**63, 2**70])
async def test_no_photo_has_this_number(store: LibraryStore, ada: Account, number: int) -> None:
    await keep_one(store, own(ada))
    assert await store.find_photo(number=number) is None
    assert await store.find_gallery(number=number) is None


async def test_a_text_that_is_none_finds_nothing(store: LibraryStore, ada: Account) -> None:
    await keep_one(store, own(ada))
    assert await store.find_photo(id=PhotoId("\ud800")) is None
    assert await store.list_photos(PhotoFilter(text="\ud800"), ALL) == []
    assert await store.count_photos(PhotoFilter(text="\ud800")) == 0


async def test_a_text_that_is_none_is_not_kept(store: LibraryStore, ada: Account) -> None:
    with pytest.raises(MalformedRequest):
        await keep(store, a_photo(own(ada), name="\ud800.jpg"))
    assert await store.count_photos(EVERYTHING) == 0


async def test_the_hash_ends_in_the_owners_number(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    photo = await keep_one(store, own(bob))
    asker = asking(bob)

    assert photo.image_hash == f"{photo.md5}2"
    assert await store.find_photo_by_hash(photo.image_hash, asker) == photo
    for wrong in (
        f"{photo.md5}1",
        f"{photo.md5}02",
        f"{photo.md5}22",
        photo.md5,
        f"{photo.md5.upper()}2",
        f"{photo.md5}2 ",
        f"{photo.md5}٢",
        f"{photo.md5}{'9' * 19}",
        f"{photo.md5}{'9' * 400}",
        "",
    ):
        assert await store.find_photo_by_hash(wrong, asker) is None


@pytest.mark.covers("LP-61")
async def test_a_hash_finds_what_the_asker_may_see(
    here: Worker, store: LibraryStore, ada: Account, bob: Account
) -> None:
    studio = await found_studio(here, (ada, Role.OWNER), (bob, Role.MEMBER))
    personal = await keep_one(store, own(ada), "same")
    shared = await keep_one(store, Owner(account_id=ada.id, organization_id=studio), "same")
    assert personal.image_hash == shared.image_hash

    async def found_by(asker: Asker) -> Photo | None:
        return await store.find_photo_by_hash(personal.image_hash, asker)

    assert await found_by(asking(ada)) == personal
    assert await found_by(asking(ada, studio)) == shared
    assert await found_by(asking(bob, studio)) == shared
    assert await found_by(asking(bob)) is None
    assert await found_by(NOBODY) is None


async def test_photos_are_listed_the_newest_first(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    await keep(store, a_photo(own(ada)), a_photo(own(bob)), a_photo(own(ada)))
    assert await numbers(store, PhotoFilter(owner=own(ada))) == [3, 1]
    assert await numbers(store, EVERYTHING) == [3, 2, 1]
    assert await store.count_photos(PhotoFilter(owner=own(ada))) == 2


async def test_a_window_opens_by_offset_or_after_a_number(
    store: LibraryStore, ada: Account
) -> None:
    await keep(store, *(a_photo(own(ada)) for _ in range(5)))

    assert await numbers(store, EVERYTHING, Window(limit=2)) == [5, 4]
    assert await numbers(store, EVERYTHING, Window(limit=2, offset=3)) == [2, 1]
    assert await numbers(store, EVERYTHING, Window(limit=2, offset=5)) == []
    assert await numbers(store, EVERYTHING, Window(limit=2, after=4)) == [3, 2]
    assert await numbers(store, EVERYTHING, Window(limit=9, after=1)) == []
    assert await numbers(store, EVERYTHING, Window(limit=9, after=2**70)) == [5, 4, 3, 2, 1]
    assert await numbers(store, EVERYTHING, Window(limit=0)) == []
    assert await numbers(store, EVERYTHING, Window(limit=-1, offset=-1)) == []
    assert await numbers(store, EVERYTHING, Window(limit=2**70, offset=2**70)) == []


async def test_an_organizations_photos_are_its_own_whoever_put_them_there(
    here: Worker, store: LibraryStore, ada: Account, bob: Account
) -> None:
    studio = await found_studio(here)
    by_ada, by_bob = (Owner(account_id=each.id, organization_id=studio) for each in (ada, bob))
    await keep(store, a_photo(by_ada), a_photo(by_bob), a_photo(own(ada)))

    assert await numbers(store, PhotoFilter(owner=by_ada)) == [2, 1]
    assert await numbers(store, PhotoFilter(owner=by_bob)) == [2, 1]
    assert await numbers(store, PhotoFilter(owner=own(ada))) == [3]
    assert await store.used_bytes(by_bob) == 20
    assert await store.used_bytes(own(bob)) == 0


async def test_the_rows_agree_with_the_rule_of_visibility(
    here: Worker, store: LibraryStore, ada: Account, bob: Account
) -> None:
    studio, agency = await found_studio(here), await found_studio(here)
    sides = list(itertools.product((ada, bob), (None, studio, agency)))
    owners = [Owner(account_id=who.id, organization_id=where) for who, where in sides]
    for owner, visibility, trashed in itertools.product(owners, Visibility, (True, False)):
        photo = await keep_one(store, owner, visibility=visibility)
        await store.change_photo(photo.id, PhotoChange(trashed=trashed), NOW)
    photos = await store.list_photos(EVERYTHING, ALL)
    assert len(photos) == 24

    for asker in [NOBODY, *(asking(who, where) for who, where in sides)]:
        seen = await store.list_photos(PhotoFilter(seen_by=asker), ALL)
        assert seen == [
            photo
            for photo in photos
            if may_see(
                asker, photo.owner, Visibility.PRIVATE if photo.trashed else photo.visibility
            )
        ]


async def test_photos_are_filtered_by_their_fields(store: LibraryStore, ada: Account) -> None:
    await keep(store, *(a_photo(own(ada)) for _ in range(5)))
    for number, change in {
        1: PhotoChange(visibility=Visibility.PUBLIC),
        2: PhotoChange(trashed=True),
        3: PhotoChange(hidden=True),
        4: PhotoChange(rating=4),
        5: PhotoChange(rating=3),
    }.items():
        photo = await store.find_photo(number=number)
        assert photo is not None
        await store.change_photo(photo.id, change, NOW)

    assert await numbers(store, PhotoFilter(visibility=Visibility.PUBLIC)) == [1]
    assert await numbers(store, PhotoFilter(visibility=Visibility.PRIVATE)) == [5, 4, 3, 2]
    assert await numbers(store, PhotoFilter(trashed=True)) == [2]
    assert await numbers(store, PhotoFilter(trashed=False)) == [5, 4, 3, 1]
    assert await numbers(store, PhotoFilter(hidden=True)) == [3]
    assert await numbers(store, PhotoFilter(hidden=False)) == [5, 4, 2, 1]
    assert await numbers(store, PhotoFilter(favorite=True)) == [4]
    assert await numbers(store, PhotoFilter(favorite=False)) == [5, 3, 2, 1]


async def test_text_is_sought_in_name_and_description(store: LibraryStore, ada: Account) -> None:
    await keep(
        store,
        a_photo(own(ada), name="Beach 100%.jpg"),
        a_photo(own(ada), name="a_b.jpg"),
        a_photo(own(ada), name="axb.jpg"),
    )
    photo = await store.find_photo(number=3)
    assert photo is not None
    await store.change_photo(photo.id, PhotoChange(description="At the BEACH"), NOW)

    assert await numbers(store, PhotoFilter(text="beach")) == [3, 1]
    assert await numbers(store, PhotoFilter(text="100%")) == [1]
    assert await numbers(store, PhotoFilter(text="a_b")) == [2]
    assert await numbers(store, PhotoFilter(text="%")) == [1]
    assert await numbers(store, PhotoFilter(text="x" * 100_000)) == []
    assert await numbers(store, PhotoFilter(text="")) == [3, 2, 1]


MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)


async def test_a_day_begins_and_ends_at_midnight_utc(store: LibraryStore, ada: Account) -> None:
    instants = [MIDNIGHT - MICROSECOND, MIDNIGHT, MIDNIGHT + timedelta(days=1) - MICROSECOND]
    instants += [MIDNIGHT + timedelta(days=1)]
    await keep(store, *(a_photo(own(ada), taken_at=each) for each in [*instants, None]))

    assert await store.days(EVERYTHING) == [
        Day(day="2026-03-02", count=1),
        Day(day="2026-03-01", count=2),
        Day(day="2026-02-28", count=1),
        Day(day=None, count=1),
    ]
    assert await numbers(store, PhotoFilter(day="2026-02-28")) == [1]
    assert await numbers(store, PhotoFilter(day="2026-03-01")) == [3, 2]
    assert await numbers(store, PhotoFilter(day="2026-03-02")) == [4]
    assert await numbers(store, PhotoFilter(day="")) == [5]
    for no_day in ("2026-02-30", "yesterday", "2026-03-01 ", "0000-00-00", "٢٠٢٦-03-01x"):
        assert await numbers(store, PhotoFilter(day=no_day)) == []


@pytest.mark.parametrize(
    ("taken_at", "day"),
    [
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01"),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "1969-12-31"),
        (datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01"),
        (datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "9999-12-31"),
    ],
)
async def test_every_date_that_a_camera_can_write_has_its_day(
    store: LibraryStore, ada: Account, taken_at: datetime, day: str
) -> None:
    photo = await keep_one(store, own(ada), taken_at=taken_at)
    assert photo.taken_at == taken_at
    assert await store.days(EVERYTHING) == [Day(day=day, count=1)]
    assert await numbers(store, PhotoFilter(day=day)) == [1]


async def test_days_count_what_the_filter_lets_through(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    photos = await keep(
        store,
        a_photo(own(ada), taken_at=MIDNIGHT),
        a_photo(own(ada), taken_at=MIDNIGHT),
        a_photo(own(bob), taken_at=MIDNIGHT),
    )
    await store.change_photo(photos[0].id, PhotoChange(trashed=True), NOW)
    asked = PhotoFilter(owner=own(ada), trashed=False)
    assert await store.days(asked) == [Day(day="2026-03-01", count=1)]
    assert await store.days(PhotoFilter(seen_by=NOBODY)) == []


async def test_a_change_leaves_what_it_does_not_name(store: LibraryStore, ada: Account) -> None:
    photo = await keep_one(store, own(ada))
    change = PhotoChange(
        name="b.jpg",
        description="Blurred",
        visibility=Visibility.PUBLIC,
        rating=5,
        hidden=True,
        trashed=True,
    )
    changed = await store.change_photo(photo.id, change, LATER)
    assert changed == msgspec.structs.replace(
        photo,
        name="b.jpg",
        description="Blurred",
        visibility=Visibility.PUBLIC,
        rating=5,
        hidden=True,
        trashed=True,
        changed_at=LATER,
    )
    assert await require(store, photo) == changed

    emptied = await store.change_photo(photo.id, PhotoChange(description="", rating=0), LATER)
    assert emptied == msgspec.structs.replace(changed, description="", rating=0)


async def test_what_is_gone_cannot_be_changed(store: LibraryStore, ada: Account) -> None:
    with pytest.raises(NotFound):
        await store.change_photo(UNKNOWN, PhotoChange(rating=1), NOW)
    with pytest.raises(NotFound):
        await store.remove_photo(UNKNOWN)
