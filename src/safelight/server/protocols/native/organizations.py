"""`/v1/organizations`: the caller's organizations and their members."""

from __future__ import annotations

from safelight.authentication.affairs import (
    AddMember,
    AddOrganization,
    ListMembers,
    ListMemberships,
    Member,
    ShowOrganization,
)
from safelight.identity.account import read_identifier
from safelight.identity.ids import OrganizationId
from safelight.identity.organization import Membership, Organization
from safelight.identity.permission import Scope
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.native import given, taken
from safelight.server.protocols.native.bodies import created, read_body, read_query, record_of
from safelight.server.protocols.native.listings import write_part
from safelight.server.wire import AnyEndpoint, ResourceEndpoint


def _read_list(request: Request) -> ListMemberships:
    read_query(request, taken.PageQuery)
    return ListMemberships()


def _write_list(memberships: tuple[Membership, ...], request: Request) -> Reply:
    return write_part(memberships, _show_membership, request)


def _show_membership(membership: Membership) -> given.Membership:
    organization = membership.organization
    return given.Membership(
        id=organization.id,
        name=organization.name,
        created_at=organization.created_at,
        role=membership.role,
    )


def _read_add(request: Request) -> AddOrganization:
    return AddOrganization(name=read_body(request, taken.NewOrganization).name)


def _write_added(organization: Organization, request: Request) -> Reply:
    return created(_show(organization), f"/v1/organizations/{organization.id}")


def _read_show(request: Request) -> ShowOrganization:
    return ShowOrganization(id=_id_of(request))


def _write_show(organization: Organization, request: Request) -> Reply:
    return json_reply(_show(organization))


def _show(organization: Organization) -> given.Organization:
    return given.Organization(
        id=organization.id, name=organization.name, created_at=organization.created_at
    )


def _read_members(request: Request) -> ListMembers:
    read_query(request, taken.PageQuery)
    return ListMembers(id=_id_of(request))


def _write_members(members: tuple[Member, ...], request: Request) -> Reply:
    return write_part(members, _show_member, request)


def _read_add_member(request: Request) -> AddMember:
    body = read_body(request, taken.NewMember)
    return AddMember(
        id=_id_of(request), identifier=read_identifier(body.identifier), role=body.role
    )


def _write_added_member(member: Member, request: Request) -> Reply:
    return created(_show_member(member), request.path)


def _show_member(member: Member) -> given.Member:
    account = member.account
    return given.Member(
        account_id=account.id,
        username=account.username,
        first_name=account.first_name,
        last_name=account.last_name,
        role=member.role,
    )


def _id_of(request: Request) -> OrganizationId:
    return OrganizationId(record_of(request, "O").id)


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    ResourceEndpoint(
        method="GET",
        path="/v1/organizations",
        read=_read_list,
        write=_write_list,
        needs=Scope.ORGANIZATIONS_READ,
        summary="List the caller's organizations",
        query=taken.PageQuery,
        gives=given.Page[given.Membership],
    ),
    ResourceEndpoint(
        method="POST",
        path="/v1/organizations",
        read=_read_add,
        write=_write_added,
        needs=Scope.ORGANIZATIONS_WRITE,
        summary="Add an organization, owned by the caller",
        takes=taken.NewOrganization,
        gives=given.Organization,
        success=201,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/organizations/{id}",
        read=_read_show,
        write=_write_show,
        needs=Scope.ORGANIZATIONS_READ,
        summary="Show an organization",
        gives=given.Organization,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/organizations/{id}/members",
        read=_read_members,
        write=_write_members,
        needs=Scope.ORGANIZATIONS_READ,
        summary="List an organization's members",
        query=taken.PageQuery,
        gives=given.Page[given.Member],
    ),
    ResourceEndpoint(
        method="POST",
        path="/v1/organizations/{id}/members",
        read=_read_add_member,
        write=_write_added_member,
        needs=Scope.ORGANIZATIONS_WRITE,
        summary="Add a member, or give one another role",
        takes=taken.NewMember,
        gives=given.Member,
        success=201,
    ),
)
