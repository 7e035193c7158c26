"""The server's secrets at work: each purpose has a key of its own, derived from the stored one.

The newest key makes; every kept key checks, so that a rotation ends nothing by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safelight.authentication.access_token import AccessTokens
from safelight.authentication.csrf import CsrfTokens
from safelight.authentication.link import LinkClaims, Links
from safelight.authentication.ports import KeyStore, StoredKey
from safelight.authentication.seal import Sealer, Unsealed
from safelight.secret import Secret


def derive(key: StoredKey, purpose: str) -> bytes:
    """32 bytes for one purpose (HKDF with SHA-256, RFC 5869)."""
    return HKDF(SHA256(), 32, salt=None, info=f"safelight {purpose}".encode()).derive(key.secret)


class KeyRing:
    """What the keys of a `KeyStore` are used for. Notices a rotation at the next use."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._version: object = None
        self._load()

    def _load(self) -> None:
        self._version = self._store.version()
        keys = self._store.keys()
        self._sealers = tuple(Sealer(derive(key, "seal")) for key in keys)
        self._csrf = tuple(CsrfTokens(derive(key, "csrf")) for key in keys)
        self._access = AccessTokens(tuple(derive(key, "librephotos") for key in keys))
        self._links = tuple(Links(derive(key, "link")) for key in keys)
        self._remember = derive(keys[0], "remember")

    def _refresh(self) -> None:
        if self._store.version() != self._version:
            self._load()

    @property
    def access(self) -> AccessTokens:
        self._refresh()
        return self._access

    @property
    def remember(self) -> bytes:
        """The key of digests that are kept in memory only."""
        self._refresh()
        return self._remember

    def sign_link(self, claims: LinkClaims) -> str:
        self._refresh()
        return self._links[0].sign(claims)

    def read_link(self, signed: str, now: datetime) -> LinkClaims | None:
        """None for a link that is over or not ours."""
        self._refresh()
        return next((read for links in self._links if (read := links.read(signed, now))), None)

    def seal(self, token: Secret, now: datetime) -> Secret:
        self._refresh()
        return self._sealers[0].seal(token, now)

    def unseal(self, sealed: Secret) -> Unsealed | None:
        self._refresh()
        for sealer in self._sealers:
            if (unsealed := sealer.open(sealed)) is not None:
                return unsealed
        return None

    def make_csrf(self, session_token: Secret, now: datetime) -> Secret:
        self._refresh()
        return self._csrf[0].make(session_token, now)

    def csrf_age(self, token: Secret, session_token: Secret, now: datetime) -> timedelta | None:
        self._refresh()
        for tokens in self._csrf:
            if (age := tokens.age(token, session_token, now)) is not None:
                return age
        return None
