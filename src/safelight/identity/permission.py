"""What a caller may do: scopes, and which role brings which."""

from __future__ import annotations

from enum import Enum

from safelight.identity.organization import Role


class Scope(Enum):
    """One permission. A session has all that its role brings; a personal access token, some."""

    ACCOUNT_READ = "account:read"
    ACCOUNT_WRITE = "account:write"
    SESSIONS_READ = "sessions:read"
    SESSIONS_WRITE = "sessions:write"
    TOKENS_READ = "tokens:read"
    TOKENS_WRITE = "tokens:write"
    PHOTOS_READ = "photos:read"
    PHOTOS_WRITE = "photos:write"
    GALLERIES_READ = "galleries:read"
    GALLERIES_WRITE = "galleries:write"
    CUSTOMERS_READ = "customers:read"
    CUSTOMERS_WRITE = "customers:write"
    NOTIFICATIONS_READ = "notifications:read"
    NOTIFICATIONS_WRITE = "notifications:write"
    ORGANIZATIONS_READ = "organizations:read"
    ORGANIZATIONS_WRITE = "organizations:write"
    APPLICATIONS_READ = "applications:read"
    APPLICATIONS_WRITE = "applications:write"


ALL_SCOPES = frozenset(Scope)

_MEMBER = ALL_SCOPES - {
    Scope.GALLERIES_WRITE,
    Scope.CUSTOMERS_WRITE,
    Scope.ORGANIZATIONS_WRITE,
}

SCOPES_OF_ROLE: dict[Role, frozenset[Scope]] = {
    Role.MEMBER: _MEMBER,
    Role.MANAGER: _MEMBER | {Scope.GALLERIES_WRITE, Scope.CUSTOMERS_WRITE},
    Role.OWNER: ALL_SCOPES,
}
"""What a session bound to an organization may do there. Unbound, an account owns what it sees."""
