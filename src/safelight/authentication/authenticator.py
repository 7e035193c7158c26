"""Performs commands: signing in, renewing, choosing an organization, signing out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import assert_never

import msgspec

from safelight.authentication.audit import Event, Notice, What, session_event
from safelight.authentication.device import device_of, new_device_notice
from safelight.authentication.keys import KeyRing
from safelight.authentication.opaque_token import (
    new_header_token,
    new_session_token,
    new_short_token,
)
from safelight.authentication.password import PasswordHashing, require_acceptable
from safelight.authentication.ports import (
    AccountStore,
    OrganizationStore,
    PasswordRecord,
    SessionStore,
)
from safelight.authentication.recognition import Recognition
from safelight.authentication.session import Session, expires_at
from safelight.authentication.sign_in import PasswordCheck
from safelight.authentication.signed_sessions import SignedSessions
from safelight.clock import Entropy
from safelight.errors import (
    InvalidFields,
    PermissionDenied,
    Unauthenticated,
)
from safelight.exchange import (
    Changed,
    ChangePassword,
    Command,
    Ended,
    Grant,
    LogIn,
    LogOut,
    Outcome,
    Renew,
    Renewal,
    SelectOrganization,
    Visit,
)
from safelight.identity.account import Account, read_identifier
from safelight.identity.ids import ApplicationId, OrganizationId, SessionId, new_session_id
from safelight.identity.organization import Membership
from safelight.identity.realm import Realm, TokenForm
from safelight.secret import Secret

_NEVER = datetime.max.replace(tzinfo=UTC)


class Authenticator:
    """The shell of the core: gathers, lets the pure rules decide, writes down what was decided."""

    def __init__(
        self,
        *,
        realms: Mapping[str, Realm],
        accounts: AccountStore,
        organizations: OrganizationStore,
        sessions: SessionStore,
        signed: SignedSessions,
        keys: KeyRing,
        hashing: PasswordHashing,
        passwords: PasswordCheck,
        entropy: Entropy,
    ) -> None:
        self._realms = realms
        self._accounts = accounts
        self._organizations = organizations
        self._sessions = sessions
        self._signed = signed
        self._keys = keys
        self._hashing = hashing
        self._passwords = passwords
        self._entropy = entropy

    async def perform(
        self, command: Command, recognition: Recognition, realm: Realm, visit: Visit, now: datetime
    ) -> Outcome:
        """Carry `command` out. `recognition` is who was recognised: for LogIn and Renew only its
        application counts, so that an expired cookie never keeps its owner from signing in, and
        the token of a new session is always new (no fixation)."""
        match command:
            case LogIn():
                return await self._log_in(command, recognition, realm, visit, now)
            case Renew():
                return await self._signed.renew(command.refresh_token, realm, visit, now)
            case SelectOrganization():
                return await self._select_organization(command, recognition, visit, now)
            case LogOut():
                return await self._log_out(command, recognition, visit, now)
            case ChangePassword():
                return await self._change_password(command, recognition, visit, now)
            case _ as never:
                assert_never(never)

    def renewal_for(self, recognition: Recognition, csrf: Secret | None, now: datetime) -> Renewal:
        """What the answer to a recognised request carries anew: a seal for each answer where the
        realm seals (PS-22), a CSRF token once the presented one is past half its life or absent
        (PX-28). `csrf` is the token that the request's CSRF cookie holds."""
        session, token = recognition.session, recognition.token
        if session is None or token is None:
            return Renewal()
        realm = self._realms[session.realm]
        if _is_sealed(session, realm):
            sealed = self._keys.seal(token.secret, now)
            return Renewal(realm=realm.name, session_token=sealed)
        if now < self.renewal_due(recognition, csrf, now):
            return Renewal(realm=realm.name)
        return Renewal(realm=realm.name, csrf_token=self._keys.make_csrf(token.secret, now))

    def renewal_due(self, recognition: Recognition, csrf: Secret | None, now: datetime) -> datetime:
        """The first instant at which the answer to an equal request carries anything anew, unless
        something is written before: `now` where each does."""
        session, token = recognition.session, recognition.token
        if session is None or token is None:
            return _NEVER
        realm = self._realms[session.realm]
        if _is_sealed(session, realm):
            return now
        if realm.csrf is None:
            return _NEVER
        age = self._keys.csrf_age(csrf, token.secret, now) if csrf is not None else None
        return now if age is None else now + max(realm.csrf / 2 - age, timedelta(0))

    # --- signing in ---------------------------------------------------------------------------

    async def _log_in(
        self,
        command: LogIn,
        recognition: Recognition,
        realm: Realm,
        visit: Visit,
        now: datetime,
    ) -> Grant:
        proved = await self._passwords.check(
            identifier=read_identifier(command.identifier),
            password=command.password,
            visit=visit,
            realm=realm.name,
            now=now,
        )
        account = proved.account
        memberships = tuple(await self._organizations.memberships_of(account.id))
        organization_id = command.organization_id
        if organization_id is not None:
            _require_member(memberships, organization_id)
        application = recognition.caller.application
        session = Session(
            id=new_session_id(self._entropy),
            account_id=account.id,
            organization_id=organization_id,
            application_id=ApplicationId(application.id) if application else None,
            realm=realm.name,
            carrier=command.carrier,
            created_at=now,
            last_seen_at=now,
            user_agent=visit.user_agent[:512],
            address=visit.address,
        )
        grant, digest = self._issue(account, session, realm, now, memberships)
        replaced = await self._replaced(command, account, realm, visit, now)
        await self._sessions.add(
            session,
            digest,
            session_event(What.SIGNED_IN, session, visit.address, now),
            device=device_of(visit),
            notice=new_device_notice(account.id, visit, now),
            proved=proved,
            replaced=replaced,
        )
        return grant

    async def _replaced(
        self, command: LogIn, account: Account, realm: Realm, visit: Visit, now: datetime
    ) -> tuple[SessionId, Event] | None:
        """The session that the new one takes the place of, and what is to be written down of it:
        one of the same account and realm, or of a realm that shares its sessions (PX-13)."""
        if command.replaces is None:
            return None
        held = await self._sessions.find(command.replaces.secret.digest())
        if held is None or held.account.id != account.id:
            return None
        session = held.session
        if session.realm != realm.name and session.realm not in realm.also:
            return None
        event = session_event(What.SESSION_ENDED, session, visit.address, now)
        detail = {**event.detail, "reason": "replaced"}
        return session.id, msgspec.structs.replace(event, detail=detail)

    def _issue(
        self,
        account: Account,
        session: Session,
        realm: Realm,
        now: datetime,
        memberships: tuple[Membership, ...],
    ) -> tuple[Grant, bytes]:
        """The grant of a new session, and the digest that the store finds it by."""
        form = realm.form_of(session.carrier)
        if form is TokenForm.SIGNED:
            return self._signed.issue(account, session, realm, memberships, now)
        token = _new_token(form, self._entropy)
        grant = Grant(
            account=account,
            session_id=session.id,
            carrier=session.carrier,
            created_at=now,
            expires_at=expires_at(session, realm),
            session_token=self._keys.seal(token, now) if _is_sealed(session, realm) else token,
            csrf_token=self._keys.make_csrf(token, now) if realm.csrf is not None else None,
            memberships=memberships,
            organization_id=session.organization_id,
        )
        return grant, token.digest()

    # --- the rest -----------------------------------------------------------------------------

    async def _select_organization(
        self, command: SelectOrganization, recognition: Recognition, visit: Visit, now: datetime
    ) -> Changed:
        session = _require_session(recognition)
        if command.organization_id is not None:
            memberships = tuple(await self._organizations.memberships_of(session.account_id))
            _require_member(memberships, command.organization_id)
        event = session_event(What.ORGANIZATION_SELECTED, session, visit.address, now)
        if not await self._sessions.bind(session.id, command.organization_id, event):
            raise Unauthenticated
        return Changed()

    async def _log_out(
        self, command: LogOut, recognition: Recognition, visit: Visit, now: datetime
    ) -> Ended:
        if command.refresh_token is not None:
            await self._signed.revoke(command.refresh_token, visit, now)
            return Ended()
        if recognition.session is None and command.lenient:
            return Ended()
        session = _require_session(recognition)
        event = session_event(What.SIGNED_OUT, session, visit.address, now)
        await self._sessions.remove(session.id, event)
        return Ended()

    async def _change_password(
        self, command: ChangePassword, recognition: Recognition, visit: Visit, now: datetime
    ) -> Changed:
        """The caller's session stays; every other one ends with the old password."""
        principal = recognition.caller.principal
        if principal is None:
            raise Unauthenticated
        account = principal.account
        await self._passwords.require_own(account, command.current, visit, principal.realm, now)
        require_acceptable(command.new, "new")
        if command.new == command.current:
            raise InvalidFields({"new": ("Choose another one than the current password.",)})
        record = PasswordRecord(
            encoded=await self._hashing.hash(command.new), changed_at=now, must_change=False
        )
        text = f"Your password was changed from address {visit.address}."
        await self._accounts.change_password(
            account.id,
            record,
            Event(
                what=What.PASSWORD_CHANGED,
                at=now,
                account_id=account.id,
                realm=principal.realm,
                address=visit.address,
            ),
            keep=principal.session_id,
            notice=Notice(account_id=account.id, kind="password_changed", text=text, at=now),
        )
        return Changed()


def _require_session(recognition: Recognition) -> Session:
    """Raises Unauthenticated, or PermissionDenied for a credential that is good but no session."""
    if recognition.session is None:
        if recognition.caller.principal is None:
            raise Unauthenticated
        raise PermissionDenied("This needs a session, which this credential is not.")
    return recognition.session


def _require_member(memberships: tuple[Membership, ...], organization_id: OrganizationId) -> None:
    """One answer for an organization that is unknown and one that is another's (PS-35)."""
    if all(each.organization.id != organization_id for each in memberships):
        raise PermissionDenied("You are not a member of this organization.")


def _is_sealed(session: Session, realm: Realm) -> bool:
    return realm.seals and realm.form_of(session.carrier) is TokenForm.LONG


def _new_token(form: TokenForm, entropy: Entropy) -> Secret:
    if form is TokenForm.SHORT:
        return new_short_token(entropy)
    if form is TokenForm.HEX:
        return new_header_token(entropy)
    return new_session_token(entropy)
