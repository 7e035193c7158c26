"""Seals: a session's token together with the time of issue, under a key of the server. Pure.

PhotoShelter's cookie changes with every answer (PS-22), while older values stay good until their
own idle window ends (PS-24). So the cookie is not the token but a seal over it: a new one costs a
keyed hash and no write, and 200 parallel requests with one cookie all succeed.
"""

from __future__ import annotations

import base64
import hmac
from datetime import UTC, datetime
from hashlib import blake2b

import msgspec

from safelight.authentication.base64_text import read_base64
from safelight.secret import Secret

_TIME = 5
_MAC = 16


class Unsealed(msgspec.Struct, frozen=True):
    token: Secret
    issued_at: datetime


class Sealer:
    """Makes and opens seals. `key` is 32 bytes or more of randomness."""

    def __init__(self, key: bytes) -> None:
        self._state = blake2b(key=key[:64], digest_size=_MAC, person=b"safelight-seal")

    def seal(self, token: Secret, now: datetime) -> Secret:
        """The same token in the same second gives the same seal (PS-23)."""
        issued = int(now.timestamp()).to_bytes(_TIME, "big")
        text = token.reveal()
        tail = base64.urlsafe_b64encode(issued + self._mac(text, issued)).decode()
        return Secret(f"{text}.{tail}")

    def open(self, sealed: Secret) -> Unsealed | None:
        """None for anything that was not sealed with this key."""
        text, dot, tail = sealed.reveal().rpartition(".")
        if not dot:
            return None
        raw = read_base64(tail)
        if raw is None:
            return None
        issued, mac = raw[:_TIME], raw[_TIME:]
        if not hmac.compare_digest(mac, self._mac(text, issued)):
            return None
        when = datetime.fromtimestamp(int.from_bytes(issued, "big"), UTC)
        return Unsealed(Secret(text), when)

    def _mac(self, token: str, issued: bytes) -> bytes:
        state = self._state.copy()
        state.update(issued)
        state.update(token.encode("utf-8", "replace"))
        return state.digest()
