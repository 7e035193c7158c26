"""A `Retry-After` is heeded by every client of an account, in whichever process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES
from tests.house import PASSWORD, FixedClock

import safelight
from safelight.client.errors import NotRepeated
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.client.quiet import Quiet
from safelight.errors import Throttled
from safelight.testing.faults import Answer

ROOT = Path(__file__).parents[2]
NOW = FixedClock().now()
SECOND = timedelta(seconds=1)


def limit(seconds: int, status: int = 429) -> Answer:
    return Answer(status, {"retry-after": str(seconds)})


# --- what is shared -------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "account.quiet"


def test_another_process_knows_it_to_the_microsecond(path: Path) -> None:
    Quiet(path).extend(NOW, timedelta(seconds=5, microseconds=7))
    other = Quiet(path)
    assert other.left(NOW + SECOND) == timedelta(seconds=4, microseconds=7)
    assert other.left(NOW + 6 * SECOND) == timedelta(0)


@pytest.mark.parametrize("seconds", [(60, 5), (5, 60)], ids=["longer first", "shorter first"])
def test_the_longer_one_of_two_stays(path: Path, seconds: tuple[int, int]) -> None:
    for each in seconds:
        Quiet(path).extend(NOW, timedelta(seconds=each))
    assert Quiet(path).left(NOW) == timedelta(seconds=60)


def test_nobody_else_may_look_at_it(path: Path) -> None:
    Quiet(path).extend(NOW, SECOND)
    assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}


def test_more_than_a_day_is_shared_as_a_day(path: Path) -> None:
    quiet = Quiet(path)
    quiet.extend(NOW, timedelta(days=400))
    assert quiet.left(NOW) == timedelta(days=400)
    assert Quiet(path).left(NOW) == timedelta(days=1)


def test_what_a_wrong_clock_wrote_holds_nobody_back(path: Path) -> None:
    Quiet(path).extend(NOW + timedelta(days=4000), SECOND)
    assert Quiet(path).left(NOW) == timedelta(0)


def test_a_clock_that_is_set_back_makes_it_no_longer() -> None:
    quiet = Quiet()
    quiet.extend(NOW, 2 * SECOND)
    assert quiet.left(NOW - SECOND) == 3 * SECOND  # of a thread that looked at the clock before
    earlier = NOW - timedelta(hours=20)
    assert quiet.left(earlier) == 2 * SECOND
    assert quiet.left(earlier + SECOND) == SECOND
    assert quiet.left(earlier + 2 * SECOND) == timedelta(0)


def test_it_is_never_over_while_it_is_made_longer(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Quiet(path).extend(NOW, 60 * SECOND)
    seen: list[timedelta] = []
    set_time = os.utime

    def look_first(*arguments: Any, **options: Any) -> None:
        seen.append(Quiet(path).left(NOW))
        set_time(*arguments, **options)

    monkeypatch.setattr(os, "utime", look_first)
    Quiet(path).extend(NOW, 90 * SECOND)
    assert seen == [60 * SECOND]
    assert Quiet(path).left(NOW) == 90 * SECOND


def test_whether_a_session_lives_is_not_asked_before_it_is_over(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        client.sign_in()
        asked = len(ada.way.seen)
        quiet = client.auth.session.holding.quiet
        # Told while whoever asks waits already.
        steps = client.auth.session.is_live()
        quiet.extend(ada.house.clock.now(), 6 * SECOND)
        with pytest.raises(Throttled, match="left alone for 6 s more"):
            next(steps)
    assert len(ada.way.seen) == asked


def test_where_it_cannot_be_written_it_holds_here(tmp_path: Path) -> None:
    quiet = Quiet(tmp_path / "no such folder" / "account.quiet")
    quiet.extend(NOW, SECOND)
    assert quiet.left(NOW) == SECOND


# --- clients --------------------------------------------------------------------------------------


class Worker:
    """A process that is ready to make one call."""

    def __init__(self, ada: Ada, service: str, folder: Path) -> None:
        given = (ada.address, ada.key, service, str(folder), PASSWORD)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.client.worker", *given],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def wait(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def call(self) -> list[str]:
        """What it printed."""
        return self._process.communicate("go\n", timeout=60)[0].split()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def worker(ada: Ada, folder: Path) -> Iterator[Worker]:
    made = Worker(ada, "safelight", folder)
    yield made
    made.end()


@pytest.fixture
def client(ada: Ada, folder: Path) -> Iterator[safelight.Client]:
    """By the machine's clock, and signed in."""
    with safelight.Client(
        SERVICES["safelight"].build(
            ada.address,
            ada.key,
            credentials=("ada@example.com", PASSWORD),
            keeper=PlainFileKeeper(folder),
        )
    ) as made:
        made.sign_in()
        yield made


def test_a_second_process_waits_for_what_the_first_was_told(
    ada: Ada, client: safelight.Client, worker: Worker
) -> None:
    worker.wait()
    ada.way.order("GET", "/v1/account", limit(2))
    with safelight.Client(client.auth, patience=safelight.Patience(tries=1)) as hasty:
        assert hasty.get("/v1/account").status_code == 429
    assert worker.call() == ["200", "1"]
    assert ada.way.early == []


def test_a_second_process_sends_nothing_while_the_wait_is_long(
    ada: Ada, client: safelight.Client, worker: Worker
) -> None:
    worker.wait()
    ada.way.order("GET", "/v1/account", limit(600))
    assert client.get("/v1/account").status_code == 429
    before = len(ada.way.seen)
    assert worker.call()[0] == "rate_limited"
    assert len(ada.way.seen) == before


def test_ordinary_calls_write_nothing(ada: Ada, client: safelight.Client, folder: Path) -> None:
    before = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
    for _ in range(3):
        assert client.get("/v1/account").status_code == 200
    after = {each.name: each.stat().st_mtime_ns for each in folder.iterdir()}
    assert after == before
    assert not any("quiet" in name for name in after)


def test_a_second_client_of_one_sign_in_waits_as_well(ada: Ada) -> None:
    auth = ada.at("safelight")
    given = {"clock": ada.house.clock, "sleep": ada.house.clock.advance}
    with safelight.Client(auth, **given) as first, safelight.Client(auth, **given) as second:
        first.sign_in()
        ada.way.order("GET", "/v1/account", limit(600))
        assert first.get("/v1/account").status_code == 429
        with pytest.raises(Throttled, match="left alone for 10 minutes more") as raised:
            second.get("/v1/account")
        assert raised.value.retry_after == timedelta(seconds=600)


def test_a_client_of_one_s_own_sends_nothing_either(ada: Ada) -> None:
    auth = ada.at("safelight")
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.sign_in()
        ada.way.order("GET", "/v1/account", limit(600))
        assert client.get("/v1/account").status_code == 429
    before = len(ada.way.seen)
    with httpx2.Client(auth=auth) as own, pytest.raises(Throttled):
        own.get(f"{ada.address}/v1/account")
    assert len(ada.way.seen) == before


def test_what_a_client_of_one_s_own_is_told_holds_for_all(ada: Ada) -> None:
    auth = ada.at("safelight")
    ada.way.order("GET", "/v1/account", limit(600))
    with httpx2.Client(auth=auth, base_url=ada.address) as own:
        assert own.get("/v1/account").status_code == 429
        with pytest.raises(Throttled):
            own.get("/v1/account")
    with (
        safelight.Client(auth, clock=ada.house.clock) as client,
        pytest.raises(Throttled),
    ):
        client.get("/v1/account")
    assert ada.way.count("GET", "/v1/account") == 1


def test_whoever_waited_for_another_s_sign_in_heeds_what_that_one_was_told(ada: Ada) -> None:
    auth = SERVICES["safelight"].build(
        ada.address, ada.key, credentials=("ada@example.com", PASSWORD)
    )
    ada.way.order("POST", "/v1/sessions", Answer(503, {"retry-after": "1"}, delay=0.3))
    with safelight.Client(auth) as client, ThreadPoolExecutor(8) as pool:
        answers = [pool.submit(client.get, "/v1/account") for _ in range(8)]
        assert {each.result().status_code for each in answers} == {200}
    assert ada.way.early == []
    assert ada.sign_ins("safelight") == 2


# --- in the middle of a call ----------------------------------------------------------------------


def test_a_token_that_is_good_yet_is_not_used_before_its_renewal_may_be_tried(ada: Ada) -> None:
    clock = ada.house.clock
    with safelight.Client(
        ada.at("librephotos"), patience=ada.quick, clock=clock, sleep=clock.advance
    ) as client:
        client.sign_in()
        clock.advance(297)
        began = clock.now()
        ada.way.order("POST", "/api/auth/token/refresh/", limit(17, 503))
        times = []
        client.auth.session.listeners.append(lambda event: times.append(event.seconds))
        assert client.get("/api/photos/").status_code == 200
    assert times[0] == 17
    assert clock.now() - began >= 17 * SECOND
    assert ada.way.count("GET", "/api/photos/") == 1


def test_a_body_that_is_spent_is_not_sent_after_a_wait(ada: Ada) -> None:
    clock = ada.house.clock
    with safelight.Client(ada.at("safelight"), clock=clock, sleep=clock.advance) as client:
        client.sign_in()
        ada.way.refuse_session(path="/v1/galleries")
        ada.way.order("POST", "/v1/sessions", limit(5))
        with pytest.raises(NotRepeated, match="this body cannot be sent again"):
            client.post("/v1/galleries", content=iter([b'{"name": "Sea"}']))
    assert ada.way.count("POST", "/v1/galleries") == 1
