"""Brings a database file up to date with this program, by the steps in `migrations/versions`."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DatabaseError, OperationalError

from safelight.errors import ConfigurationError, StorageFull
from safelight.stores.blobs.disk import make_folder, sync
from safelight.stores.locking import locked
from safelight.stores.sql.database import make_engine

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(path: Path, *, now: datetime, migrations: Path = MIGRATIONS) -> Path | None:
    """Make `path`, or bring it up to date. The path of the copy that was kept, if it had to change.

    The file is for its owner only, and so is a folder that has to be made for it. Workers that
    start at once wait for the first; while a server of another version writes, this waits, too.
    Raises ConfigurationError for a file that is no database of Safelight's or is one of a newer
    version, and StorageFull.
    """
    make_folder(path.parent)
    with locked(path.parent):
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with _transaction(path) as connection:
            return _bring_up(connection, path, now, migrations)


@contextmanager
def _transaction(path: Path) -> Iterator[Connection]:
    """The one transaction in which everything changes or nothing does."""
    engine = make_engine(path)
    try:
        # SQLAlchemy's `begin` sends nothing here; its end commits or rolls back what we began.
        with engine.connect() as connection, connection.begin():
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
    except OperationalError as error:
        if "full" in str(error.orig):
            raise StorageFull from None
        raise ConfigurationError(f"The database {path} cannot be used: {error.orig}.") from None
    except DatabaseError:
        raise ConfigurationError(f"The file {path} is not a database.") from None
    finally:
        engine.dispose()


def _bring_up(connection: Connection, path: Path, now: datetime, migrations: Path) -> Path | None:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    current = MigrationContext.configure(connection).get_current_revision()
    if current == head:
        return None
    copy = None
    if current is None:
        _require_empty(connection, path)
    else:
        _require_older(scripts, current, path)
        copy = path.with_name(f"{path.stem}-before-{head}-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.db")
        _keep_copy(path, copy)
    command.upgrade(config, "head")
    return copy


def _require_empty(connection: Connection, path: Path) -> None:
    if inspect(connection).get_table_names():
        raise ConfigurationError(f"The database {path} belongs to another program.")


def _require_older(scripts: ScriptDirectory, current: str, path: Path) -> None:
    try:
        known = scripts.get_revision(current)
    except CommandError:
        known = None
    if known is None:
        raise ConfigurationError(
            f"The database {path} is of a newer Safelight (its schema is {current}): "
            "install that version, or put back an older copy of the database."
        )


def _keep_copy(path: Path, copy: Path) -> None:
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    sync(copy)
    sync(copy.parent)
