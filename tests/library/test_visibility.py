"""Who may see and change what."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.authentication.people import NOON, an_account

from safelight.errors import Unauthenticated
from safelight.identity.ids import AccountId, OrganizationId
from safelight.identity.principal import ANONYMOUS, Caller, Principal
from safelight.library.photo import Owner, Visibility
from safelight.library.visibility import NOBODY, Asker, asker_of, may_change, may_see, require_owner

ADA, BOB = AccountId("U0000ada"), AccountId("U0000bob")
STUDIO, AGENCY = OrganizationId("O0000studio"), OrganizationId("O0000agency")

accounts = st.sampled_from([ADA, BOB, AccountId("U0000eve")])
organizations = st.sampled_from([STUDIO, AGENCY])
owners = st.builds(Owner, account_id=accounts, organization_id=st.none() | organizations)
askers = st.just(NOBODY) | st.builds(
    Asker, account_id=accounts, organization_id=st.none() | organizations
)
visibilities = st.sampled_from(Visibility)


@pytest.mark.covers("LP-61")
@given(askers, owners)
def test_a_private_thing_is_seen_by_its_own_side_alone(asker: Asker, owner: Owner) -> None:
    is_owner = asker.account_id == owner.account_id and owner.organization_id is None
    is_bound = owner.organization_id is not None and (
        asker.organization_id == owner.organization_id
    )
    assert may_see(asker, owner, Visibility.PRIVATE) is (is_owner or is_bound)


@given(askers, owners)
def test_a_public_thing_is_seen_by_everybody(asker: Asker, owner: Owner) -> None:
    assert may_see(asker, owner, Visibility.PUBLIC)


@given(askers, owners, visibilities)
def test_who_may_change_a_thing_may_see_it(
    asker: Asker, owner: Owner, visibility: Visibility
) -> None:
    assert may_see(asker, owner, visibility) or not may_change(asker, owner)


@given(owners)
def test_nobody_changes_anything(owner: Owner) -> None:
    assert not may_change(NOBODY, owner)


@given(askers)
def test_an_asker_may_change_what_it_makes(asker: Asker) -> None:
    if asker != NOBODY:
        assert may_change(asker, require_owner(asker))


@pytest.mark.parametrize(
    ("asker", "owner", "expected"),
    [
        (Asker(account_id=ADA), Owner(account_id=ADA), True),
        (Asker(account_id=BOB), Owner(account_id=ADA), False),
        # Bound to an organization, an account keeps what is its own.
        (Asker(account_id=ADA, organization_id=STUDIO), Owner(account_id=ADA), True),
        # What it put there itself is the organization's, and out of sight while unbound.
        (Asker(account_id=ADA), Owner(account_id=ADA, organization_id=STUDIO), False),
        (
            Asker(account_id=ADA, organization_id=AGENCY),
            Owner(account_id=ADA, organization_id=STUDIO),
            False,
        ),
        (
            Asker(account_id=BOB, organization_id=STUDIO),
            Owner(account_id=ADA, organization_id=STUDIO),
            True,
        ),
    ],
)
def test_an_organization_is_open_to_sessions_that_are_bound_to_it(
    asker: Asker, owner: Owner, expected: bool
) -> None:
    assert may_change(asker, owner) is expected


def test_nobody_owns_anything() -> None:
    with pytest.raises(Unauthenticated):
        require_owner(NOBODY)


def test_a_program_without_a_person_is_nobody() -> None:
    assert asker_of(ANONYMOUS) == NOBODY


@pytest.mark.parametrize("organization_id", [None, STUDIO])
def test_a_person_asks_for_itself_or_for_the_bound_organization(organization_id: Any) -> None:
    account = msgspec.structs.replace(an_account(), id=ADA)
    principal = Principal(
        account=account,
        organization_id=organization_id,
        scopes=frozenset(),
        realm="native",
        session_id=None,
        token_id=None,
        authenticated_at=NOON,
    )
    asker = asker_of(Caller(principal=principal))
    assert asker == Asker(account_id=ADA, organization_id=organization_id)
