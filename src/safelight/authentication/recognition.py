"""Recognition: from what a request presents to who is asking. The shell of the pure rules."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from hashlib import blake2b

import msgspec

from safelight.authentication.access_token import TokenUse
from safelight.authentication.audit import Event, What
from safelight.authentication.device import device_of, new_device_notice
from safelight.authentication.keys import KeyRing
from safelight.authentication.ports import (
    TOUCH_LIFE,
    AccountStore,
    ApplicationStore,
    OrganizationStore,
    PersonalTokenStore,
    Proved,
    SessionStore,
)
from safelight.authentication.session import Held, Session, good_until, is_live, is_touch_due
from safelight.authentication.sign_in import PasswordCheck
from safelight.errors import (
    AccountInactive,
    AccountMissing,
    ApiKeyRequired,
    ConflictingCredentials,
    ExpiredCredential,
    InvalidCredential,
    RevokedCredential,
    Unauthenticated,
)
from safelight.exchange import (
    AccessToken,
    Credential,
    Password,
    PersonalToken,
    Presented,
    SessionToken,
    Visit,
)
from safelight.identity.account import Account, AccountState, read_identifier
from safelight.identity.ids import SessionId
from safelight.identity.permission import ALL_SCOPES, SCOPES_OF_ROLE
from safelight.identity.principal import Caller, Principal
from safelight.identity.realm import Carrier, Realm

_BASIC = "basic"
"""What stands in the place of a realm where a name and password are all the credential there is."""

_REMEMBER = timedelta(seconds=30)
_REMEMBERED = 10_000


class Recognition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Who is asking.

    `session` and `token` (the cleartext that found it, unsealed) are there when the deciding
    credential was a session token. Unless something is written, the same credentials prove the
    same before `good_until`; None when they may not. Before `renewal_due`, the answer to an equal
    request carries nothing anew. `visit` is there where something may change.
    `must_change`: somebody else chose the password of the session's account.
    """

    caller: Caller
    session: Session | None = None
    token: SessionToken | None = None
    good_until: datetime | None = None
    renewal_due: datetime | None = None
    visit: Visit | None = None
    must_change: bool = False

    @property
    def address(self) -> str | None:
        """Where what this request changes is asked from."""
        return self.visit.address if self.visit is not None else None


NOBODY = Recognition(caller=Caller())


class Recognizer:
    """Identifies requests. Sessions fail closed: a store that cannot be read raises Unavailable."""

    def __init__(
        self,
        *,
        realms: Mapping[str, Realm],
        accounts: AccountStore,
        organizations: OrganizationStore,
        applications: ApplicationStore,
        sessions: SessionStore,
        tokens: PersonalTokenStore,
        keys: KeyRing,
        passwords: PasswordCheck,
    ) -> None:
        self._realms = realms
        self._accounts = accounts
        self._organizations = organizations
        self._applications = applications
        self._sessions = sessions
        self._tokens = tokens
        self._keys = keys
        self._passwords = passwords
        self._remembered: OrderedDict[bytes, tuple[Proved, datetime]] = OrderedDict()

    async def identify(
        self, presented: Presented, realm: Realm, visit: Visit, now: datetime
    ) -> Recognition:
        """Who is asking; the first credential decides (PS-32, RM-8).

        Raises ApiKeyRequired where the realm needs a key, what the first credential's fault is,
        and ConflictingCredentials when a later one proves another account.
        """
        recognition = NOBODY
        if presented.credentials:
            recognition = await self._prove(presented.credentials[0], visit, now)
            for other in presented.credentials[1:]:
                await self._compare(other, recognition, visit, now)
            if len(presented.credentials) > 1:
                # The others have limits of their own, so nothing of this is remembered.
                recognition = msgspec.structs.replace(recognition, good_until=None)
        if realm.requires_api_key or presented.api_key is not None:
            return await self._with_application(presented, recognition, realm, now)
        return recognition

    async def require_application(
        self, presented: Presented, realm: Realm, now: datetime
    ) -> Caller:
        """The program alone. Raises ApiKeyRequired where the realm needs a key (PS-1)."""
        return (await self._with_application(presented, NOBODY, realm, now)).caller

    async def _with_application(
        self, presented: Presented, recognition: Recognition, realm: Realm, now: datetime
    ) -> Recognition:
        key = presented.api_key
        application = await self._applications.find_by_key(key.digest()) if key else None
        if application is None:
            if realm.requires_api_key:
                raise ApiKeyRequired
            return recognition
        if application.last_used_at is None or now - application.last_used_at >= TOUCH_LIFE:
            await self._applications.touch(application.id, now)
        caller = Caller(application=application, principal=recognition.caller.principal)
        return msgspec.structs.replace(recognition, caller=caller)

    async def _compare(
        self, other: Credential, first: Recognition, visit: Visit, now: datetime
    ) -> None:
        try:
            second = await self._prove(other, visit, now)
        except Unauthenticated:
            return  # proves nobody, so it contradicts nobody
        one, two = first.caller.principal, second.caller.principal
        if one and two and one.account_id != two.account_id:
            raise ConflictingCredentials("The request carries credentials of two accounts.")

    async def _prove(self, credential: Credential, visit: Visit, now: datetime) -> Recognition:
        if isinstance(credential, SessionToken):
            return await self._prove_session(credential, now)
        if isinstance(credential, AccessToken):
            return await self._prove_access_token(credential, now)
        if isinstance(credential, PersonalToken):
            return await self._prove_personal_token(credential, now)
        return await self._prove_password(credential, visit, now)

    # --- sessions -----------------------------------------------------------------------------

    async def revive(self, session_id: SessionId, now: datetime) -> Recognition:
        """Whom a session stands for now, told by its id: for what was signed in its name. Raises
        InvalidCredential or ExpiredCredential when it has ended."""
        held = await self._sessions.find_by_id(session_id)
        if held is None:
            raise InvalidCredential
        realm = self._realms[held.session.realm]
        return await self._recognize(await self._live(held, realm, now), realm, now, None)

    async def _prove_session(self, credential: SessionToken, now: datetime) -> Recognition:
        token = credential.secret
        realm = self._realms[credential.realm]
        shown_at = None
        if credential.sealed:
            unsealed = self._keys.unseal(token)
            if unsealed is None:
                raise InvalidCredential
            if now - unsealed.issued_at >= realm.idle:
                raise ExpiredCredential  # this value is over; its session may live on (PS-24)
            token, shown_at = unsealed.token, unsealed.issued_at
        held = await self._sessions.find(token.digest())
        if held is None:
            raise InvalidCredential
        if held.session.realm != realm.name and held.session.realm not in realm.also:
            raise InvalidCredential
        # A seal was given at a use that may not have been written down (PS-24).
        if shown_at is None or not is_live(
            _used_at(shown_at, held.session), held.account, realm, now
        ):
            held = await self._live(held, realm, now)
        if (held.session.carrier is Carrier.COOKIE) is not (
            credential.carrier is Carrier.COOKIE
        ) and realm.seals:
            raise InvalidCredential  # a cookie's inner token is no header token, nor the reverse
        plain = SessionToken(realm=realm.name, carrier=credential.carrier, secret=token)
        recognition = await self._recognize(held, realm, now, plain)
        return recognition if shown_at is None else _no_later(recognition, shown_at + realm.idle)

    async def _live(
        self, held: Held, realm: Realm, now: datetime, message: str | None = None
    ) -> Held:
        """The session as it stands, if it may be used. Raises ExpiredCredential."""
        if is_live(held.session, held.account, realm, now):
            return held
        anew = await self._sessions.find_anew(held.session.id)
        if anew is None or not is_live(anew.session, anew.account, realm, now):
            raise ExpiredCredential(message)
        return anew

    async def _recognize(
        self, held: Held, realm: Realm, now: datetime, token: SessionToken | None
    ) -> Recognition:
        session = held.session
        if is_touch_due(session, realm, now):
            await self._sessions.touch(session.id, now)
        organization_id, scopes = session.organization_id, ALL_SCOPES
        if organization_id is not None:
            role = await self._organizations.role_of(session.account_id, organization_id)
            if role is None:
                organization_id = None  # no longer a member: at once (ASVS 8.3.2)
            else:
                scopes = SCOPES_OF_ROLE[role]
        principal = Principal(
            account=held.account,
            organization_id=organization_id,
            scopes=scopes,
            realm=session.realm,
            session_id=session.id,
            token_id=None,
            authenticated_at=session.created_at,
        )
        return Recognition(
            caller=Caller(principal=principal),
            session=session,
            token=token,
            good_until=good_until(session, realm),
            must_change=held.must_change,
        )

    # --- tokens -------------------------------------------------------------------------------

    async def _prove_access_token(self, credential: AccessToken, now: datetime) -> Recognition:
        claims = self._keys.access.verify(credential.secret, TokenUse.ACCESS, now)
        held = await self._sessions.find_by_id(claims.session_id)
        if held is None or held.account.number != claims.user_number:
            account = await self._accounts.find_by_number(claims.user_number)
            if account is None:
                raise AccountMissing("User not found")
            if account.state is not AccountState.ACTIVE:
                raise AccountInactive("User is inactive")
            raise RevokedCredential("Token is blacklisted")
        realm = self._realms[held.session.realm]
        held = await self._live(held, realm, now, "Token is expired")
        return _no_later(await self._recognize(held, realm, now, None), claims.expires_at)

    async def _prove_personal_token(self, credential: PersonalToken, now: datetime) -> Recognition:
        found = await self._tokens.find(credential.secret.digest())
        if found is None:
            raise InvalidCredential
        token, account = found
        if token.expires_at is not None and now >= token.expires_at:
            raise ExpiredCredential("The personal access token has expired.")
        if account.state is not AccountState.ACTIVE:
            raise InvalidCredential
        if token.last_used_at is None or now - token.last_used_at >= TOUCH_LIFE:
            await self._tokens.touch(token.id, now)
            good_until = None
        else:
            good_until = token.last_used_at + TOUCH_LIFE
        principal = Principal(
            account=account,
            organization_id=None,
            scopes=token.scopes,
            realm="native",
            session_id=None,
            token_id=token.id,
            authenticated_at=now,
        )
        recognition = Recognition(caller=Caller(principal=principal), good_until=good_until)
        return recognition if token.expires_at is None else _no_later(recognition, token.expires_at)

    # --- Basic --------------------------------------------------------------------------------

    async def _prove_password(
        self, credential: Password, visit: Visit, now: datetime
    ) -> Recognition:
        """A hash for every new pair of name and password; those just proved are remembered for
        seconds under a keyed digest, and forgotten at once when the password changes, or when the
        clock is set back to before."""
        key = self._memory_key(credential, visit)
        remembered = self._remembered.get(key)
        if remembered is not None and timedelta(0) <= now - remembered[1] < _REMEMBER:
            known = remembered[0]
            account = await self._accounts.find(known.account.id)
            record = await self._accounts.password_of(known.account.id)
            if (
                account is not None
                and account.state is AccountState.ACTIVE
                and record == known.record
            ):
                return _proved(account, now)
        self._remembered.pop(key, None)
        proved = await self._passwords.check(
            identifier=read_identifier(credential.identifier),
            password=credential.secret,
            visit=visit,
            realm=_BASIC,
            now=now,
        )
        account = proved.account
        await self._sessions.record(
            account.id,
            Event(
                what=What.SIGNED_IN,
                at=now,
                account_id=account.id,
                realm=_BASIC,
                address=visit.address,
                detail={"carrier": Carrier.BASIC.value},
            ),
            device=device_of(visit),
            notice=new_device_notice(account.id, visit, now),
        )
        self._remembered[key] = (proved, now)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return _proved(account, now)

    def _memory_key(self, credential: Password, visit: Visit) -> bytes:
        """Another device or address proves the password for itself, and leaves its own trace."""
        parts = (
            credential.identifier,
            visit.address,
            visit.user_agent,
            credential.secret.reveal(),
        )
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return blake2b(text.encode("utf-8", "replace"), key=self._keys.remember).digest()


def _no_later(recognition: Recognition, instant: datetime) -> Recognition:
    """The same, good until `instant` at the latest."""
    if recognition.good_until is None or recognition.good_until <= instant:
        return recognition
    return msgspec.structs.replace(recognition, good_until=instant)


def _used_at(instant: datetime, session: Session) -> Session:
    return msgspec.structs.replace(session, last_seen_at=max(instant, session.last_seen_at))


def _proved(account: Account, now: datetime) -> Recognition:
    principal = Principal(
        account=account,
        organization_id=None,
        scopes=ALL_SCOPES,
        realm=_BASIC,
        session_id=None,
        token_id=None,
        authenticated_at=now,
    )
    return Recognition(caller=Caller(principal=principal))
