"""An encrypted file, for machines without a keyring.

The key is made from a passphrase by scrypt; the cipher is AES-256-GCM with a fresh nonce for every
writing. The account's key is authenticated along with the content, so that the file of one account
cannot be put in the place of another's.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from safelight.client.errors import KeepingFailed
from safelight.client.keeping import AccountKey, Kept
from safelight.client.keeping.folder import Folder
from safelight.client.keeping.records import read_kept, write_kept
from safelight.secret import Secret

_MAGIC = b"safelight-1\n"
_SALT = 16
_NONCE = 12

_COST, _BLOCK = 2**16, 8
"""64 MiB and about 0.2 s, once a run; OWASP's floor for scrypt is twice that memory or more time,
and a passphrase here guards a file that is 0600 already."""


class EncryptedFileKeeper:
    """One file an account. `passphrase` is asked for once, when it is first needed."""

    name = "encrypted file"

    def __init__(self, folder: Path, passphrase: Callable[[], Secret]) -> None:
        self._folder = Folder(folder)
        self._passphrase = passphrase
        self._known: Secret | None = None
        self._keys: dict[bytes, bytes] = {}

    def read(self, key: AccountKey) -> Kept | None:
        content = self._folder.read(f"{key.name}.vault")
        return None if content is None else read_kept(self._open(content, key), self._place(key))

    def write(self, key: AccountKey, kept: Kept) -> None:
        self._folder.write(f"{key.name}.vault", self._seal(write_kept(kept), key))

    def hold_room(self, key: AccountKey, kept: Kept) -> None:
        self._folder.hold_room(f"{key.name}.vault", len(write_kept(kept)))

    def remove(self, key: AccountKey) -> None:
        self._folder.remove(f"{key.name}.vault")

    def lock_path(self, key: AccountKey) -> Path | None:
        self._folder.prepare()
        return self._folder.path / f"{key.name}.lock"

    def _place(self, key: AccountKey) -> str:
        return str(self._folder.path / f"{key.name}.vault")

    def _seal(self, content: bytes, key: AccountKey) -> bytes:
        """One salt a run is enough: the nonce is new each time."""
        salt = next(iter(self._keys), None) or secrets.token_bytes(_SALT)
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self._key(salt)).encrypt(nonce, content, self._bound(key))
        return _MAGIC + salt + nonce + sealed

    def _open(self, content: bytes, key: AccountKey) -> bytes:
        start = len(_MAGIC)
        if not content.startswith(_MAGIC) or len(content) < start + _SALT + _NONCE:
            raise KeepingFailed(
                f"{self._place(key)} is damaged or of a newer Safelight. Remove it and sign in "
                "again; nothing at the service is lost."
            )
        salt, nonce = content[start : start + _SALT], content[start + _SALT :][:_NONCE]
        try:
            return AESGCM(self._key(salt)).decrypt(
                nonce, content[start + _SALT + _NONCE :], self._bound(key)
            )
        except InvalidTag:
            self._forget(salt)
            raise KeepingFailed(
                f"{self._place(key)} does not open: the passphrase is another one, or the file is "
                "damaged."
            ) from None

    def _key(self, salt: bytes) -> bytes:
        if salt not in self._keys:
            self._known = self._known or self._passphrase()
            self._keys[salt] = hashlib.scrypt(
                self._known.reveal().encode(),
                salt=salt,
                n=_COST,
                r=_BLOCK,
                p=1,
                maxmem=2 * 128 * _COST * _BLOCK,
                dklen=32,
            )
        return self._keys[salt]

    def _forget(self, salt: bytes) -> None:
        """A wrong passphrase is asked for anew."""
        self._known = None
        self._keys.pop(salt, None)

    def _bound(self, key: AccountKey) -> bytes:
        return _MAGIC + key.name.encode()
