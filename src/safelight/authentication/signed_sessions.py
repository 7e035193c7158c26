"""Sessions that a pair of signed tokens stands for: LibrePhotos' access and refresh token.

The session is found by its id in the tokens; its stored digest is that of the refresh token's
`jti`, so that a rotated refresh token can be told from the current one.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from safelight.authentication.access_token import Claims, TokenUse
from safelight.authentication.audit import Event, Notice, What, session_event
from safelight.authentication.keys import KeyRing
from safelight.authentication.ports import AccountStore, SessionStore
from safelight.authentication.session import Session, is_live
from safelight.clock import Entropy
from safelight.errors import AccountInactive, RevokedCredential
from safelight.exchange import Grant, Visit
from safelight.identity.account import Account, AccountState
from safelight.identity.ids import SessionId
from safelight.identity.organization import Membership
from safelight.identity.realm import Realm
from safelight.secret import Secret

_BLACKLISTED = "Token is blacklisted"
_NO_ACCOUNT = "No active account found for the given token."


class SignedSessions:
    """Issues, renews and revokes them."""

    def __init__(
        self,
        *,
        accounts: AccountStore,
        sessions: SessionStore,
        keys: KeyRing,
        entropy: Entropy,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._keys = keys
        self._entropy = entropy

    def issue(
        self,
        account: Account,
        session: Session,
        realm: Realm,
        memberships: tuple[Membership, ...],
        now: datetime,
    ) -> tuple[Grant, bytes]:
        """The grant of a new session, and the digest that the store keeps of it."""
        jti = self._new_jti()
        grant = Grant(
            account=account,
            session_id=session.id,
            carrier=session.carrier,
            created_at=now,
            expires_at=now + realm.access,
            access_token=self._sign_access(account, session.id, realm, now),
            refresh_token=self._sign_refresh(account, session.id, realm, now, jti),
            memberships=memberships,
            organization_id=session.organization_id,
        )
        return grant, _digest(jti)

    async def renew(self, token: Secret, realm: Realm, visit: Visit, now: datetime) -> Grant:
        """A new access token. Raises what `AccessTokens.verify` does, RevokedCredential for an
        ended session, AccountInactive for an account that is suspended or gone (LP-20, LP-21)."""
        claims = self._keys.access.verify(token, TokenUse.REFRESH, now)
        held = await self._sessions.find_by_id(claims.session_id)
        if held is None:
            account = await self._accounts.find_by_number(claims.user_number)
            if account is None or account.state is not AccountState.ACTIVE:
                raise AccountInactive(_NO_ACCOUNT)
            raise RevokedCredential(_BLACKLISTED)
        if held.account.state is not AccountState.ACTIVE:
            raise AccountInactive(_NO_ACCOUNT)
        if not is_live(held.session, held.account, realm, now):
            raise RevokedCredential(_BLACKLISTED)
        await self._sessions.touch(held.session.id, now)
        refresh = None
        if realm.rotate:
            refresh = await self._rotate(claims, held.account, realm, visit, now)
        renewed = session_event(What.TOKEN_RENEWED, held.session, visit.address, now)
        await self._sessions.record(held.account.id, renewed)
        return Grant(
            account=held.account,
            session_id=held.session.id,
            carrier=held.session.carrier,
            created_at=held.session.created_at,
            expires_at=now + realm.access,
            access_token=self._sign_access(held.account, held.session.id, realm, now),
            refresh_token=refresh,
            organization_id=held.session.organization_id,
        )

    async def revoke(self, token: Secret, visit: Visit, now: datetime) -> None:
        """End the session of a refresh token, whose possession suffices (LP-22, LP-23)."""
        claims = self._keys.access.verify(token, TokenUse.REFRESH, now)
        held = await self._sessions.find_by_id(claims.session_id)
        if held is None:
            raise RevokedCredential(_BLACKLISTED)
        event = session_event(What.SIGNED_OUT, held.session, visit.address, now)
        await self._sessions.remove(held.session.id, event)

    async def _rotate(
        self, claims: Claims, account: Account, realm: Realm, visit: Visit, now: datetime
    ) -> Secret:
        """The successor of a refresh token: a new one, or the same one again within the grace.

        A later use means that somebody else holds a copy: the family ends (RFC 9700 §4.14.2). So
        does one from further ahead than the grace, of a clock that was set back.
        """
        used, jti = _digest(claims.jti), self._new_jti()
        successor = await self._sessions.rotate(
            claims.session_id, used=used, successor=_digest(jti), successor_jti=jti, at=now
        )
        rotated = await self._sessions.rotated_at(used)
        if successor is None or rotated is None:
            raise RevokedCredential(_BLACKLISTED)
        _, rotated_at = rotated
        if abs(now - rotated_at) >= realm.grace:
            await self._end_family(claims.session_id, account, realm, visit, now)
            raise RevokedCredential(_BLACKLISTED)
        return self._sign_refresh(account, claims.session_id, realm, rotated_at, successor)

    async def _end_family(
        self, session_id: SessionId, account: Account, realm: Realm, visit: Visit, now: datetime
    ) -> None:
        event = Event(
            what=What.TOKEN_REPLAYED,
            at=now,
            account_id=account.id,
            realm=realm.name,
            address=visit.address,
            detail={"session": session_id},
        )
        text = "A refresh token was used a second time, so its session was ended."
        notice = Notice(account_id=account.id, kind="token_replayed", text=text, at=now)
        await self._sessions.remove(session_id, event, notice=notice)

    def _sign_access(
        self, account: Account, session_id: SessionId, realm: Realm, now: datetime
    ) -> Secret:
        return self._keys.access.sign(
            account,
            use=TokenUse.ACCESS,
            session_id=session_id,
            jti=self._new_jti(),
            now=now,
            expires_at=now + realm.access,
        )

    def _sign_refresh(
        self, account: Account, session_id: SessionId, realm: Realm, now: datetime, jti: str
    ) -> Secret:
        return self._keys.access.sign(
            account,
            use=TokenUse.REFRESH,
            session_id=session_id,
            jti=jti,
            now=now,
            expires_at=now + realm.refresh,
        )

    def _new_jti(self) -> str:
        return self._entropy(16).hex()


def _digest(jti: str) -> bytes:
    return hashlib.sha256(jti.encode()).digest()
