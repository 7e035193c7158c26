"""Signed links: a time-limited address that needs no cookie and dies with its session (PX-48)."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime
from hashlib import blake2b

import msgspec

from safelight.authentication.base64_text import read_base64
from safelight.identity.ids import SessionId

_MAC = 24


class LinkClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a link opens, for whom, and until when. A session's id in it is no secret."""

    photo_number: int
    session_id: SessionId
    expires_at: datetime


class Links:
    """Signs and reads them. `key` is 32 bytes or more of randomness."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def sign(self, claims: LinkClaims) -> str:
        """Characters `[A-Za-z0-9_=.-]`, fit for a path."""
        body = base64.urlsafe_b64encode(msgspec.json.encode(claims))
        return f"{body.decode()}.{base64.urlsafe_b64encode(self._mac(body)).decode()}"

    def read(self, text: str, now: datetime) -> LinkClaims | None:
        """None for what was not signed with this key, and on and after the instant it expires."""
        body, _, signature = text.rpartition(".")
        mac = read_base64(signature)
        signed = body.encode("utf-8", "replace")
        if mac is None or not hmac.compare_digest(mac, self._mac(signed)):
            return None
        claims = msgspec.json.decode(base64.urlsafe_b64decode(signed), type=LinkClaims)
        return claims if now < claims.expires_at else None

    def _mac(self, body: bytes) -> bytes:
        return blake2b(body, key=self._key, digest_size=_MAC, person=b"safelight-link").digest()
