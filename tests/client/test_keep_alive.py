"""A session that nobody uses is kept from ending, while that is asked for and no longer."""

import threading
import time
from datetime import timedelta

import anyio
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.keep_alive import Beat, kept_alive, kept_alive_async
from safelight.errors import NotFound, Unavailable
from safelight.testing.faults import Answer

SHORT = timedelta(milliseconds=100)


@pytest.mark.parametrize("service", list(SERVICES))
def test_a_cheap_call_goes_out_at_half_the_idle_limit(ada: Ada, service: str) -> None:
    with safelight.Client(ada.at(service), clock=ada.house.clock) as client:
        client.sign_in()
        before = len(ada.way.seen)
        with client.kept_alive(SHORT):
            until = time.monotonic() + 5
            while len(ada.way.seen) < before + 3 and time.monotonic() < until:
                time.sleep(0.01)
        calls = len(ada.way.seen)
        assert calls >= before + 3
        time.sleep(0.2)
        assert len(ada.way.seen) == calls
    assert ada.sign_ins(service) == 1


async def test_an_async_client_does_the_same(ada: Ada) -> None:
    async with safelight.AsyncClient(ada.at("safelight"), clock=ada.house.clock) as client:
        await client.sign_in()
        before = len(ada.way.seen)
        async with client.kept_alive(SHORT):
            with anyio.fail_after(5):
                while len(ada.way.seen) < before + 3:  # noqa: ASYNC110 - another thread's list
                    await anyio.sleep(0.01)
        calls = len(ada.way.seen)
        await anyio.sleep(0.2)
        assert len(ada.way.seen) == calls


def test_it_stops_by_itself_when_the_session_is_over_and_signs_nobody_in(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        client.sign_in()
        ada.house.settle()
        ada.house.clock.advance(40 * 86_400)
        with kept_alive(client.is_live, Beat(SHORT)) as stopped:
            assert stopped.wait(5)
    assert ada.sign_ins("safelight") == 1
    assert ada.way.count("GET", "/v1/account") == 1


def test_it_stops_by_itself_when_nobody_answers(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        client.sign_in()
        ada.way.order("GET", "/v1/account", *[Answer(status=502)] * 9)
        with kept_alive(client.is_live, Beat(SHORT)) as stopped:
            assert stopped.wait(5)
    assert ada.way.count("GET", "/v1/account") == 3


def test_a_passing_failure_does_not_stop_it() -> None:
    told = iter([None, True, None, None, True, None, None, None])
    calls = 0

    def is_live() -> bool:
        nonlocal calls
        calls += 1
        answer = next(told)
        if answer is None:
            raise Unavailable
        return answer

    with kept_alive(is_live, Beat(timedelta(milliseconds=2))) as stopped:
        assert stopped.wait(5)
    assert calls == 8


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 900), (0.5, 855), (1.0, 810)])
def test_the_pause_is_half_the_limit_or_a_little_less(chance: float, seconds: float) -> None:
    assert Beat(timedelta(minutes=30), lambda: chance).pause() == pytest.approx(seconds)


def test_a_token_that_is_renewed_without_a_password_counts_as_alive(ada: Ada) -> None:
    with safelight.Client(ada.at("librephotos"), clock=ada.house.clock) as client:
        client.sign_in()
        ada.house.clock.advance(301)
        assert client.is_live()
    assert ada.sign_ins("librephotos") == 1
    assert ada.way.count("POST", "/api/auth/token/refresh/") == 1


def test_no_thread_is_left(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        client.sign_in()
        with client.kept_alive():
            names = [each.name for each in threading.enumerate()]
            assert "safelight keep-alive" in names
    assert "safelight keep-alive" not in [each.name for each in threading.enumerate()]


async def test_what_the_block_raises_is_raised_as_it_is(ada: Ada) -> None:
    async with safelight.AsyncClient(ada.at("safelight"), clock=ada.house.clock) as client:
        await client.sign_in()
        with pytest.raises(NotFound):
            async with client.kept_alive():
                await client.photos.get("I0000AAAAAAAAAAA")
        with anyio.move_on_after(0.05) as scope:
            async with client.kept_alive():
                await anyio.sleep(60)
        assert scope.cancelled_caught


async def test_a_call_that_fails_in_its_own_way_is_nothing_to_the_block() -> None:
    def fails() -> bool:
        raise RuntimeError("closed")

    async def fails_async() -> bool:
        raise RuntimeError("closed")

    with kept_alive(fails, Beat(SHORT)) as stopped:
        assert stopped.wait(5)
    async with kept_alive_async(fails_async, Beat(SHORT)) as ended:
        with anyio.fail_after(5):
            await ended.wait()


def test_a_call_that_waits_keeps_nobody_in_the_block(ada: Ada) -> None:
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        client.sign_in()
        client.auth.session.holding.quiet.extend(ada.house.clock.now(), timedelta(seconds=100))
        began = time.monotonic()
        with client.kept_alive(SHORT):
            time.sleep(0.2)
        assert time.monotonic() - began < 30
        assert "safelight keep-alive" not in [each.name for each in threading.enumerate()]
