"""A data folder opened for one command, beside whatever server runs on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from safelight.bootstrap import DATABASE, KEYS, Stores, open_stores
from safelight.clock import SystemClock, system_entropy
from safelight.config import Settings, read_settings
from safelight.data_folder import prepare_data
from safelight.errors import ConfigurationError
from safelight.stores.keys import KEY_FILE

Result = TypeVar("Result")
Work = Callable[[Stores, Settings], Awaitable[Result]]


def with_stores(data: Path, config: Path | None, work: Work[Result]) -> Result:
    """Run `work` over the stores of `data` and close them. Raises ConfigurationError, also when
    there is no such folder: a typing error is not to make one."""
    if not data.is_dir():
        raise ConfigurationError(f"There is no data folder {data}.")
    return with_new_stores(data, config, work)


def with_new_stores(data: Path, config: Path | None, work: Work[Result]) -> Result:
    """Likewise, and make the folder where there is none. Raises ConfigurationError for one whose
    keys are gone: a server that runs on it would take new ones for them."""
    if (data / DATABASE).exists() and not (data / KEYS / KEY_FILE).exists():
        raise ConfigurationError(
            f"The server's keys in {data / KEYS} are gone: put back a copy. Without one, the next "
            "start of the server makes new ones."
        )
    return with_started_stores(data, config, work)


def with_started_stores(data: Path, config: Path | None, work: Work[Result]) -> Result:
    """As the start of a server does: what is missing is made."""
    settings = read_settings(data, config)
    clock = SystemClock()
    prepare_data(data, clock)

    async def run() -> Result:
        stores = open_stores(data, settings, clock, system_entropy)
        try:
            return await work(stores, settings)
        finally:
            stores.close()

    try:
        return asyncio.run(run())
    finally:
        _give_to_owner(data)


def _give_to_owner(data: Path) -> None:
    """Root may look after another user's server: what its command made there is that user's, or
    the server could not open it."""
    owner = data.stat()
    if os.geteuid() != 0 or owner.st_uid == 0:
        return
    for folder in (data, data / KEYS, data / "incoming"):
        for path in (folder, *folder.iterdir()):
            if path.lstat().st_uid == 0:
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
