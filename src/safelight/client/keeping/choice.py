"""Which place is taken: the system's keyring, else an encrypted file; plain text only by name."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from pathlib import Path

from safelight.client.choices import require_choice
from safelight.client.errors import KeepingFailed
from safelight.client.keeping import Keeper
from safelight.client.keeping.encrypted_file import EncryptedFileKeeper
from safelight.client.keeping.memory import MemoryKeeper
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.client.keeping.system_keyring import KeyringKeeper, is_usable
from safelight.secret import Secret


class Place(Enum):
    KEYRING = "keyring"
    VAULT = "vault"
    PLAINTEXT = "plaintext"
    MEMORY = "memory"


def place_named(text: str) -> Place:
    """Raises ConfigurationError for a place that there is not."""
    require_choice("store", text, [each.value for each in Place])
    return Place(text)


def open_keeper(
    folder: Path, place: Place | None = None, passphrase: Callable[[], Secret] | None = None
) -> Keeper:
    """The keeper for `place`, over `folder` where it has files.

    Without a place: the system's keyring where there is one, else an encrypted file if there is a
    passphrase for it. Raises KeepingFailed when neither can be; it never falls back to plain text.
    """
    match place:
        case Place.MEMORY:
            return MemoryKeeper()
        case Place.PLAINTEXT:
            return PlainFileKeeper(folder)
        case Place.KEYRING:
            return KeyringKeeper(folder)
        case Place.VAULT if passphrase is not None:
            return EncryptedFileKeeper(folder, passphrase)
        case Place.VAULT:
            raise KeepingFailed(
                "The encrypted file needs its passphrase: Client.from_profile(passphrase=…)"
            )
        case None if is_usable():
            return KeyringKeeper(folder)
        case None if passphrase is not None:
            return EncryptedFileKeeper(folder, passphrase)
        case _:
            raise KeepingFailed(
                "There is no system keyring here. Give a passphrase for an encrypted file, or ask "
                "for a plain one: Place.PLAINTEXT."
            )
