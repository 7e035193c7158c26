"""The process that watches over the workers, and what each worker begins with."""

from __future__ import annotations

import importlib
import os
import signal
import time
from collections.abc import Callable
from threading import Thread
from typing import Any

from granian.server.mp import MPServer

_LOOK_SECONDS = 0.02
_AGAIN_SECONDS = 0.5
"""How often a worker is told to stop, and looks whether it is still watched."""
_LAST_SECONDS = 1


class Supervisor(MPServer):
    """granian's supervisor, with stops that no worker misses.

    A worker hears a signal only while its event loop runs: one that comes as it begins to serve
    would be forgotten, and the worker killed when the time to drain is over. So each is told again
    until it has ended. granian waits for a worker in two threads as well, and now and then takes
    one for alive that the other thread has just seen end; by then none is left here.
    """

    workers_kill_timeout: int | None

    def _stop_workers(self) -> None:
        # granian's own method: without it (another release), stops are as granian makes them.
        until = time.monotonic() + (self.workers_kill_timeout or 0)
        self.workers_kill_timeout = _LAST_SECONDS
        told = float("-inf")
        while any(worker.is_alive() for worker in self.wrks) and time.monotonic() < until:
            if time.monotonic() - told >= _AGAIN_SECONDS:
                told = time.monotonic()
                for worker in self.wrks:
                    worker.terminate()
            time.sleep(_LOOK_SECONDS)
        super()._stop_workers()


def load_worker(supervisor: int, target: str) -> Callable[..., Any]:
    """The application, in a worker that `supervisor` has just begun.

    It begins with the supervisor's signal handlers, and gets its own once it serves. A stop that
    came in between would be taken by the former, and forgotten: so until then it ends the worker.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    Thread(target=_stop_with, args=(supervisor,), name="supervision", daemon=True).start()
    module, _, name = target.partition(":")
    application: Callable[..., Any] = getattr(importlib.import_module(module), name)()
    return application


def _stop_with(supervisor: int) -> None:
    """Stop this worker when its supervisor is gone, however that ended: workers that nobody watches
    would go on serving, and keep the port from the next server."""
    while os.getppid() == supervisor:
        time.sleep(_AGAIN_SECONDS)
    while True:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_AGAIN_SECONDS)
