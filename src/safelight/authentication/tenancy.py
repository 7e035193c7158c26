"""Answers what is asked about organizations, applications and personal access tokens."""

from __future__ import annotations

from datetime import timedelta

from safelight.authentication.affairs import (
    AddApplication,
    AddMember,
    AddOrganization,
    AddToken,
    ListApplications,
    ListMembers,
    ListMemberships,
    ListTokens,
    Member,
    NewApplication,
    NewToken,
    RemoveApplication,
    RemoveToken,
    ShowOrganization,
)
from safelight.authentication.audit import What
from safelight.authentication.opaque_token import new_personal_token
from safelight.authentication.ports import (
    AccountStore,
    ApplicationStore,
    OrganizationStore,
    PersonalTokenStore,
    StoredToken,
)
from safelight.authentication.recognition import Recognition
from safelight.authentication.registrar import Handler, event_of, require_principal
from safelight.clock import Clock, Entropy
from safelight.errors import InvalidFields, NotFound, PermissionDenied
from safelight.identity.account import AccountState
from safelight.identity.application import Application, new_api_key
from safelight.identity.ids import (
    OrganizationId,
    new_application_id,
    new_organization_id,
    new_token_id,
)
from safelight.identity.organization import Membership, Organization, Role
from safelight.identity.principal import Principal

_LONGEST_NAME = 100
LONGEST_TOKEN_LIFE = timedelta(days=366)


class Tenancy:
    """Organizations and their members, programs and their keys, people and their tokens."""

    def __init__(
        self,
        *,
        accounts: AccountStore,
        organizations: OrganizationStore,
        applications: ApplicationStore,
        tokens: PersonalTokenStore,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._accounts = accounts
        self._organizations = organizations
        self._applications = applications
        self._tokens = tokens
        self._clock = clock
        self._entropy = entropy

    def handlers(self) -> dict[type, Handler]:
        return {
            ListMemberships: self._list_memberships,
            ShowOrganization: self._show_organization,
            AddOrganization: self._add_organization,
            ListMembers: self._list_members,
            AddMember: self._add_member,
            ListApplications: self._list_applications,
            AddApplication: self._add_application,
            RemoveApplication: self._remove_application,
            ListTokens: self._list_tokens,
            AddToken: self._add_token,
            RemoveToken: self._remove_token,
        }

    # --- organizations ------------------------------------------------------------------------

    async def _list_memberships(
        self, asker: Recognition, asked: ListMemberships
    ) -> tuple[Membership, ...]:
        principal = require_principal(asker)
        return tuple(await self._organizations.memberships_of(principal.account_id))

    async def _show_organization(self, asker: Recognition, asked: ShowOrganization) -> Organization:
        organization = await self._organizations.find(asked.id)
        if organization is None:
            raise NotFound
        if not asked.public:
            await self._require_role(require_principal(asker), asked.id)
        return organization

    async def _add_organization(self, asker: Recognition, asked: AddOrganization) -> Organization:
        principal, now = require_principal(asker), self._clock.now()
        organization = Organization(
            id=new_organization_id(self._entropy),
            name=require_name(asked.name),
            created_at=now,
        )
        await self._organizations.add(
            organization,
            event_of(
                What.ORGANIZATION_ADDED, asker, self._clock.now(), organization=organization.id
            ),
        )
        await self._organizations.join(
            organization.id,
            principal.account_id,
            Role.OWNER,
            event_of(What.MEMBER_JOINED, asker, self._clock.now(), organization=organization.id),
        )
        return organization

    async def _list_members(self, asker: Recognition, asked: ListMembers) -> tuple[Member, ...]:
        await self._require_role(require_principal(asker), asked.id)
        found = await self._organizations.members(asked.id)
        return tuple(Member(account=account, role=role) for account, role in found)

    async def _add_member(self, asker: Recognition, asked: AddMember) -> Member:
        principal = require_principal(asker)
        if await self._require_role(principal, asked.id) is not Role.OWNER:
            raise PermissionDenied("Only an owner of the organization adds members.")
        account = await self._accounts.find_by_identifier(asked.identifier)
        if account is None or account.state is not AccountState.ACTIVE:
            raise NotFound("There is no such account.")
        event = event_of(
            What.MEMBER_JOINED, asker, self._clock.now(), organization=asked.id, member=account.id
        )
        await self._organizations.join(asked.id, account.id, asked.role, event)
        return Member(account=account, role=asked.role)

    async def _require_role(self, principal: Principal, id: OrganizationId) -> Role:
        role = await self._organizations.role_of(principal.account_id, id)
        if role is None:
            raise NotFound("There is no organization with this id.")
        return role

    # --- applications -------------------------------------------------------------------------

    async def _list_applications(
        self, asker: Recognition, asked: ListApplications
    ) -> tuple[Application, ...]:
        principal = require_principal(asker)
        return tuple(await self._applications.list_applications(principal.account_id))

    async def _add_application(self, asker: Recognition, asked: AddApplication) -> NewApplication:
        principal, now = require_principal(asker), self._clock.now()
        key = new_api_key(self._entropy)
        application = Application(
            id=new_application_id(self._entropy),
            name=require_name(asked.name),
            owner_id=principal.account_id,
            created_at=now,
            last_used_at=None,
        )
        event = event_of(
            What.APPLICATION_ADDED, asker, self._clock.now(), application=application.id
        )
        await self._applications.add(application, key.digest(), event)
        return NewApplication(application=application, api_key=key)

    async def _remove_application(self, asker: Recognition, asked: RemoveApplication) -> None:
        principal = require_principal(asker)
        owned = await self._applications.list_applications(principal.account_id)
        if all(each.id != asked.id for each in owned):
            raise NotFound("You have no application with this id.")
        event = event_of(What.APPLICATION_REMOVED, asker, self._clock.now(), application=asked.id)
        await self._applications.remove(asked.id, event)

    # --- personal access tokens ---------------------------------------------------------------

    async def _list_tokens(self, asker: Recognition, asked: ListTokens) -> tuple[StoredToken, ...]:
        return tuple(await self._tokens.of_account(require_principal(asker).account_id))

    async def _add_token(self, asker: Recognition, asked: AddToken) -> NewToken:
        principal, now = require_principal(asker), self._clock.now()
        if not asked.scopes:
            raise InvalidFields({"scopes": ("Name at least one scope.",)})
        if asked.life is not None and not timedelta() < asked.life <= LONGEST_TOKEN_LIFE:
            rule = f"Use 1 second to {LONGEST_TOKEN_LIFE.days} days."
            raise InvalidFields({"expires_in_seconds": (rule,)})
        missing = asked.scopes - principal.scopes
        if missing:
            raise PermissionDenied(scope=min(each.value for each in missing))
        secret = new_personal_token(self._entropy)
        stored = StoredToken(
            id=new_token_id(self._entropy),
            account_id=principal.account_id,
            name=require_name(asked.name),
            scopes=asked.scopes,
            created_at=now,
            expires_at=None if asked.life is None else now + asked.life,
            last_used_at=None,
        )
        event = event_of(What.PERSONAL_TOKEN_ADDED, asker, self._clock.now(), token=stored.id)
        await self._tokens.add(stored, secret.digest(), event)
        return NewToken(stored=stored, secret=secret)

    async def _remove_token(self, asker: Recognition, asked: RemoveToken) -> None:
        principal = require_principal(asker)
        event = event_of(What.PERSONAL_TOKEN_REMOVED, asker, self._clock.now(), token=asked.id)
        if not await self._tokens.remove(principal.account_id, asked.id, event):
            raise NotFound("You have no token with this id.")


def require_name(text: str) -> str:
    """A name of 1 to 100 printable characters, trimmed. Raises InvalidFields."""
    name = text.strip()
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidFields({"name": (f"Use 1 to {_LONGEST_NAME} printable characters.",)})
    return name
