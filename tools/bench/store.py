"""Many sessions: written straight into a database, and looked up in it."""

from __future__ import annotations

import asyncio
import gc
import secrets
import sqlite3
import statistics
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from safelight.clock import SystemClock, system_entropy
from safelight.data_folder import prepare_data
from safelight.stores.sessions.sqlite import SqliteSessions
from safelight.stores.sql.database import Database

_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
_LOOKUPS = 20_000


def add_sessions(database: Path, count: int) -> float:
    """Add `count` live sessions of the account that is there; bytes of the file for each."""
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    with closing(sqlite3.connect(database)) as connection:
        account = connection.execute("SELECT id FROM account LIMIT 1").fetchone()[0]
        before = _size(connection)
        connection.executemany(
            "INSERT INTO session (digest, id, account_id, organization_id, application_id, realm,"
            " carrier, created_at, last_seen_at, user_agent, address, shown_again)"
            " VALUES (?, ?, ?, NULL, NULL, 'native', 'bearer', ?, ?, ?, '192.0.2.7', 0)",
            (
                (secrets.token_bytes(32), f"ses_{secrets.token_hex(11)}", account, now, now, _AGENT)
                for _ in range(count)
            ),
        )
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return (_size(connection) - before) / count


def _size(connection: sqlite3.Connection) -> int:
    pages: int = connection.execute("PRAGMA page_count").fetchone()[0]
    size: int = connection.execute("PRAGMA page_size").fetchone()[0]
    return pages * size


def measure_lookups(folder: Path, count: int) -> tuple[float, float]:
    """What a random lookup costs among `count` sessions, in microseconds (the median of five
    series), and how many bytes of the file each of them takes."""
    prepare_data(folder, SystemClock())
    path = folder / "safelight.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "INSERT INTO account (id, email, email_key, username, first_name, last_name, state,"
            " admin, created_at, sessions_valid_from) VALUES ('U0000AAAAAAAAAAA', 'a@bench.test',"
            " 'a@bench.test', 'ada', 'Ada', 'Lovelace', 'active', 0, 0, 0)"
        )
        connection.commit()
    size = add_sessions(path, count)
    with closing(sqlite3.connect(path)) as connection:
        found = connection.execute(
            "SELECT digest FROM session ORDER BY random() LIMIT ?", (_LOOKUPS,)
        )
        digests = [row[0] for row in found]
    return asyncio.run(_time_lookups(path, digests)), size


async def _time_lookups(path: Path, digests: list[bytes]) -> float:
    """Each digest once a series, and a commit before it: nothing is remembered, all is read."""
    database = Database(path)
    sessions = SqliteSessions(database, system_entropy)
    series = []
    for _ in range(6):  # the first one only warms the page cache
        await database.write(lambda connection: None)
        gc.collect()
        started = time.perf_counter()
        for digest in digests:
            if await sessions.find(digest) is None:
                raise RuntimeError("A session is missing.")
        series.append((time.perf_counter() - started) / len(digests) * 1e6)
    database.close()
    return statistics.median(series[1:])
