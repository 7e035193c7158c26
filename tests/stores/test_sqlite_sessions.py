"""Sessions in SQLite: the contract, and what only a file can get wrong."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from tests.stores.records import (
    NOW,
    SECOND,
    Worker,
    add_account,
    add_session,
    digest_of,
    open_worker,
)
from tests.stores.session_store_contract import SessionStoreContract, eventually_seen

from safelight.errors import StorageFull, Unavailable
from safelight.identity.account import Account

ROOT = Path(__file__).resolve().parents[2]


class TestSqliteSessions(SessionStoreContract):
    """The contract."""


async def test_a_restart_keeps_every_session(path: Path) -> None:
    worker = open_worker(path)
    account = await add_account(worker)
    session = await add_session(worker, account, "token")
    worker.database.close()

    again = open_worker(path)
    held = await again.sessions.find(digest_of("token"))
    again.database.close()

    assert held is not None
    assert held.session == session
    assert held.account == account


async def test_a_killed_server_has_lost_no_session_that_it_acknowledged(path: Path) -> None:
    acknowledged = await asyncio.to_thread(_sign_in_until_killed, path)

    worker = open_worker(path)
    lost = [token for token in acknowledged if await worker.sessions.find(digest_of(token)) is None]
    check = worker.database.raw.execute("PRAGMA integrity_check").fetchone()
    worker.database.close()

    assert len(acknowledged) >= 25
    assert lost == []
    assert check == ("ok",)


def _sign_in_until_killed(path: Path) -> list[str]:
    """The tokens of the sessions that a server, killed amid its work, said it had."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.stores.endless_sign_ins", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )
    with program:
        assert program.stdout is not None
        acknowledged = [program.stdout.readline().strip() for _ in range(25)]
        program.kill()
        return acknowledged + program.stdout.read().split("\n")[:-1]


async def test_touches_that_come_together_are_written_together(here: Worker) -> None:
    account = await add_account(here)
    sessions = [await add_session(here, account) for _ in range(30)]
    updates: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE session"):
            updates.append(statement)

    event.listen(here.database._engine, "before_cursor_execute", note)
    for session in sessions:
        await here.sessions.touch(session.id, NOW + SECOND)

    seen = [await eventually_seen(here, session.id) for session in sessions]
    assert seen == [NOW + SECOND] * 30
    assert len(updates) == 1


async def test_a_touch_does_not_wait_for_a_file_that_another_process_is_writing(
    here: Worker, there: Worker
) -> None:
    session = await add_session(here, await add_account(here))
    there.database.raw.execute("BEGIN IMMEDIATE")

    await asyncio.wait_for(here.sessions.touch(session.id, NOW + SECOND), timeout=1)
    held = await there.sessions.find_by_id(session.id)
    there.database.raw.execute("ROLLBACK")

    assert held is not None
    assert held.session.last_seen_at == NOW
    assert await eventually_seen(here, session.id) == NOW + SECOND


async def test_a_touch_of_the_last_moment_is_written_before_the_end(
    here: Worker, there: Worker
) -> None:
    session = await add_session(here, await add_account(here))

    await here.sessions.touch(session.id, NOW + SECOND)
    await here.sessions.settle()
    here.database.close()

    held = await there.sessions.find_anew(session.id)
    assert held is not None
    assert held.session.last_seen_at == NOW + SECOND
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_touch_that_cannot_be_written_is_lost_and_says_so(
    here: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    session = await add_session(here, await add_account(here))
    here.database.close()
    caplog.clear()

    with caplog.at_level(logging.WARNING, logger="safelight"):
        await here.sessions.touch(session.id, NOW + SECOND)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            await task

    assert [record.message for record in caplog.records] == ["touches_lost"]


async def test_a_full_disk_is_said_to_be_one_and_writing_works_again_after(here: Worker) -> None:
    account = await add_account(here)
    await add_session(here, account, "before")

    await _limit_pages(here, extra=0)
    with pytest.raises(StorageFull):
        await _add_sessions(here, account, count=100)
    await _limit_pages(here, extra=1000)
    await add_session(here, account, "after")

    assert await here.sessions.find(digest_of("before")) is not None
    assert await here.sessions.find(digest_of("after")) is not None


async def test_many_writes_at_once_on_a_full_disk_all_get_an_answer(here: Worker) -> None:
    account = await add_account(here)
    await _limit_pages(here, extra=0)

    answers = await asyncio.gather(
        *(add_session(here, account) for _ in range(100)), return_exceptions=True
    )

    kinds = {type(answer).__name__ for answer in answers}
    assert "StorageFull" in kinds
    assert kinds <= {"StorageFull", "Session"}
    stored = await here.sessions.of_account(account.id)
    assert len(stored) == sum(not isinstance(answer, BaseException) for answer in answers)


async def _add_sessions(worker: Worker, account: Account, *, count: int) -> None:
    for _ in range(count):
        await add_session(worker, account)


async def _limit_pages(worker: Worker, *, extra: int) -> None:
    """Let the file grow by `extra` pages and no more."""

    def job(connection: Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + extra}")

    await worker.database.write(job)


async def test_a_caller_whose_loop_ended_does_not_stop_the_writer(here: Worker) -> None:
    released = threading.Event()

    async def leave() -> None:
        await asyncio.wait_for(here.database.write(lambda _: released.wait(10)), timeout=0.05)

    with pytest.raises(TimeoutError):
        await asyncio.to_thread(asyncio.run, leave())
    released.set()

    account = await add_account(here)
    assert await here.accounts.find(account.id) == account


async def test_a_store_that_is_closed_refuses_to_write(here: Worker) -> None:
    account = await add_account(here)
    here.database.close()

    with pytest.raises(Unavailable):
        await add_session(here, account)
