"""What an account or an organization leaves behind."""

from __future__ import annotations

from tests.stores.library.records import (
    ALL,
    EVERYTHING,
    a_customer,
    a_gallery,
    a_photo,
    found_studio,
    keep,
    keep_one,
    own,
    require,
    require_gallery,
)
from tests.stores.records import Worker, add_account, an_event

from safelight.authentication.audit import What
from safelight.identity.account import Account
from safelight.identity.organization import Role
from safelight.library.customer import CustomerKind
from safelight.library.photo import Owner
from safelight.library.ports import LibraryStore


async def test_what_an_account_holds_goes_but_for_what_others_hold(
    store: LibraryStore, ada: Account, bob: Account
) -> None:
    mine, _, theirs = await keep(
        store, a_photo(own(ada), "a"), a_photo(own(ada), "b"), a_photo(own(bob), "b")
    )
    await store.add_gallery(a_gallery(own(ada)))
    await store.add_customer(a_customer(own(ada)))

    assert await store.remove_library_of(account_id=ada.id) == [mine.digest]

    assert await store.list_photos(EVERYTHING, ALL) == [theirs]
    assert await store.count_galleries(own(ada), None) == 0
    assert await store.count_customers(own(ada), frozenset(CustomerKind), None) == 0


async def test_what_a_member_put_into_an_organization_passes_to_an_owner(
    here: Worker, store: LibraryStore, ada: Account, bob: Account
) -> None:
    eve = await add_account(here, "eve")
    members = ((ada, Role.MEMBER), (bob, Role.MEMBER), (eve, Role.OWNER))
    studio = await found_studio(here, *members)
    owner = Owner(account_id=ada.id, organization_id=studio)
    photo = await keep_one(store, owner)
    gallery = await store.add_gallery(a_gallery(owner))
    customer = await store.add_customer(a_customer(owner))

    assert await store.remove_library_of(account_id=ada.id) == []
    await here.accounts.remove(ada.id, an_event(What.ACCOUNT_DELETED))

    heir = Owner(account_id=eve.id, organization_id=studio)
    assert (await require(store, photo)).owner == heir
    assert (await require_gallery(store, gallery.id)).owner == heir
    found = await store.find_customer(customer.id)
    assert found is not None
    assert found.owner == heir


async def test_what_has_no_other_member_to_pass_to_goes(
    here: Worker, store: LibraryStore, ada: Account
) -> None:
    studio = await found_studio(here, (ada, Role.OWNER))
    photo = await keep_one(store, Owner(account_id=ada.id, organization_id=studio))
    assert await store.remove_library_of(account_id=ada.id) == [photo.digest]
    assert await store.count_photos(EVERYTHING) == 0


async def test_what_an_organization_holds_goes_with_it(
    here: Worker, store: LibraryStore, ada: Account
) -> None:
    studio = await found_studio(here, (ada, Role.OWNER))
    personal = await keep_one(store, own(ada))
    shared = await keep_one(store, Owner(account_id=ada.id, organization_id=studio))
    assert await store.remove_library_of(organization_id=studio) == [shared.digest]
    assert await store.list_photos(EVERYTHING, ALL) == [personal]
