"""Requests that are sent at the same moment, each over a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

from tools.prove.pinned import Got, Pinned

_HOME = "127.0.0.1"

Call = Callable[[Pinned], Got]


def at_once(port: int, calls: Sequence[Call], sources: Sequence[str] = ()) -> list[Got]:
    """Make all the calls at the same time, each over a connection of its own that stands already.
    The n-th comes from the n-th address of `sources`, if there are any."""
    start = Barrier(len(calls))

    def make(pair: tuple[Call, Pinned]) -> Got:
        call, connection = pair
        start.wait(60)
        return call(connection)

    with ExitStack() as opened, ThreadPoolExecutor(len(calls)) as pool:
        connections = [
            opened.enter_context(Pinned(port, sources[place % len(sources)] if sources else _HOME))
            for place in range(len(calls))
        ]
        return list(pool.map(make, zip(calls, connections, strict=True)))
