"""Stops that no worker misses, shown by processes that miss one on purpose."""

import logging
import multiprocessing
import signal
import time
from multiprocessing.connection import Connection

import pytest
from granian.server.mp import WorkerProcess

from safelight.cli.supervision import Supervisor


def hears_the_nth(stop: int, says: Connection) -> None:
    """A worker that ends at the `stop`th SIGTERM, and says first that it began."""
    heard: list[int] = []
    signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
    says.send("began")
    while len(heard) < stop:
        time.sleep(0.01)
    says.send("ended")


@pytest.fixture(autouse=True)
def logs_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of logging is configured anew by granian: who listens to it would hear no more."""
    monkeypatch.setattr("logging.config.dictConfig", lambda config: None)


def supervising(stop: int, drain: int) -> tuple[Supervisor, Connection]:
    supervisor = Supervisor("nothing:here", workers_kill_timeout=drain)
    here, there = multiprocessing.Pipe()
    worker = WorkerProcess(supervisor, 0, hears_the_nth, (stop, there))
    worker.inner = multiprocessing.get_context("spawn").Process(
        target=hears_the_nth, args=(stop, there)
    )
    worker.start()
    supervisor.wrks.append(worker)
    there.close()
    assert here.recv() == "began"
    return supervisor, here


def test_a_worker_that_missed_its_stop_is_told_again(caplog: pytest.LogCaptureFixture) -> None:
    supervisor, worker = supervising(stop=3, drain=20)
    with caplog.at_level(logging.WARNING):
        supervisor._stop_workers()
    assert worker.recv() == "ended"
    assert caplog.records == []


def test_a_worker_that_never_stops_is_killed_when_the_time_to_drain_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    supervisor, worker = supervising(stop=10_000, drain=1)
    with caplog.at_level(logging.WARNING):
        supervisor._stop_workers()
    with pytest.raises(EOFError):
        worker.recv()
    assert [each.getMessage() for each in caplog.records] == [
        "Killing worker-1 after it refused to gracefully stop"
    ]
