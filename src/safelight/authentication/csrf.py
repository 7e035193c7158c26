"""CSRF tokens: bound to a session and to a time, checked without a store. Pure.

A token is the time of issue and a keyed digest over it and the session's token. It can so be
checked before the session is looked up (PX-25), and its age tells when to hand out a new one.
"""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from safelight.authentication.base64_text import read_base64
from safelight.secret import Secret

_TIME = 5
_MAC = 24


class CsrfTokens:
    """Makes and checks them. `key` is 32 bytes or more of randomness."""

    def __init__(self, key: bytes) -> None:
        self._state = blake2b(key=key[:64], digest_size=_MAC, person=b"safelight-csrf")

    def make(self, session_token: Secret, now: datetime) -> Secret:
        """Characters `[A-Za-z0-9_=-]`; the `=` makes percent-encoding visible (PX-9)."""
        issued = int(now.timestamp()).to_bytes(_TIME, "big")
        raw = issued + self._mac(session_token, issued)
        return Secret(base64.urlsafe_b64encode(raw).decode())

    def age(self, token: Secret, session_token: Secret, now: datetime) -> timedelta | None:
        """How old a genuine token of this session is; None for any other."""
        raw = read_base64(token.reveal())
        if raw is None:
            return None
        issued, mac = raw[:_TIME], raw[_TIME:]
        if not hmac.compare_digest(mac, self._mac(session_token, issued)):
            return None
        return now - datetime.fromtimestamp(int.from_bytes(issued, "big"), UTC)

    def _mac(self, session_token: Secret, issued: bytes) -> bytes:
        state = self._state.copy()
        state.update(issued)
        state.update(session_token.reveal().encode("utf-8", "replace"))
        return state.digest()
