"""The system's own safe: Secret Service, Keychain, Credential Locker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import keyring
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import PasswordDeleteError

from safelight.client.errors import KeepingFailed
from safelight.client.keeping import AccountKey, Kept
from safelight.client.keeping.folder import Folder
from safelight.client.keeping.records import read_kept, write_kept

_SERVICE = "safelight"
_ELSEWHERE = (
    "or choose another place for sign-ins at safelight login: --store vault (an encrypted file) or "
    "--store plaintext (a plain one)."
)


def is_usable() -> bool:
    """Whether this machine has a safe at all; it may be locked all the same. Raises KeepingFailed
    where one is asked for that there is not."""
    return not isinstance(_backend(), fail.Keyring | null.Keyring)


class KeyringKeeper:
    """One entry an account, named for service, address and account: never for whoever is "active".
    `folder` holds the locks alone."""

    name = "system keyring"

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)

    def read(self, key: AccountKey) -> Kept | None:
        backend = _backend()
        with _told():
            found = backend.get_password(_SERVICE, key.name)
        if found is None:
            return None
        return read_kept(found.encode(), "The entry in the system keyring")

    def write(self, key: AccountKey, kept: Kept) -> None:
        backend, content = _backend(), write_kept(kept).decode()
        with _told():
            backend.set_password(_SERVICE, key.name, content)

    def hold_room(self, key: AccountKey, kept: Kept) -> None:
        """A safe has no way to hold room back, but one that takes this may take its successor."""
        self.write(key, kept)

    def remove(self, key: AccountKey) -> None:
        backend = _backend()
        with _told(), suppress(PasswordDeleteError):  # there was none
            backend.delete_password(_SERVICE, key.name)

    def lock_path(self, key: AccountKey) -> Path | None:
        self._folder.prepare()
        return self._folder.path / f"{key.name}.lock"


def _backend() -> KeyringBackend:
    """The safe itself, loaded at the first need."""
    try:
        return keyring.get_keyring()
    except Exception as error:  # noqa: BLE001  # it is anybody's code, and is named by anybody
        named = os.environ.get("PYTHON_KEYRING_BACKEND")
        where = "PYTHON_KEYRING_BACKEND" if named else "The settings of Python's keyring"
        raise KeepingFailed(
            f"{where} asks for a keyring that cannot be loaded ({type(error).__name__}). Correct "
            f"or remove that setting and try again, {_ELSEWHERE}"
        ) from None


@contextmanager
def _told() -> Iterator[None]:
    """A safe's failure in our words. Its own may hold what it was asked for, so they are not
    repeated; and since it may be anybody's, it may raise anything."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        raise KeepingFailed(
            f"The system keyring does not open ({type(error).__name__}). Unlock it and try again, "
            f"{_ELSEWHERE}"
        ) from None
