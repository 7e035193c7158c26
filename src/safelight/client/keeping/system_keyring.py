"""The system's own safe: Secret Service, Keychain, Credential Locker."""

from __future__ import annotations

from pathlib import Path

import keyring
from keyring.backends import fail, null
from keyring.errors import KeyringError, PasswordDeleteError

from safelight.client.errors import KeepingFailed
from safelight.client.keeping import AccountKey, Kept
from safelight.client.keeping.folder import Folder
from safelight.client.keeping.records import read_kept, write_kept

_SERVICE = "safelight"


def is_usable() -> bool:
    """Whether this machine has a safe at all; it may be locked all the same."""
    return not isinstance(keyring.get_keyring(), fail.Keyring | null.Keyring)


class KeyringKeeper:
    """One entry an account, named for service, address and account: never for whoever is "active".
    `folder` holds the locks alone."""

    name = "system keyring"

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)

    def read(self, key: AccountKey) -> Kept | None:
        try:
            found = keyring.get_password(_SERVICE, key.name)
        except KeyringError as error:
            raise _failed(error) from None
        if found is None:
            return None
        return read_kept(found.encode(), "The entry in the system keyring")

    def write(self, key: AccountKey, kept: Kept) -> None:
        try:
            keyring.set_password(_SERVICE, key.name, write_kept(kept).decode())
        except KeyringError as error:
            raise _failed(error) from None

    def remove(self, key: AccountKey) -> None:
        try:
            keyring.delete_password(_SERVICE, key.name)
        except PasswordDeleteError:
            return  # there was none
        except KeyringError as error:
            raise _failed(error) from None

    def lock_path(self, key: AccountKey) -> Path | None:
        self._folder.prepare()
        return self._folder.path / f"{key.name}.lock"


def _failed(error: KeyringError) -> KeepingFailed:
    """Keyring's own words may hold what it was asked for, so they are not repeated."""
    return KeepingFailed(
        f"The system keyring does not open ({type(error).__name__}). Unlock it and try again, or "
        "choose another place for sign-ins: an encrypted file, or a plain one."
    )
