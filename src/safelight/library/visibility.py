"""Who may see and change what. Pure.

An organization's things belong to whoever acts for it: only a session bound to it sees the private
ones and changes any (PS-37). A personal thing belongs to its account alone, also while that
account's session is bound to an organization: binding adds the organization's things to its sight
and takes nothing away. What is public is seen by everybody.
"""

from __future__ import annotations

import msgspec

from safelight.errors import Unauthenticated
from safelight.identity.ids import AccountId, OrganizationId
from safelight.identity.principal import Caller
from safelight.library.photo import Owner, Photo, Visibility


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who wants to see or change something. Without an account, an anonymous one."""

    account_id: AccountId | None = None
    organization_id: OrganizationId | None = None


NOBODY = Asker()


def asker_of(caller: Caller) -> Asker:
    """A program without a person is nobody: an API key opens nothing."""
    principal = caller.principal
    if principal is None:
        return NOBODY
    return Asker(account_id=principal.account_id, organization_id=principal.organization_id)


def require_owner(asker: Asker) -> Owner:
    """Who owns what the asker makes now, and whose things its lists show: the organization that
    its session is bound to, else the account itself. Raises Unauthenticated for nobody."""
    if asker.account_id is None:
        raise Unauthenticated
    return Owner(account_id=asker.account_id, organization_id=asker.organization_id)


def may_change(asker: Asker, owner: Owner) -> bool:
    """Whether the asker is on the owner's side."""
    if asker.account_id is None:
        return False
    if owner.organization_id is not None:
        return asker.organization_id == owner.organization_id
    return asker.account_id == owner.account_id


def may_see(asker: Asker, owner: Owner, visibility: Visibility) -> bool:
    return visibility is Visibility.PUBLIC or may_change(asker, owner)


def effective_visibility(photo: Photo) -> Visibility:
    """In the trash nothing is public: what its owner threw away is nobody else's to look at."""
    return Visibility.PRIVATE if photo.trashed else photo.visibility
