"""LibrePhotos' signed tokens (RFC 7519): an access token for minutes, a refresh token for days.

HS256, `typ` JWT, no `iss` and no `aud`, as its clients expect (LP-27), plus a claim `sid`: the
session that both belong to, which is looked up at each use. Signature checks are remembered: one
costs more than the rest of a request.
"""

from __future__ import annotations

import base64
import hashlib
from collections import OrderedDict
from datetime import UTC, datetime
from enum import Enum
from typing import Literal

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from safelight.errors import ExpiredCredential, InvalidCredential, WrongTokenType
from safelight.identity.account import Account
from safelight.identity.ids import SessionId
from safelight.secret import Secret

_REMEMBERED = 10_000
_LONGEST = 8192


class TokenUse(Enum):
    ACCESS = "access"
    REFRESH = "refresh"


class Claims(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """`user_number` is the account's number; `jti` is 32 hexadecimal digits."""

    use: TokenUse
    jti: str
    session_id: SessionId
    user_number: int
    issued_at: datetime
    expires_at: datetime


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    """All that a header of ours says. A token that brings its own key, or marks a header as
    critical, is not ours (RFC 7515 §4.1, RFC 8725 §3.1), and its oddities never reach a parser
    that may stumble over them."""

    alg: Literal["HS256"]
    typ: Literal["JWT"]


class _Wire(msgspec.Struct):
    """What must be in a payload, and in what types; the rest is for clients (LP-29)."""

    token_type: str
    exp: int
    iat: int
    jti: str
    user_id: str | int
    sid: str


class AccessTokens:
    """Signs with the first key, verifies with any of them."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = tuple(OctKey.import_key(key) for key in keys)
        self._verified: OrderedDict[bytes, Claims] = OrderedDict()

    def sign(
        self,
        account: Account,
        *,
        use: TokenUse,
        session_id: SessionId,
        jti: str,
        now: datetime,
        expires_at: datetime,
    ) -> Secret:
        """A compact JWS. Every claim is a scalar or null (LP-31)."""
        payload = {
            "token_type": use.value,
            "exp": int(expires_at.timestamp()),
            "iat": int(now.timestamp()),
            "jti": jti,
            "user_id": str(account.number),
            "name": account.username,
            "is_admin": account.admin,
            "first_name": account.first_name,
            "last_name": account.last_name,
            "scan_directory": "",
            "confidence": 0.1,
            "semantic_search_topk": 0,
            "nextcloud_server_address": None,
            "nextcloud_username": None,
            "sid": session_id,
        }
        header = {"alg": "HS256", "typ": "JWT"}
        return Secret(jws.serialize_compact(header, msgspec.json.encode(payload), self._keys[0]))

    def verify(self, token: Secret, use: TokenUse, now: datetime) -> Claims:
        """Raises InvalidCredential, WrongTokenType or ExpiredCredential (LP-18, LP-33, LP-34)."""
        text = token.reveal()
        if len(text) > _LONGEST:
            raise InvalidCredential("Token is invalid")
        key = hashlib.sha256(text.encode("utf-8", "replace")).digest()
        claims = self._verified.get(key)
        if claims is None:
            claims = self._read(text)
            self._verified[key] = claims
            if len(self._verified) > _REMEMBERED:
                self._verified.popitem(last=False)
        if now >= claims.expires_at:
            raise ExpiredCredential("Token is expired")
        if now < claims.issued_at:
            raise InvalidCredential("Token is invalid")
        if claims.use is not use:
            raise WrongTokenType("Token has wrong type")
        return claims

    def _read(self, text: str) -> Claims:
        if not _has_our_header(text):
            raise InvalidCredential("Token is invalid")
        for key in self._keys:
            try:
                signed = jws.deserialize_compact(text.encode("ascii"), key, algorithms=["HS256"])
            except (JoseError, ValueError):
                continue
            try:
                wire = msgspec.json.decode(signed.payload, type=_Wire)
                return Claims(
                    use=TokenUse(wire.token_type),
                    jti=wire.jti,
                    session_id=SessionId(wire.sid),
                    user_number=int(wire.user_id),
                    issued_at=datetime.fromtimestamp(wire.iat, UTC),
                    expires_at=datetime.fromtimestamp(wire.exp, UTC),
                )
            except (msgspec.DecodeError, ValueError, OverflowError, OSError):
                break
        raise InvalidCredential("Token is invalid")


def _has_our_header(text: str) -> bool:
    header = text.partition(".")[0]
    try:
        raw = base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))
        msgspec.json.decode(raw, type=_Header)
    except ValueError:
        return False
    return True
