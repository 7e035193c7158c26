"""One SQLite file: read inline on the event loop, written by one thread.

An indexed read costs less than handing it to a thread (decision 3), so reads run where they
are asked. Writes queue up for one thread, which commits all that wait as one transaction: ten
sign-ins at once cost one flush of the disk. Every worker process has a `Database` of its own over
the same file; SQLite's write-ahead log keeps them apart.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Row, Select, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import NullPool

from safelight.errors import MalformedRequest, StorageFull, Unavailable
from safelight.stores.sql.generation import Generation
from safelight.stores.sql.placement import Placement

Result = TypeVar("Result")
Job = Callable[[Connection], Result]

_BUSY_SECONDS = 10
_BATCH = 128
_LOOK_SECONDS = 1.0
_NO_ANSWER = "The database did not answer. Try again."
_DISPLACED = "Its files were moved, removed or replaced: put them back, or start the server anew."
_AFTERWARDS = "afterwards"
_MAP = f"PRAGMA mmap_size = {2**30}"
_OURS = (OperationalError, DatabaseError, sqlite3.OperationalError, sqlite3.DatabaseError)
"""Exactly these: the drivers' bugs and breaches of constraints derive from them."""
_log = logging.getLogger("safelight")


class _Task:
    __slots__ = ("announced", "context", "durable", "error", "future", "job", "loop", "value")

    def __init__(
        self,
        job: Job[Any],
        durable: bool,
        announced: bool,
        loop: asyncio.AbstractEventLoop,
        future: asyncio.Future[Any],
    ) -> None:
        self.job = job
        self.durable = durable
        self.announced = announced
        self.loop = loop
        self.future = future
        # A job runs in the context of who asked for it: what it logs names its request.
        self.context = contextvars.copy_context()
        self.value: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():  # its caller went away
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


def make_engine(path: Path) -> Engine:
    """An engine without a pool whose connections are in autocommit, with our pragmas."""
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"check_same_thread": False, "timeout": _BUSY_SECONDS},
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: object) -> None:
        prepare(connection)

    return engine


def after_commit(connection: Connection, work: Callable[[], None]) -> None:
    """Have `work` done, in the context of now, once the job that is under way is committed; never
    if it is not."""
    context = contextvars.copy_context()
    connection.info[_AFTERWARDS].append(lambda: context.run(work))


def prepare(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")
    connection.execute("PRAGMA cache_size = -16000")


class Database:
    """Open `path`, whose schema is up to date (`migrate.py`). `close` it in the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = make_engine(path)
        self.reader: Connection = self._engine.connect()
        raw = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
        )
        prepare(raw)
        # Reads go to the system's page cache without a copy: measured, a lookup among a million
        # sessions then costs what one among a thousand does.
        self.reader.exec_driver_sql(_MAP)
        raw.execute(_MAP)
        self.raw: sqlite3.Connection = raw
        self.generation: Generation = Generation(path)
        self._placement = Placement(path)
        self._in_place = True
        self._queue: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="database-writer", daemon=True)
        self._thread.start()
        self._closed = False

    def first(self, sql: str, parameters: tuple[object, ...]) -> tuple[Any, ...] | None:
        """The first row that a prepared statement finds. Like `all` otherwise."""
        found = self.all(sql, parameters)
        return found[0] if found else None

    def all(self, sql: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """What a prepared statement finds, at the least cost. Raises Unavailable.

        A text that UTF-8 cannot hold stands in no row, so it finds none.
        """
        if not self._in_place:
            raise Unavailable(_NO_ANSWER)
        try:
            return self.raw.execute(sql, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            raise _translate(error) from None
        except UnicodeEncodeError:
            return []

    def rows(
        self,
        question: Select[*tuple[Any, ...]],
        parameters: Mapping[str, object] | None = None,
    ) -> Sequence[Row[Any]]:
        """All that `question` finds, read here and now. Like `all` otherwise."""
        if not self._in_place:
            raise Unavailable(_NO_ANSWER)
        try:
            return self.reader.execute(question, parameters).all()
        except DatabaseError as error:
            raise _translate(error) from None
        except UnicodeEncodeError:
            return ()

    async def check(self) -> None:
        """Raises StorageFull when there is no room for a page more, Unavailable when the files are
        not where they were opened, or cannot be read or written."""
        await self.write(_write_a_page, durable=False, announced=False)
        try:
            self.raw.execute("SELECT 1 FROM account LIMIT 1").fetchone()
        except sqlite3.DatabaseError:
            raise Unavailable("The database cannot be read.") from None

    async def write(
        self, job: Job[Result], *, durable: bool = True, announced: bool = True
    ) -> Result:
        """Run `job` in a transaction of the writer thread; its result, once that is committed.

        A job that raises is undone alone; others of the same batch are not. `durable=False` lets
        the commit skip the disk's flush: a crash of the machine may lose it, nothing else.
        `announced=False` is for a job that cannot make untrue what anybody remembers of accounts,
        sessions, tokens or applications (`safelight.recall`): one that only adds, or is about
        photos.
        Raises what the job raises, StorageFull, Unavailable, or MalformedRequest for a text that
        UTF-8 cannot hold.
        """
        if self._closed:
            raise Unavailable("The database is closed.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        self._queue.put(_Task(job, durable, announced, loop, future))
        return await future

    def close(self) -> None:
        """Commit what waits, then close. Idempotent."""
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self.reader.close()
        self.raw.close()
        self.generation.close()
        self._engine.dispose()

    # --- the writer thread ------------------------------------------------------------------

    def _work(self) -> None:
        with self._engine.connect() as connection:
            while True:
                batch = self._next_batch()
                tasks = [task for task in batch if task is not None]
                if tasks:
                    self._commit(connection, tasks)
                    for task in tasks:
                        _report(task)
                if len(tasks) != len(batch):
                    return

    def _next_batch(self) -> list[_Task | None]:
        batch = [self._first_task()]
        while batch[-1] is not None and len(batch) < _BATCH:
            try:
                batch.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return batch

    def _first_task(self) -> _Task | None:
        while True:
            try:
                return self._queue.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                self._look()

    def _look(self) -> bool:
        """Whether the files are where they were opened. While they are not, nothing is remembered,
        read or written: it would be of a database that is not the others' any more."""
        in_place = self._placement.holds()
        try:
            self.generation.trust(in_place)
        except OSError:
            in_place = False
        if in_place is not self._in_place:
            _log.log(
                logging.WARNING if in_place else logging.CRITICAL,
                "database_back" if in_place else "database_displaced",
                extra={"path": str(self.path)},
            )
        self._in_place = in_place
        return in_place

    def _commit(self, connection: Connection, tasks: list[_Task]) -> None:
        if not self._look():
            for task in tasks:
                task.error = Unavailable(_DISPLACED)
            return
        durable = any(task.durable for task in tasks)
        driver = _driver(connection)
        afterwards: list[Callable[[], None]] = []
        connection.info[_AFTERWARDS] = afterwards
        try:
            driver.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            announced = any(task.announced for task in tasks)
            with self.generation.committing() if announced else nullcontext():
                driver.execute("BEGIN IMMEDIATE")
                for task in tasks:
                    _run(connection, driver, task)
                driver.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  # each caller of the batch gets it
            _roll_back(driver)
            translated = _translate(error)
            for task in tasks:
                task.error = task.error or translated
        else:
            for work in afterwards:
                work()


def _write_a_page(connection: Connection) -> None:
    """Change nothing, at the cost of a page in the log: an empty transaction writes nothing, and so
    finds room on the fullest disk."""
    version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
    connection.exec_driver_sql(f"PRAGMA user_version = {version}")


def _report(task: _Task) -> None:
    try:
        task.loop.call_soon_threadsafe(task.settle)
    except RuntimeError:
        return  # its loop was closed meanwhile; others still need this thread


def _run(connection: Connection, driver: sqlite3.Connection, task: _Task) -> None:
    driver.execute("SAVEPOINT job")
    afterwards: list[Callable[[], None]] = connection.info[_AFTERWARDS]
    waiting = len(afterwards)
    try:
        task.value = task.context.run(task.job, connection)
    except Exception as error:
        del afterwards[waiting:]
        task.error = _translate(error)
        if not driver.in_transaction:
            raise  # SQLite undid the whole batch by itself, as it may when the disk is full
        driver.execute("ROLLBACK TO job")
    driver.execute("RELEASE job")


def _driver(connection: Connection) -> sqlite3.Connection:
    """What is beneath: the statements around each job cost a tenth there."""
    driver: Any = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _roll_back(driver: sqlite3.Connection) -> None:
    try:
        driver.execute("ROLLBACK")
    except sqlite3.DatabaseError:
        return  # a failed COMMIT has rolled back by itself


def _translate(error: Exception) -> Exception:
    """The store's error for the driver's: a full disk, a lock and a damaged file are ours, the rest
    is a bug."""
    if isinstance(error, UnicodeEncodeError):
        return MalformedRequest("The text holds characters that are none.")
    if type(error) not in _OURS:
        return error
    if "full" in str(error):
        return StorageFull()
    return Unavailable(_NO_ANSWER)
