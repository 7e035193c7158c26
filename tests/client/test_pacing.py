"""When a request is sent again, how long it waits before, and when it is not."""

import itertools
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from tests.client.flows import answer
from tests.client.people import Ada
from tests.house import FixedClock

import safelight
from safelight.client.answers import refusal
from safelight.client.courier import Courier
from safelight.client.errors import Unanswered, Unreachable
from safelight.client.pacing import Pace, Patience
from safelight.client.quiet import Quiet
from safelight.client.steps import Discard, Pause, Send, Step, send
from safelight.clock import SystemClock
from safelight.errors import MalformedRequest, SafelightError, Throttled, Unavailable
from safelight.testing.faults import Answer

URL = "https://photos.example/x"


class Run:
    """A courier at work: what it does, with a clock that its pauses turn."""

    def __init__(
        self, *outcomes: httpx2.Response | Exception, patience: Patience | None = None
    ) -> None:
        self.clock = FixedClock()
        self.sent = 0
        self.pauses: list[float] = []
        chances: Iterator[float] = itertools.cycle([1.0])
        self.quiet = Quiet()
        self.pace = Pace(patience or Patience(), self.clock, self.quiet, lambda: next(chances))
        self._courier = Courier(send, self.pace, lambda pause: None)
        self._outcomes = list(outcomes)

    def deliver(self, method: str = "GET", **body: Any) -> httpx2.Response:
        request = httpx2.Request(method, URL, **body)
        steps = self._courier.deliver(request, whole=True)
        step: Step = next(steps)
        while True:
            try:
                step = self._take(steps, step, request)
            except StopIteration as done:
                response: httpx2.Response = done.value
                return response

    def _take(self, steps: Any, step: Step, request: httpx2.Request) -> Step:
        match step:
            case Send():
                self.sent += 1
                outcome = self._outcomes.pop(0)
                if isinstance(outcome, httpx2.TransportError):
                    outcome.request = request
                if isinstance(outcome, Exception):
                    return steps.throw(outcome)  # type: ignore[no-any-return]
                self.quiet.note(outcome, self.clock)  # as a session does
                return steps.send(outcome)  # type: ignore[no-any-return]
            case Pause(seconds=seconds):
                self.pauses.append(seconds)
                self.clock.advance(seconds)
            case Discard():
                pass
        return steps.send(None)  # type: ignore[no-any-return]


@pytest.mark.covers("PX-56")
def test_without_a_word_the_pauses_double_up_to_a_cap() -> None:
    patience = Patience(tries=8, first=timedelta(seconds=1), longest=timedelta(seconds=10))
    run = Run(*[answer(503)] * 7, answer(200), patience=patience)
    assert run.deliver().status_code == 200
    assert run.pauses == [1, 2, 4, 8, 10, 10, 10]


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 0.25), (0.5, 0.375), (1.0, 0.5)])
def test_a_pause_is_shortened_by_chance_but_at_most_by_half(chance: float, seconds: float) -> None:
    pace = Pace(Patience(), FixedClock(), Quiet(), lambda: chance)
    assert pace.back_off(1) == timedelta(seconds=seconds)
    assert pace.back_off(10_000) <= timedelta(seconds=30)


@pytest.mark.covers("PX-56")
def test_what_the_service_asks_for_is_waited_for() -> None:
    run = Run(answer(429, headers=[("retry-after", "17")]), answer(200))
    run.deliver()
    assert run.pauses == [17]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_too_many_requests_means_that_nothing_was_done(method: str) -> None:
    run = Run(answer(429), answer(200))
    assert run.deliver(method, content=b"x").status_code == 200
    assert run.sent == 2


def test_a_body_that_is_read_once_is_not_sent_again() -> None:
    run = Run(answer(429))
    assert run.deliver("POST", content=iter([b"x"])).status_code == 429
    assert run.sent == 1


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504])
@pytest.mark.parametrize(("method", "sent"), [("GET", 2), ("HEAD", 2), ("POST", 1), ("DELETE", 1)])
def test_a_failure_of_the_service_is_passed_over_for_reading_alone(
    status: int, method: str, sent: int
) -> None:
    run = Run(answer(status), answer(200))
    assert run.deliver(method).status_code == (200 if sent == 2 else status)
    assert run.sent == sent


def test_in_the_end_the_answer_is_the_caller_s() -> None:
    run = Run(*[answer(502)] * 5)
    assert run.deliver().status_code == 502
    assert run.sent == 5


@pytest.mark.parametrize(
    "failure", [httpx2.ConnectError("refused"), httpx2.ConnectTimeout(""), httpx2.PoolTimeout("")]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_was_never_sent_is_tried_again(failure: Exception, method: str) -> None:
    assert Run(failure, answer(200)).deliver(method, content=b"x").status_code == 200
    with pytest.raises(Unreachable, match=r"https://photos\.example cannot be reached"):
        Run(*[failure] * 5).deliver(method)


@pytest.mark.parametrize(
    "failure",
    [
        httpx2.ReadTimeout(""),
        httpx2.ReadError(""),
        httpx2.WriteError(""),
        httpx2.RemoteProtocolError("Server disconnected"),
    ],
)
def test_what_may_have_happened_is_not_repeated(failure: Exception) -> None:
    assert Run(failure, answer(200)).deliver("GET").status_code == 200
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        run = Run(failure)
        with pytest.raises(Unanswered):
            run.deliver(method)
        assert run.sent == 1


def test_a_request_that_cannot_be_sent_at_all_is_not_tried_again() -> None:
    run = Run(httpx2.LocalProtocolError("Illegal header value"))
    with pytest.raises(MalformedRequest, match="its headers"):
        run.deliver()
    assert run.sent == 1


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_outage_of_the_sign_in_leaves_the_request_unsent(method: str) -> None:
    assert Run(Unavailable(), answer(200)).deliver(method, content=b"x").status_code == 200
    with pytest.raises(Unavailable):
        Run(*[Unavailable()] * 5).deliver(method)


def test_a_throttled_sign_in_is_waited_for_as_long_as_it_says() -> None:
    run = Run(Throttled(timedelta(seconds=40)), answer(200))
    assert run.deliver("POST", content=b"x").status_code == 200
    assert run.pauses == [40]


def test_a_sign_in_that_is_throttled_without_a_word_is_backed_off_from() -> None:
    run = Run(Throttled(timedelta(0)), Throttled(timedelta(0)), answer(200))
    assert run.deliver().status_code == 200
    assert run.pauses == [0.5, 1]


def test_nothing_is_sent_before_the_time_has_come() -> None:
    """Not by another request of the same client, either."""
    run = Run(answer(429, headers=[("retry-after", "3600")]), answer(200))
    assert run.deliver().status_code == 429
    with pytest.raises(Throttled) as raised:
        run.deliver()
    assert raised.value.retry_after == timedelta(seconds=3600)
    assert run.sent == 1
    run.clock.advance(3500)
    assert run.deliver().status_code == 200
    assert run.pauses == [100]


def test_a_wait_of_many_digits_is_heeded() -> None:
    run = Run(answer(429, headers=[("retry-after", "9" * 12)]), answer(200))
    assert run.deliver().status_code == 429
    with pytest.raises(Throttled) as raised:
        run.deliver()
    assert raised.value.retry_after == timedelta(days=365)
    assert run.sent == 1


def test_a_longer_wait_is_not_cut_short_by_a_shorter_one() -> None:
    clock = FixedClock()
    pace = Pace(Patience(), clock, Quiet())
    pace.hold_back(timedelta(seconds=60))
    pace.hold_back(timedelta(seconds=5))
    assert pace.pause_before() == timedelta(seconds=60)
    clock.advance(60)
    assert pace.pause_before() == timedelta(0)


def test_many_threads_wait_for_one_answer_s_time(ada: Ada) -> None:
    """On the real clock: after a 429 with one second, none of them sends within it."""
    times: list[float] = []
    inside = threading.Lock()

    def watch(request: httpx2.Request) -> httpx2.Response:
        with inside:
            times.append(time.monotonic())
            return httpx2.Response(429 if len(times) == 1 else 200, headers=told)

    told = [("retry-after", "1")]
    auth = ada.at("safelight", clock=SystemClock())
    with safelight.Client(auth) as real:
        real.sign_in()
    with (
        safelight.Client(auth, transport=httpx2.MockTransport(watch)) as client,
        ThreadPoolExecutor(8) as pool,
    ):
        first = pool.submit(client.get, "/v1/account")
        while not times:
            time.sleep(0.01)
        time.sleep(0.1)
        others = [pool.submit(client.get, "/v1/account") for _ in range(7)]
        assert {each.result().status_code for each in (first, *others)} == {200}
    assert all(at - times[0] >= 0.99 for at in times[1:])


async def test_an_async_client_waits_too(ada: Ada) -> None:
    async with safelight.AsyncClient(ada.at("safelight", clock=SystemClock())) as client:
        await client.sign_in()
        ada.way.order("GET", "/v1/account", Answer(status=429, headers={"retry-after": "1"}))
        before = ada.way.count("GET", "/v1/account")
        assert (await client.get("/v1/account")).status_code == 200
        assert ada.way.count("GET", "/v1/account") - before == 2
    assert [event.seconds for event in ada.events if event.seconds] == [1.0]


def test_a_throttled_sign_in_of_one_s_own_is_told_with_its_time(ada: Ada) -> None:
    ada.way.order("POST", "/v1/sessions", Answer(status=429, headers={"retry-after": "900"}))
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        with pytest.raises(Throttled) as raised:
            client.sign_in()
        assert raised.value.retry_after == timedelta(seconds=900)
        ada.house.clock.advance(600)
        with pytest.raises(Throttled) as raised:
            client.get("/v1/account")
        assert raised.value.retry_after == timedelta(seconds=300)
        assert ada.sign_ins("safelight") == 1
        ada.house.clock.advance(300)
        assert client.get("/v1/account").status_code == 200


class Turned:
    """A clock that the client's pauses turn."""

    def __init__(self, clock: FixedClock) -> None:
        self.pauses: list[float] = []
        self._clock = clock

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self._clock.advance(seconds)


@pytest.mark.parametrize("status", [429, 503])
def test_the_wait_that_a_sign_in_asks_for_is_waited(ada: Ada, status: int) -> None:
    told = Answer(status=status, headers={"retry-after": "30"})
    turned = Turned(ada.house.clock)
    ada.way.order("POST", "/v1/sessions", told)
    with safelight.Client(
        ada.at("safelight"), clock=ada.house.clock, sleep=turned.sleep, patience=ada.quick
    ) as client:
        assert client.get("/v1/account").status_code == 200
    assert sum(turned.pauses) == 30.0
    assert ada.sign_ins("safelight") == 2


def test_the_first_typed_call_is_as_patient_as_any(ada: Ada) -> None:
    """Its sign-in, too: an outage is waited for, as long as `patience` says."""
    turned = Turned(ada.house.clock)
    ada.way.order("POST", "/v1/sessions", *[Answer(status=502)] * 4)
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock, sleep=turned.sleep) as client:
        assert list(client.galleries.list()) == []
        assert ada.sign_ins("safelight") == 5
        client.sign_out()
    assert len(turned.pauses) == 4


def test_the_first_typed_call_gives_up_like_any(ada: Ada) -> None:
    ada.way.order("POST", "/v1/sessions", *[Answer(status=502)] * 9)
    turned = Turned(ada.house.clock)
    with (
        safelight.Client(ada.at("safelight"), clock=ada.house.clock, sleep=turned.sleep) as client,
        pytest.raises(Unavailable),
    ):
        list(client.galleries.list())
    assert ada.sign_ins("safelight") == 5


def test_a_wait_counts_for_questions_and_requests_alike(ada: Ada) -> None:
    """What `is_live` is told counts for a request, and the other way round."""
    told = Answer(status=429, headers={"retry-after": "7000"})
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        client.sign_in()

        ada.way.order("GET", "/v1/account", told)
        with pytest.raises(Throttled):
            client.is_live()
        with pytest.raises(Throttled):
            client.get("/v1/photos")
        assert ada.way.count("GET", "/v1/photos") == 0

        ada.house.clock.advance(7000)
        ada.way.order("GET", "/v1/photos", told)
        assert client.get("/v1/photos").status_code == 429
        with pytest.raises(Throttled):
            client.is_live()
        assert ada.way.count("GET", "/v1/account") == 1


def test_errors_are_of_one_tree() -> None:
    for kind in (Unanswered, Unreachable, Unavailable, Throttled):
        assert issubclass(kind, SafelightError)


@pytest.mark.parametrize("status", [429, 503])
def test_a_refusal_says_how_long_the_service_asks_to_be_left_alone(status: int) -> None:
    told = refusal(answer(status, headers=[("retry-after", "90")]), "Slow down.")
    assert told.message == "Slow down. It asks to be left alone for 1 min 30 s."
    assert refusal(answer(status), "Slow down.").message == "Slow down."
