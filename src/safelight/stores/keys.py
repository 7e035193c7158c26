"""The server's secrets, in a file of their own that only this server's user may read."""

from __future__ import annotations

import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from safelight.authentication.ports import StoredKey
from safelight.clock import Clock, Entropy
from safelight.errors import ConfigurationError, StorageFull, Unavailable
from safelight.stores.blobs.disk import make_folder, sync, written_whole
from safelight.stores.locking import locked

KEY_FILE = "keys.json"
_SECRET_BYTES = 32


class _KeyFile(msgspec.Struct, frozen=True):
    """What the file holds, as JSON: secrets in Base64, the newest key first."""

    keys: tuple[StoredKey, ...]


class FileKeys:
    """`authentication.ports.KeyStore` in `keys.json`, written whole or not at all."""

    def __init__(
        self,
        folder: Path,
        entropy: Entropy,
        clock: Clock,
        changes: Callable[[], int] | None = None,
    ) -> None:
        """Makes the folder and a first key where there is none; of several workers that start at
        once, one does. `changes` counts what a rotation adds to (odd while something is under
        way): the file is looked at after a change only, otherwise each time. Raises
        ConfigurationError for a file that cannot be used."""
        self._changes = changes
        self._looked_at = -1
        self._version: object = None
        self._path = folder / KEY_FILE
        self._entropy = entropy
        try:
            make_folder(folder)
            with locked(folder):
                if not self._path.exists():
                    self._write((self._new_key(clock.now()),))
            mode = self._path.stat().st_mode
        except OSError as error:
            raise ConfigurationError(f"The keys in {folder}: {error.strerror}.") from None
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigurationError(f"Others can reach the server's keys: chmod 600 {self._path}")
        self._read()

    def version(self) -> object:
        """See the port. Raises Unavailable when the file is gone: a new one would end sessions
        that a copy put back will save."""
        count = self._changes() if self._changes is not None else -1
        if count == self._looked_at and not count & 1:
            return self._version
        try:
            status = self._path.stat()
        except OSError:
            raise Unavailable("The server's keys cannot be read.") from None
        self._version, self._looked_at = (status.st_mtime_ns, status.st_ino), count
        return self._version

    def keys(self) -> tuple[StoredKey, ...]:
        """See the port. Read from the file each time. Raises as `version` does."""
        return self._read()

    def check(self) -> None:
        """Raises as `keys` does when the file could not be read again after a change."""
        self._read()

    def rotate(self, now: datetime, *, drop_old: bool) -> None:
        """Sign with a new key from now on. With `drop_old`, nothing that an older one has signed
        or sealed is good any more. Raises StorageFull when the file cannot be written."""
        with locked(self._path.parent):
            kept = () if drop_old else self._read()
            try:
                self._write((self._new_key(now), *kept))
            except OSError:
                raise StorageFull("The server's keys could not be written.") from None

    def _new_key(self, now: datetime) -> StoredKey:
        secret = self._entropy(_SECRET_BYTES)
        return StoredKey(id=self._entropy(8).hex(), secret=secret, created_at=now)

    def _read(self) -> tuple[StoredKey, ...]:
        try:
            keys = msgspec.json.decode(self._path.read_bytes(), type=_KeyFile).keys
        except OSError:
            raise Unavailable("The server's keys cannot be read.") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._unusable() from None
        if not keys or any(len(key.secret) != _SECRET_BYTES for key in keys):
            raise self._unusable()
        return keys

    def _write(self, keys: tuple[StoredKey, ...]) -> None:
        with written_whole(self._path) as unfinished:
            unfinished.write_bytes(msgspec.json.encode(_KeyFile(keys)))
            sync(unfinished)
        sync(self._path.parent)

    def _unusable(self) -> ConfigurationError:
        return ConfigurationError(
            f"The file {self._path} is damaged. Put back a copy of it, or remove it: the server "
            "then makes new keys, and what the old ones sealed or signed is over."
        )
