"""A database whose files are moved, removed, replaced or damaged while workers have it open."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection
from tests.stores.records import (
    NOW,
    SECOND,
    Worker,
    add_account,
    add_session,
    an_event,
    digest_of,
    open_worker,
)

from safelight.authentication.audit import What
from safelight.errors import Unavailable
from safelight.identity.account import Account


async def until(true: Callable[[], bool]) -> None:
    """Each worker looks once a second at what it has open."""
    for _ in range(600):
        if true():
            return
        await asyncio.sleep(0.05)
    pytest.fail("It did not come about.")


def _overwrite_all_pages_but_the_first(path: Path) -> None:
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))


async def end_all(worker: Worker, account: Account) -> None:
    event = an_event(What.SESSIONS_ENDED, at=NOW + SECOND)
    await worker.sessions.remove_all_of(account.id, event.at, event, keep=None)


async def reread(worker: Worker, account: Account) -> Account:
    found = await worker.accounts.find(account.id)
    assert found is not None
    return found


def is_refused(worker: Worker) -> bool:
    try:
        worker.database.all("SELECT 1", ())
    except Unavailable:
        return True
    return False


async def test_a_count_that_was_removed_is_begun_anew_and_nothing_ended_stays_remembered(
    here: Worker, path: Path
) -> None:
    account = await add_account(here)
    await add_session(here, account, "token")
    assert await here.sessions.find(digest_of("token")) is not None
    before = here.database.generation.count()

    path.with_name("safelight.db-generation").unlink()
    admin = open_worker(path)
    await end_all(admin, account)
    await until(lambda: here.database.generation.count() != before)

    assert await here.sessions.find(digest_of("token")) is None
    account = await reread(here, account)
    await add_session(here, account, "another")
    assert await here.sessions.find(digest_of("another")) is not None
    await end_all(admin, account)
    assert await here.sessions.find(digest_of("another")) is None
    admin.database.close()


async def test_workers_that_lose_the_count_together_still_hear_of_each_other(
    here: Worker, there: Worker, path: Path
) -> None:
    account = await add_account(here)
    await add_session(here, account, "token")
    path.with_name("safelight.db-generation").unlink()
    await here.database.check()
    await there.database.check()

    for worker, other in ((here, there), (there, here)):
        account = await reread(worker, account)
        await add_session(here, account, f"{id(worker)}")
        assert await other.sessions.find(digest_of(f"{id(worker)}")) is not None
        await end_all(worker, account)
        assert await other.sessions.find(digest_of(f"{id(worker)}")) is None


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
async def test_a_removed_file_of_the_database_stops_all_reading_and_writing(
    here: Worker, path: Path, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    account = await add_account(here)
    await add_session(here, account, "token")
    assert await here.sessions.find(digest_of("token")) is not None

    path.with_name(f"safelight.db{suffix}").unlink()

    with pytest.raises(Unavailable, match="moved, removed or replaced"):
        await add_session(here, account, "lost")
    with pytest.raises(Unavailable):
        await here.sessions.find(digest_of("token"))
    with pytest.raises(Unavailable):
        await here.sessions.of_account(account.id)
    with pytest.raises(Unavailable, match="start the server anew"):
        await here.database.check()
    told = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [(record.message, record.levelno) for record in told] == [
        ("database_displaced", logging.CRITICAL)
    ]


async def test_a_replaced_database_is_noticed_without_any_write(here: Worker, path: Path) -> None:
    account = await add_account(here)
    await add_session(here, account, "token")
    shutil.copy(path, path.with_name("older.db"))

    path.with_name("older.db").replace(path)
    await until(lambda: is_refused(here))

    with pytest.raises(Unavailable):
        await here.sessions.find(digest_of("token"))


async def test_files_that_come_back_are_used_again(
    here: Worker, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    account = await add_account(here)
    await add_session(here, account, "token")
    shutil.move(path, path.with_name("away.db"))
    with pytest.raises(Unavailable):
        await here.database.check()

    path.with_name("away.db").rename(path)
    with caplog.at_level(logging.WARNING, logger="safelight"):
        await until(lambda: not is_refused(here))

    assert await here.sessions.find(digest_of("token")) is not None
    await end_all(here, account)
    assert await here.sessions.find(digest_of("token")) is None
    assert "database_back" in [record.message for record in caplog.records]


async def test_a_folder_that_takes_no_new_count_stops_the_database_until_it_does(
    here: Worker, path: Path
) -> None:
    count = path.with_name("safelight.db-generation")
    count.unlink()
    count.mkdir()
    with pytest.raises(Unavailable):
        await here.database.check()
    assert here.database.generation.count() % 2 == 1

    count.rmdir()
    await here.database.check()
    assert here.database.generation.count() % 2 == 0


async def test_a_damaged_page_is_an_outage_and_not_a_fault_of_the_program(
    here: Worker, path: Path
) -> None:
    account = await add_account(here)
    here.database.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _overwrite_all_pages_but_the_first(path)

    with pytest.raises(Unavailable):
        await here.sessions.find(digest_of("token"))
    with pytest.raises(Unavailable):
        await here.sessions.of_account(account.id)
    with pytest.raises(Unavailable):
        await add_session(here, account)
    with pytest.raises(Unavailable):
        await here.database.check()


async def test_a_bug_in_a_statement_is_no_outage(here: Worker) -> None:
    def job(connection: Connection) -> None:
        connection.exec_driver_sql("SELECT ?", ())

    with pytest.raises(Exception, match="bindings") as caught:
        await here.database.write(job)
    assert not isinstance(caught.value, Unavailable)


async def test_asking_whether_all_is_well_empties_no_memory(here: Worker) -> None:
    before = here.database.generation.count()
    await here.database.check()
    assert here.database.generation.count() == before
