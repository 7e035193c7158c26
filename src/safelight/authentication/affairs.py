"""What can be asked about accounts and what belongs to them, free of any wire.

`Registrar` answers each. The guard has checked the scope before.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec

from safelight.authentication.ports import StoredToken
from safelight.authentication.session import Session
from safelight.identity.account import Account, Identifier
from safelight.identity.application import Application
from safelight.identity.ids import ApplicationId, OrganizationId, SessionId, TokenId
from safelight.identity.organization import Role
from safelight.identity.permission import Scope
from safelight.secret import Secret


class ShowCaller(msgspec.Struct, frozen=True, kw_only=True):
    """-> CallerView: the asker's own account, as this request proved it."""


class ShowPage(msgspec.Struct, frozen=True, kw_only=True):
    """-> PageView: what an HTML page needs to know of who is looking; for anonymous ones, too."""


class ShowHome(msgspec.Struct, frozen=True, kw_only=True):
    """-> HomeView: the index page, for anonymous ones, too.

    `again` is a token that the answer may carry once more: of the asker's account, and of a
    session made less than 60 s ago (RM-16).
    """

    again: Secret | None = None


class FindAccount(msgspec.Struct, frozen=True, kw_only=True):
    """-> AccountView. By number or identifier; NotFound for an unknown one.

    A stranger gets `full=False`; with `hidden`, strangers get NotFound instead. With `counted`, the
    answer counts the account's photos.
    """

    number: int | None = None
    identifier: Identifier | None = None
    hidden: bool = False
    counted: bool = False


class ListAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[AccountView, ...]: all for an admin, else oneself; none for an anonymous asker."""

    counted: bool = False


class ChangeNames(msgspec.Struct, frozen=True, kw_only=True):
    """-> Account. None leaves a field. Oneself, or an admin by `number`; else PermissionDenied.

    One's own e-mail address, a way to one's account, is changed with the current password, unless
    a session asks on a wire that has no field for it (`password_asked=False`).
    """

    number: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    current_password: Secret | None = None
    password_asked: bool = True


class RemoveAccount(msgspec.Struct, frozen=True, kw_only=True):
    """-> None. Admins only."""

    number: int


class SignUp(msgspec.Struct, frozen=True, kw_only=True):
    """-> Account. The first admin needs the one-time set-up token; later ones need an admin or
    `allow_registration`, else Unauthenticated."""

    email: str
    username: str
    password: Secret
    first_name: str
    last_name: str
    setup_token: Secret | None


class ShowSetup(msgspec.Struct, frozen=True, kw_only=True):
    """-> SetupView."""


class ListSessions(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[SessionView, ...], live ones, the last used first."""


class EndSession(msgspec.Struct, frozen=True, kw_only=True):
    """-> None. NotFound when the asker has no such session."""

    id: SessionId


class EndSessions(msgspec.Struct, frozen=True, kw_only=True):
    """-> int: how many ended. Every realm's, JWTs included; not personal access tokens."""

    keep_current: bool = False


class ListTokens(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[StoredToken, ...]."""


class AddToken(msgspec.Struct, frozen=True, kw_only=True):
    """-> NewToken. Its scopes must be among the asker's own."""

    name: str
    scopes: frozenset[Scope]
    life: timedelta | None


class RemoveToken(msgspec.Struct, frozen=True, kw_only=True):
    """-> None. NotFound."""

    id: TokenId


class ListMemberships(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[Membership, ...]: the asker's organizations and roles."""


class ShowOrganization(msgspec.Struct, frozen=True, kw_only=True):
    """-> Organization. NotFound for non-members unless `public`."""

    id: OrganizationId
    public: bool = False


class AddOrganization(msgspec.Struct, frozen=True, kw_only=True):
    """-> Organization, whose owner the asker is."""

    name: str


class ListMembers(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[Member, ...]. NotFound for non-members."""

    id: OrganizationId


class AddMember(msgspec.Struct, frozen=True, kw_only=True):
    """-> Member. The asker must own the organization; NotFound for an unknown account."""

    id: OrganizationId
    identifier: Identifier
    role: Role


class ListApplications(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[Application, ...]: the asker's own."""


class AddApplication(msgspec.Struct, frozen=True, kw_only=True):
    """-> NewApplication, with its key, shown this once."""

    name: str


class RemoveApplication(msgspec.Struct, frozen=True, kw_only=True):
    """-> None. NotFound."""

    id: ApplicationId


Affair = (
    ShowCaller | ShowPage | ShowHome | FindAccount | ListAccounts | ChangeNames | RemoveAccount
    | SignUp | ShowSetup | ListSessions | EndSession | EndSessions | ListTokens | AddToken
    | RemoveToken | ListMemberships | ShowOrganization | AddOrganization | ListMembers | AddMember
    | ListApplications | AddApplication | RemoveApplication
)  # fmt: skip


# --- answers ----------------------------------------------------------------------------------


class CallerView(msgspec.Struct, frozen=True, kw_only=True):
    account: Account
    session_id: SessionId | None
    organization_id: OrganizationId | None
    scopes: frozenset[Scope]


class PageView(msgspec.Struct, frozen=True, kw_only=True):
    """`csrf_token` is there unless a session of a realm without CSRF tokens was recognised; one
    for nobody belongs to no session, so that it opens nothing."""

    account: Account | None
    csrf_token: Secret | None


class HomeView(msgspec.Struct, frozen=True, kw_only=True):
    """`sessions` are the live ones, the last used first. `again` is the token that was asked for,
    if it may be shown."""

    account: Account | None = None
    csrf_token: Secret | None = None
    sessions: tuple[SessionView, ...] = ()
    again: Secret | None = None


class PhotoCount(msgspec.Struct, frozen=True, kw_only=True):
    """Photos of an account's own that are not in the trash, and those of them that are public."""

    photos: int = 0
    public: int = 0


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """`full`: whether the asker may see more than what is public. `count` is zero unless asked."""

    account: Account
    full: bool
    count: PhotoCount = PhotoCount()


class SetupView(msgspec.Struct, frozen=True, kw_only=True):
    is_first: bool
    allow_registration: bool


class NewToken(msgspec.Struct, frozen=True, kw_only=True):
    stored: StoredToken
    secret: Secret


class NewApplication(msgspec.Struct, frozen=True, kw_only=True):
    application: Application
    api_key: Secret


class Member(msgspec.Struct, frozen=True, kw_only=True):
    account: Account
    role: Role


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    session: Session
    current: bool
    protocol: str


SHOW_AGAIN_WITHIN = timedelta(seconds=60)
