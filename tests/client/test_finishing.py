"""A renewal that spends its token comes to its end, whatever happens to whoever asked for it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from tests.client.people import Ada

import safelight
from safelight.client import finishing
from safelight.client.finishing import to_the_end, to_the_end_async
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.errors import SafelightError
from safelight.testing.faults import Late

PATH = "/api/photos/"
REFRESH = "/api/auth/token/refresh/"
ACCESS_SECONDS = 300
GRACE_SECONDS = 60
SLOW = 0.4
SOON = 0.1


@pytest.fixture
def keeper(rotating: Ada, tmp_path: Path) -> PlainFileKeeper:
    """Of a session that has to be renewed, which takes a while."""
    keeper = PlainFileKeeper(tmp_path / "kept")
    auth = rotating.at("librephotos", keeper=keeper)
    with safelight.Client(auth, clock=rotating.house.clock) as client:
        client.sign_in()
    rotating.house.clock.advance(ACCESS_SECONDS)
    rotating.way.order("POST", REFRESH, Late(SLOW, after=True))
    return keeper


@pytest.fixture
def stop() -> Iterator[type[BaseException]]:
    """Raised in the main thread by SIGUSR1, as Ctrl-C and SIGTERM are."""

    class Stop(BaseException):
        pass

    def raise_it(*_: object) -> None:
        raise Stop

    before = signal.signal(signal.SIGUSR1, raise_it)
    yield Stop
    signal.signal(signal.SIGUSR1, before)


def assert_it_goes_on(ada: Ada, keeper: PlainFileKeeper) -> None:
    """Without the password, and once no server would forgive a token that was spent."""
    ada.house.clock.advance(ACCESS_SECONDS + GRACE_SECONDS)
    auth = ada.at("librephotos", keeper=keeper, account="ada@example.com", credentials=None)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        assert client.get(PATH).status_code == 200
    assert ada.sign_ins("librephotos") == 1


def test_an_interrupt_waits_for_it(
    rotating: Ada, keeper: PlainFileKeeper, stop: type[BaseException]
) -> None:
    def interrupt() -> None:
        while rotating.way.count("POST", REFRESH) == 0:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGUSR1)

    interrupting = threading.Thread(target=interrupt)
    auth = rotating.at("librephotos", keeper=keeper)
    with safelight.Client(auth, clock=rotating.house.clock) as client:
        interrupting.start()
        with pytest.raises(stop):
            client.get(PATH)
    interrupting.join()
    assert_it_goes_on(rotating, keeper)


async def test_a_timeout_of_the_caller_s_waits_for_it(
    rotating: Ada, keeper: PlainFileKeeper
) -> None:
    auth = rotating.at("librephotos", keeper=keeper)
    async with safelight.AsyncClient(auth, clock=rotating.house.clock) as client:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.get(PATH), SOON)
    assert_it_goes_on(rotating, keeper)


async def test_so_does_a_cancelled_scope(rotating: Ada, keeper: PlainFileKeeper) -> None:
    auth = rotating.at("librephotos", keeper=keeper)
    async with safelight.AsyncClient(auth, clock=rotating.house.clock) as client:
        with anyio.move_on_after(SOON) as scope:
            await client.get(PATH)
        assert scope.cancelled_caught
    assert_it_goes_on(rotating, keeper)


async def test_so_does_the_end_of_a_block_that_kept_it_alive(
    rotating: Ada, keeper: PlainFileKeeper
) -> None:
    auth = rotating.at("librephotos", keeper=keeper)
    async with (
        safelight.AsyncClient(auth, clock=rotating.house.clock) as client,
        client.kept_alive(timedelta(milliseconds=20)),
    ):
        while rotating.way.count("POST", REFRESH) == 0:  # noqa: ASYNC110 - another thread's list
            await anyio.sleep(0.01)
    assert_it_goes_on(rotating, keeper)


def test_so_does_the_end_of_a_client_beside_it(rotating: Ada, keeper: PlainFileKeeper) -> None:
    def call() -> None:
        with suppress(RuntimeError, SafelightError):  # as httpx2 says it of a closed client
            client.get(PATH)

    auth = rotating.at("librephotos", keeper=keeper)
    with safelight.Client(auth, clock=rotating.house.clock) as client:
        thread = threading.Thread(target=call)
        thread.start()
        while rotating.way.count("POST", REFRESH) == 0:
            time.sleep(0.01)
    thread.join()
    assert_it_goes_on(rotating, keeper)


def test_its_error_is_that_of_whoever_waits() -> None:
    def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        to_the_end(fail)
    assert to_the_end(lambda: 7) == 7


def test_a_second_interrupt_waits_as_the_first(stop: type[BaseException]) -> None:
    done = []

    def interrupt_twice() -> None:
        for _ in range(2):
            time.sleep(SOON)
            os.kill(os.getpid(), signal.SIGUSR1)
        time.sleep(SOON)
        done.append(7)

    with pytest.raises(stop):
        to_the_end(interrupt_twice)
    assert done == [7]


def test_who_is_interrupted_does_not_wait_for_ever(
    stop: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finishing, "_LONGEST_SECONDS", SOON)
    may_end, has_ended = threading.Event(), threading.Event()

    def hang() -> None:
        os.kill(os.getpid(), signal.SIGUSR1)
        may_end.wait(30)
        has_ended.set()

    with pytest.raises(stop):
        to_the_end(hang)
    assert not has_ended.is_set()
    may_end.set()
    assert has_ended.wait(30)


def test_where_there_is_no_room_for_a_thread_it_is_done_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    assert to_the_end(lambda: 7) == 7


async def test_a_second_cancellation_waits_as_the_first() -> None:
    may_end = asyncio.Event()
    done = []

    async def work() -> None:
        await may_end.wait()
        done.append(7)

    waiting = asyncio.create_task(to_the_end_async(work))
    for _ in range(2):
        await asyncio.sleep(SOON)
        waiting.cancel()
    await asyncio.sleep(SOON)
    assert not waiting.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done == [7]


async def test_who_is_cancelled_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finishing, "_LONGEST_SECONDS", SOON)
    may_end = asyncio.Event()
    waiting = asyncio.create_task(to_the_end_async(may_end.wait))
    await asyncio.sleep(SOON)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(waiting, 30)
    may_end.set()
    assert await to_the_end_async(may_end.wait)


def test_a_program_ends_no_sooner_than_it() -> None:
    code = (
        "import threading, time, _thread\n"
        "from safelight.client.finishing import to_the_end\n"
        "def work():\n"
        "    _thread.interrupt_main(); time.sleep(.2); _thread.interrupt_main(); time.sleep(.2)\n"
        "    print('done', flush=True)\n"
        "to_the_end(work)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.stdout == "done\n"
    assert "KeyboardInterrupt" in done.stderr
