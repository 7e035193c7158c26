"""`safelight admin check`: whether this installation is sound, one line a finding."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from safelight.bootstrap import DATABASE, KEYS, Stores
from safelight.cli.opened import with_stores
from safelight.cli.options import Config, Data, Json
from safelight.cli.output import print_json
from safelight.clock import SystemClock
from safelight.config import Settings, read_settings
from safelight.errors import SafelightError
from safelight.library.originals import original_key
from safelight.stores.keys import KEY_FILE

_LEAST_FREE = 1024**3
Finding = tuple[str, bool, str]


def check(*, data: Data, json: Json = False, config: Config = None) -> int:
    """Exit code 1 when something is wrong."""
    findings = [
        _judge("settings", lambda: _check_settings(data, config)),
        _judge("folder", lambda: _check_folder(data)),
        _judge("keys", lambda: _check_keys(data)),
        _judge("database", lambda: _check_database(data, config)),
        _judge("photos", lambda: _check_photos(data, config)),
        _judge("clock", lambda: _check_clock(data, config)),
        _judge("disk", lambda: _check_disk(data)),
    ]
    sound = all(ok for _, ok, _ in findings)
    if json:
        print_json(
            {
                "ok": sound,
                "checks": [{"name": name, "ok": ok, "detail": text} for name, ok, text in findings],
            }
        )
    else:
        for name, ok, text in findings:
            print(f"{'ok ' if ok else 'BAD'}  {name:<9} {text}")
    return 0 if sound else 1


class _Bad(Exception):
    """What a check found wrong, in words that say what to do."""


def _judge(name: str, look: Callable[[], str]) -> Finding:
    try:
        return name, True, look()
    except _Bad as found:
        return name, False, str(found)
    except SafelightError as error:
        return name, False, error.message


def _check_settings(data: Path, config: Path | None) -> str:
    settings = read_settings(data, config)
    if settings.server.allow_plain_http:
        raise _Bad("server.allow_plain_http is on: passwords cross the network in the clear.")
    return "every key is known, every limit is sound"


def _check_folder(data: Path) -> str:
    if not data.is_dir():
        raise _Bad(f"there is no folder {data}: the server makes it at its first start.")
    owner = os.geteuid() or data.stat().st_uid  # root looks after anybody's
    for path in (data, *data.glob("safelight.db*"), *(data / KEYS).glob("*")):
        found = path.stat()
        if found.st_uid != owner:
            raise _Bad(f"{path} belongs to another user.")
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise _Bad(f"others can use {path}: chmod {'700' if path.is_dir() else '600'} {path}")
    return "only this user can read it"


def _check_keys(data: Path) -> str:
    if not (data / DATABASE).exists():
        return "none yet"
    if not (data / KEYS / KEY_FILE).exists():
        raise _Bad(
            "they are gone: put back a copy. The next start makes new ones, and what the old ones "
            "sealed or signed is over."
        )
    return "the file is there"


def _check_database(data: Path, config: Path | None) -> str:
    if not (data / DATABASE).exists():
        raise _Bad("there is none: the server makes it at its first start.")

    async def work(stores: Stores, settings: Settings) -> str:
        found = stores.database.raw.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise _Bad(f"it is damaged ({found}): restore a backup.")
        broken = stores.database.raw.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise _Bad(f"the table {broken[0]} has rows that point nowhere: restore a backup.")
        accounts = len(await stores.accounts.list_accounts())
        return f"whole and up to date, {accounts} account{'' if accounts == 1 else 's'}"

    return with_stores(data, config, work)


def _check_photos(data: Path, config: Path | None) -> str:
    """Every original that a row needs must lie where the photos are."""
    if not (data / DATABASE).exists():
        return "none yet"

    async def work(stores: Stores, settings: Settings) -> str:
        await stores.blobs.check()
        held = {key async for key in stores.blobs.keys("photos/")}
        rows = stores.database.raw.execute("SELECT DISTINCT digest FROM photo")
        digests = [row[0] for row in rows]
        missing = [digest for digest in digests if original_key(digest) not in held]
        if missing:
            raise _Bad(f"{len(missing)} of {len(digests)} are missing: restore a backup.")
        return f"all {len(digests)} originals are there"

    return with_stores(data, config, work)


def _check_clock(data: Path, config: Path | None) -> str:
    """A clock that was set back makes sessions live longer than they should."""
    if not (data / DATABASE).exists():
        return "nothing to compare it with yet"

    async def work(stores: Stores, settings: Settings) -> str:
        newest = stores.database.raw.execute("SELECT max(at) FROM audit").fetchone()[0]
        now = int(SystemClock().now().timestamp() * 1_000_000)
        if newest is not None and newest > now + timedelta(minutes=1) // timedelta(microseconds=1):
            raise _Bad("it is behind what the audit table has seen: set it right.")
        return "not behind anything that was written down"

    return with_stores(data, config, work)


def _check_disk(data: Path) -> str:
    free = shutil.disk_usage(data if data.exists() else data.absolute().parent).free
    if free < _LEAST_FREE:
        raise _Bad(f"only {free / 1024**2:.0f} MiB are free.")
    return f"{free / 1024**3:.0f} GiB free"
