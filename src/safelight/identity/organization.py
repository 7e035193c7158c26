"""Organizations: tenants that an account can act for, through a membership with a role."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import msgspec

from safelight.identity.ids import AccountId, OrganizationId


class Role(Enum):
    MEMBER = "member"
    MANAGER = "manager"
    OWNER = "owner"


class Organization(msgspec.Struct, frozen=True, kw_only=True):
    id: OrganizationId
    name: str
    created_at: datetime


class Membership(msgspec.Struct, frozen=True, kw_only=True):
    account_id: AccountId
    organization: Organization
    role: Role
