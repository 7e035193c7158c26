"""Answers what is asked about accounts: the shell around their stores."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from safelight.authentication.affairs import (
    SHOW_AGAIN_WITHIN,
    AccountView,
    CallerView,
    ChangeNames,
    EndSession,
    EndSessions,
    FindAccount,
    HomeView,
    ListAccounts,
    ListSessions,
    PageView,
    PhotoCount,
    RemoveAccount,
    SessionView,
    SetupView,
    ShowCaller,
    ShowHome,
    ShowPage,
    ShowSetup,
    SignUp,
)
from safelight.authentication.audit import Event, Notice, What
from safelight.authentication.keys import KeyRing
from safelight.authentication.password import PasswordHashing, require_acceptable
from safelight.authentication.ports import AccountStore, NewAccount, SessionStore
from safelight.authentication.recognition import Recognition
from safelight.authentication.session import SETUP_LIFE, is_live
from safelight.authentication.sign_in import PasswordCheck
from safelight.clock import Clock, Entropy
from safelight.errors import InvalidFields, NotFound, PermissionDenied, Unauthenticated
from safelight.identity.account import (
    Account,
    require_email,
    require_person_name,
    require_username,
)
from safelight.identity.ids import AccountId, new_account_id
from safelight.identity.principal import Principal
from safelight.identity.realm import Realm
from safelight.secret import Secret

Handler = Callable[[Recognition, Any], Awaitable[object]]


class Registrar:
    """Accounts and their sessions. `tenancy.py` has organizations, programs and tokens."""

    def __init__(
        self,
        *,
        realms: Mapping[str, Realm],
        accounts: AccountStore,
        sessions: SessionStore,
        keys: KeyRing,
        hashing: PasswordHashing,
        passwords: PasswordCheck,
        clock: Clock,
        entropy: Entropy,
        allow_registration: bool,
        empty_library: Callable[[AccountId], Awaitable[None]],
        count_photos: Callable[[AccountId], Awaitable[PhotoCount]],
    ) -> None:
        """`empty_library` removes what an account holds, before the account goes."""
        self._realms = realms
        self._accounts = accounts
        self._sessions = sessions
        self._keys = keys
        self._hashing = hashing
        self._passwords = passwords
        self._clock = clock
        self._entropy = entropy
        self._allow_registration = allow_registration
        self._empty_library = empty_library
        self._count_photos = count_photos

    def handlers(self) -> dict[type, Handler]:
        return {
            ShowCaller: self._show_caller,
            ShowPage: self._show_page,
            ShowHome: self._show_home,
            FindAccount: self._find_account,
            ListAccounts: self._list_accounts,
            ChangeNames: self._change_names,
            RemoveAccount: self._remove_account,
            SignUp: self._sign_up,
            ShowSetup: self._show_setup,
            ListSessions: self._list_sessions,
            EndSession: self._end_session,
            EndSessions: self._end_sessions,
        }

    # --- accounts -----------------------------------------------------------------------------

    async def _show_caller(self, asker: Recognition, asked: ShowCaller) -> CallerView:
        principal = require_principal(asker)
        return CallerView(
            account=principal.account,
            session_id=principal.session_id,
            organization_id=principal.organization_id,
            scopes=principal.scopes,
        )

    async def _show_page(self, asker: Recognition, asked: ShowPage) -> PageView:
        principal, session, token = asker.caller.principal, asker.session, asker.token
        if principal is None:
            nobody = self._keys.make_csrf(Secret(""), self._clock.now())
            return PageView(account=None, csrf_token=nobody)
        if session is None or token is None:
            return PageView(account=principal.account, csrf_token=None)
        has_csrf = self._realms[session.realm].csrf is not None
        made = self._keys.make_csrf(token.secret, self._clock.now()) if has_csrf else None
        return PageView(account=principal.account, csrf_token=made)

    async def _show_home(self, asker: Recognition, asked: ShowHome) -> HomeView:
        page = await self._show_page(asker, ShowPage())
        if page.account is None:
            return HomeView()
        return HomeView(
            account=page.account,
            csrf_token=page.csrf_token,
            sessions=await self._list_sessions(asker, ListSessions()),
            again=await self._show_again(asked.again, page.account),
        )

    async def _find_account(self, asker: Recognition, asked: FindAccount) -> AccountView:
        principal = asker.caller.principal
        account = None
        if asked.number is not None:
            account = await self._accounts.find_by_number(asked.number)
        elif asked.identifier is not None:
            account = await self._accounts.find_by_identifier(asked.identifier)
        if account is None:
            raise NotFound
        full = principal is not None and _is_self_or_admin(principal, account)
        if asked.hidden and not full:
            raise NotFound
        return await self._view(account, full=full, counted=asked.counted)

    async def _list_accounts(
        self, asker: Recognition, asked: ListAccounts
    ) -> tuple[AccountView, ...]:
        principal = asker.caller.principal
        if principal is None:
            return ()
        found = [principal.account]
        if principal.account.admin:
            found = await self._accounts.list_accounts()
        views = [await self._view(each, full=True, counted=asked.counted) for each in found]
        return tuple(views)

    async def _view(self, account: Account, *, full: bool, counted: bool) -> AccountView:
        count = await self._count_photos(account.id) if counted else PhotoCount()
        return AccountView(account=account, full=full, count=count)

    async def _change_names(self, asker: Recognition, asked: ChangeNames) -> Account:
        principal = require_principal(asker)
        account = principal.account
        if asked.number is not None and asked.number != account.number:
            account = await self._as_admin(principal, asked.number)
        now = self._clock.now()
        email, notice = account.email, None
        if asked.email is not None:
            email = require_email(asked.email)
        if email.lower() != account.email.lower():
            if account.id == principal.account_id:
                await self._require_password(asker, asked, now)
            text = f"Your e-mail address was changed from address {asker.address}."
            notice = Notice(account_id=account.id, kind="email_changed", text=text, at=now)
        return await self._accounts.change_names(
            account.id,
            first_name=_name("first_name", asked.first_name, account.first_name),
            last_name=_name("last_name", asked.last_name, account.last_name),
            email=email,
            event=Event(
                what=What.ACCOUNT_CHANGED, at=now, account_id=account.id, address=asker.address
            ),
            notice=notice,
        )

    async def _require_password(
        self, asker: Recognition, asked: ChangeNames, now: datetime
    ) -> None:
        """Raises InvalidFields for none where one is asked, WrongPassword, Throttled."""
        principal = require_principal(asker)
        if asked.current_password is None:
            if asked.password_asked or principal.session_id is None:
                rule = "Another e-mail address takes the current password."
                raise InvalidFields({"current_password": (rule,)})
            return
        assert asker.visit is not None
        await self._passwords.require_own(
            principal.account, asked.current_password, asker.visit, principal.realm, now
        )

    async def _remove_account(self, asker: Recognition, asked: RemoveAccount) -> None:
        account = await self._as_admin(require_principal(asker), asked.number)
        await self._empty_library(account.id)
        now = self._clock.now()
        event = Event(
            what=What.ACCOUNT_DELETED, at=now, account_id=account.id, address=asker.address
        )
        await self._accounts.remove(account.id, event)

    async def _as_admin(self, principal: Principal, number: int) -> Account:
        if not principal.account.admin:
            raise PermissionDenied
        account = await self._accounts.find_by_number(number)
        if account is None:
            raise NotFound
        return account

    async def _sign_up(self, asker: Recognition, asked: SignUp) -> Account:
        """The first account of all is the admin's, and needs the token of the first start: an
        open set-up page on a public host is a race that anybody may win."""
        now = self._clock.now()
        is_first = not await self._accounts.has_admin()
        setup_digest = await self._admit_sign_up(asker, asked, is_first, now)
        email, username = require_email(asked.email), require_username(asked.username)
        require_acceptable(asked.password)
        account = NewAccount(
            id=new_account_id(self._entropy),
            email=email,
            username=username,
            first_name=_name("first_name", asked.first_name, ""),
            last_name=_name("last_name", asked.last_name, ""),
            admin=is_first,
            created_at=now,
            encoded_password=await self._hashing.hash(asked.password),
        )
        event = Event(what=What.ACCOUNT_ADDED, at=now, account_id=account.id, address=asker.address)
        return await self._accounts.add(account, event, setup_digest=setup_digest)

    async def _admit_sign_up(
        self, asker: Recognition, asked: SignUp, is_first: bool, now: datetime
    ) -> bytes | None:
        """The digest of the set-up token that is to be spent, if one is. Raises Unauthenticated."""
        if is_first:
            digest = asked.setup_token.digest() if asked.setup_token else b""
            if not await self._accounts.is_setup_token(digest, now - SETUP_LIFE):
                raise Unauthenticated("The set-up token is missing or not valid.")
            return digest
        principal = asker.caller.principal
        if not self._allow_registration and (principal is None or not principal.account.admin):
            if principal is not None:
                raise PermissionDenied
            raise Unauthenticated
        return None

    async def _show_setup(self, asker: Recognition, asked: ShowSetup) -> SetupView:
        return SetupView(
            is_first=not await self._accounts.has_admin(),
            allow_registration=self._allow_registration,
        )

    # --- sessions -----------------------------------------------------------------------------

    async def _list_sessions(
        self, asker: Recognition, asked: ListSessions
    ) -> tuple[SessionView, ...]:
        principal, now = require_principal(asker), self._clock.now()
        sessions = await self._sessions.of_account(principal.account_id)
        live = [
            each
            for each in sessions
            if (realm := self._realms.get(each.realm)) is not None
            and is_live(each, principal.account, realm, now)
        ]
        live.sort(key=lambda each: each.last_seen_at, reverse=True)
        return tuple(
            SessionView(
                session=each,
                current=each.id == principal.session_id,
                protocol=self._realms[each.realm].protocol,
            )
            for each in live
        )

    async def _end_session(self, asker: Recognition, asked: EndSession) -> None:
        principal = require_principal(asker)
        held = await self._sessions.find_by_id(asked.id)
        if held is None or held.session.account_id != principal.account_id:
            raise NotFound("You have no session with this id.")
        event = event_of(What.SESSION_ENDED, asker, self._clock.now(), session=asked.id)
        await self._sessions.remove(asked.id, event)

    async def _end_sessions(self, asker: Recognition, asked: EndSessions) -> int:
        principal = require_principal(asker)
        event = event_of(What.SESSIONS_ENDED, asker, self._clock.now())
        keep = principal.session_id if asked.keep_current else None
        return await self._sessions.remove_all_of(principal.account_id, event.at, event, keep=keep)

    async def _show_again(self, token: Secret | None, account: Account) -> Secret | None:
        """`token`, if its session is the account's and was made just now; the first time only."""
        if token is None:
            return None
        after = self._clock.now() - SHOW_AGAIN_WITHIN
        held = await self._sessions.find(token.digest())
        if held is None or held.account.id != account.id or held.session.created_at <= after:
            return None
        return token if await self._sessions.show_again(token.digest(), after) else None


def event_of(what: What, asker: Recognition, at: datetime, **detail: str) -> Event:
    """Something that `asker` did. Raises Unauthenticated."""
    principal = require_principal(asker)
    return Event(
        what=what,
        at=at,
        account_id=principal.account_id,
        realm=principal.realm,
        address=asker.address,
        detail=detail,
    )


def require_principal(asker: Recognition) -> Principal:
    """Raises Unauthenticated."""
    if asker.caller.principal is None:
        raise Unauthenticated
    return asker.caller.principal


def _is_self_or_admin(principal: Principal, account: Account) -> bool:
    return principal.account.admin or principal.account_id == account.id


def _name(field: str, given: str | None, kept: str) -> str:
    if given is None:
        return kept
    return require_person_name(field, given)
