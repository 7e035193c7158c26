"""What is private is not found by anybody but its own side, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.library.branch import ALL, Branch, a_jpeg, as_caller

from safelight.errors import NotFound, Unauthenticated
from safelight.identity.ids import CustomerId
from safelight.identity.principal import ANONYMOUS, Caller
from safelight.library.photo import Photo, Visibility
from safelight.library.ports import CustomerChange, GalleryChange, PhotoChange, ThumbnailKind
from safelight.library.questions import (
    AddCustomer,
    AddGallery,
    AddPhotos,
    ById,
    ByImageHash,
    ByNumber,
    ChangeCustomer,
    ChangeGallery,
    ChangePhoto,
    ChangePhotos,
    CountLibrary,
    DeleteCustomer,
    DeleteGallery,
    DeletePhoto,
    FetchOriginal,
    FetchThumbnail,
    GetCustomer,
    GetGallery,
    GetPhoto,
    HasPhoto,
    ListCustomers,
    ListDays,
    ListGalleries,
    ListNotifications,
    ListPhotos,
    PhotoRef,
)

PUBLIC = Visibility.PUBLIC
TRASH = PhotoChange(trashed=True)


def refs_of(photo: Photo) -> list[PhotoRef]:
    return [ById(photo.id), ByNumber(photo.number), ByImageHash(photo.image_hash)]


def looks_at(photo: PhotoRef) -> Iterator[Any]:
    yield GetPhoto(photo=photo)
    yield FetchOriginal(photo=photo)
    yield FetchThumbnail(photo=photo, kind=ThumbnailKind.SQUARE)
    yield AddGallery(name="Mine", photos=(photo,))


def changes_to(photo: PhotoRef) -> Iterator[Any]:
    yield ChangePhoto(photo=photo, change=PhotoChange(rating=5))
    yield DeletePhoto(photo=photo)


@pytest.fixture(params=["nobody", "another account", "another organization", "unbound member"])
async def stranger(request: pytest.FixtureRequest, branch: Branch) -> Caller:
    """Somebody who is not on the side of the studio's session that `side` is."""
    if request.param == "nobody":
        return ANONYMOUS
    eve = await branch.add_person("eve")
    if request.param == "another organization":
        return as_caller(eve, await branch.add_studio(eve))
    return as_caller(eve)


@pytest.fixture(params=["an account", "an organization"])
async def side(request: pytest.FixtureRequest, branch: Branch) -> Caller:
    ada = await branch.add_person("ada")
    if request.param == "an account":
        return as_caller(ada)
    return as_caller(ada, await branch.add_studio(ada))


async def test_a_private_photo_is_not_found(branch: Branch, side: Caller, stranger: Caller) -> None:
    [photo] = await branch.add(side, a_jpeg())
    for ref in refs_of(photo):
        for question in (*looks_at(ref), *changes_to(ref)):
            # Whoever nobody is, it may not make a gallery at all.
            with pytest.raises((NotFound, Unauthenticated)):
                await branch.ask(stranger, question)
        many = await branch.ask(stranger, ChangePhotos(photos=(ref,), change=TRASH))
        assert (many.changed, many.left) == ((), (ref,))
    assert not await branch.ask(stranger, HasPhoto(image_hash=photo.image_hash))
    assert await branch.look_again(side, photo) == photo


async def test_a_private_photo_is_in_no_list(
    branch: Branch, side: Caller, stranger: Caller
) -> None:
    await branch.add(side, a_jpeg())
    questions = [ListPhotos(window=ALL, public=True)]
    if stranger != ANONYMOUS:
        questions.append(ListPhotos(window=ALL))
    for question in questions:
        found = await branch.ask(stranger, question)
        assert (found.items, found.total) == ((), 0)
    assert (await branch.ask(stranger, ListDays(public=True))).days == ()


async def test_a_private_photo_and_none_are_refused_alike(branch: Branch, ada: Caller) -> None:
    bob = as_caller(await branch.add_person("bob"))
    [photo] = await branch.add(ada, a_jpeg())
    no_refs: list[PhotoRef] = [ById("I0000gone"), ByNumber(99), ByImageHash("0" * 32 + "1")]
    for known, unknown in zip(refs_of(photo), no_refs, strict=True):
        refusals = []
        for ref in (known, unknown):
            with pytest.raises(NotFound) as refusal:
                await branch.ask(bob, GetPhoto(photo=ref))
            refusals.append((refusal.type, refusal.value.message))
        assert refusals[0] == refusals[1]


async def test_nobody_is_not_told_whether_a_secretive_file_is_there(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    [photo] = await branch.add(ada, a_jpeg())
    for ref in (*refs_of(photo), ById("I0000gone")):
        for question in (
            FetchOriginal(photo=ref, secretive=True),
            FetchThumbnail(photo=ref, kind=ThumbnailKind.SQUARE, secretive=True),
        ):
            with pytest.raises(Unauthenticated):
                await branch.ask(ANONYMOUS, question)
            with pytest.raises(NotFound):
                await branch.ask(bob, question)


async def test_a_public_photo_is_seen_by_everybody_and_changed_by_its_side(
    branch: Branch, side: Caller, stranger: Caller
) -> None:
    [photo] = await branch.add(side, a_jpeg(), visibility=PUBLIC)
    gallery = await branch.add_gallery(side, photo)
    for ref in refs_of(photo):
        # In which galleries it is does not concern a stranger.
        assert await branch.ask(stranger, GetPhoto(photo=ref)) == photo
        assert (await branch.ask(stranger, FetchOriginal(photo=ref))).public
        for question in changes_to(ref):
            with pytest.raises(NotFound):
                await branch.ask(stranger, question)
    found = await branch.ask(stranger, ListPhotos(window=ALL, public=True))
    assert found.items == (photo,)
    assert (await branch.look_again(side, photo)).gallery_ids == (gallery.id,)


async def test_in_the_trash_nothing_is_public(
    branch: Branch, side: Caller, stranger: Caller
) -> None:
    [photo] = await branch.add(side, a_jpeg(), visibility=PUBLIC)
    gallery = await branch.add_gallery(side, photo, visibility=PUBLIC)
    await branch.ask(side, ChangePhoto(photo=ById(photo.id), change=TRASH))
    for ref in refs_of(photo):
        for question in looks_at(ref):
            with pytest.raises((NotFound, Unauthenticated)):
                await branch.ask(stranger, question)
    for trashed in (True, False):
        public = ListPhotos(window=ALL, public=True, trashed=trashed)
        assert (await branch.ask(stranger, public)).items == ()
        inside = ListPhotos(window=ALL, gallery=gallery, trashed=trashed)
        assert (await branch.ask(stranger, inside)).total == 0
    assert not (await branch.ask(side, FetchOriginal(photo=ById(photo.id)))).public


async def test_a_private_gallery_is_not_found(
    branch: Branch, side: Caller, stranger: Caller
) -> None:
    gallery = await branch.add_gallery(side)
    whole = await branch.ask(side, GetGallery(gallery=gallery))
    for ref in (gallery, ByNumber(whole.number)):
        for question in (
            GetGallery(gallery=ref),
            ListPhotos(window=ALL, gallery=ref),
            ChangeGallery(gallery=ref, change=GalleryChange(name="Mine")),
            DeleteGallery(gallery=ref),
        ):
            with pytest.raises(NotFound):
                await branch.ask(stranger, question)
    assert (await branch.ask(stranger, ListGalleries(window=ALL, public=True))).total == 0
    assert await branch.ask(side, GetGallery(gallery=gallery)) == whole


async def test_a_public_gallery_shows_what_is_public_in_it(
    branch: Branch, side: Caller, stranger: Caller
) -> None:
    [private] = await branch.add(side, a_jpeg(40))
    [public] = await branch.add(side, a_jpeg(41), visibility=PUBLIC)
    ref = await branch.add_gallery(side, private, public, visibility=PUBLIC)

    gallery = await branch.ask(stranger, GetGallery(gallery=ref))
    assert (gallery.photo_count, gallery.cover_id) == (1, public.id)
    listed = await branch.ask(stranger, ListGalleries(window=ALL, public=True))
    assert listed.items == (gallery,)
    inside = await branch.ask(stranger, ListPhotos(window=ALL, gallery=ref))
    assert (inside.items, inside.total) == ((public,), 1)

    whole = await branch.ask(side, GetGallery(gallery=ref))
    assert (whole.photo_count, whole.cover_id) == (2, private.id)
    with pytest.raises(NotFound):
        await branch.ask(stranger, DeleteGallery(gallery=ref))


async def test_what_turns_private_is_gone_from_others_galleries(
    branch: Branch, ada: Caller, bob: Caller
) -> None:
    [photo] = await branch.add(ada, a_jpeg(), visibility=PUBLIC)
    gallery = await branch.add_gallery(bob, photo)
    assert (await branch.ask(bob, GetGallery(gallery=gallery))).photo_count == 1

    change = PhotoChange(visibility=Visibility.PRIVATE)
    await branch.ask(ada, ChangePhoto(photo=ById(photo.id), change=change))

    found = await branch.ask(bob, GetGallery(gallery=gallery))
    assert (found.photo_count, found.cover_id) == (0, None)
    assert (await branch.ask(bob, ListPhotos(window=ALL, gallery=gallery))).total == 0
    with pytest.raises(NotFound):
        await branch.ask(bob, ChangeGallery(gallery=gallery, take=(ById(photo.id),)))


async def test_a_customer_is_not_found(branch: Branch, side: Caller, stranger: Caller) -> None:
    customer = await branch.ask(side, AddCustomer(first_name="Grace"))
    for question in (
        GetCustomer(id=customer.id),
        ChangeCustomer(id=customer.id, change=CustomerChange(notes="x")),
        DeleteCustomer(id=customer.id),
        GetCustomer(id=CustomerId("cl_gone")),
    ):
        with pytest.raises(NotFound):
            await branch.ask(stranger, question)
    assert await branch.ask(side, GetCustomer(id=customer.id)) == customer


@pytest.mark.parametrize(
    "question",
    [
        ListPhotos(window=ALL),
        AddPhotos(files=()),
        ListDays(),
        CountLibrary(),
        ListGalleries(window=ALL),
        AddGallery(name="x"),
        ListCustomers(window=ALL),
        AddCustomer(first_name="x"),
        ListNotifications(window=ALL),
    ],
    ids=lambda question: type(question).__name__,
)
async def test_nobody_has_anything_of_its_own(branch: Branch, question: Any) -> None:
    with pytest.raises(Unauthenticated):
        await branch.ask(ANONYMOUS, question)


async def test_a_bound_session_lists_the_organizations_things(branch: Branch) -> None:
    ada, bob = await branch.add_person("ada"), await branch.add_person("bob")
    studio = await branch.add_studio(ada, bob)
    unbound, bound, colleague = as_caller(ada), as_caller(ada, studio), as_caller(bob, studio)
    [personal] = await branch.add(unbound, a_jpeg(40))
    [shared] = await branch.add(bound, a_jpeg(41))
    listing = ListPhotos(window=ALL)

    assert (await branch.ask(unbound, listing)).items == (personal,)
    assert (await branch.ask(bound, listing)).items == (shared,)
    assert (await branch.ask(colleague, listing)).items == (shared,)
    # By its id, what is one's own stays in sight.
    assert await branch.look_again(bound, personal) == personal
    assert await branch.look_again(colleague, shared) == shared
    for caller, photo in ((unbound, shared), (colleague, personal)):
        with pytest.raises(NotFound):
            await branch.look_again(caller, photo)
    await branch.ask(colleague, DeletePhoto(photo=ById(shared.id)))
    assert branch.originals() == {personal.digest}
