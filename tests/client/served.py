"""The test house on a real socket, with a clock that tests turn, and faults that they order."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from tests.house import House


@contextmanager
def served(house: House) -> Iterator[str]:
    """Serve a house on a free port of this machine; its address."""
    assert house._main is not None
    portal = house._main.portal
    assert portal is not None
    # asyncio sends small answers at once only from sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        house.app, lifespan="off", log_config=None, date_header=False, access_log=False
    )
    server = uvicorn.Server(config)
    done = portal.start_task_soon(server.serve, [listener])
    while not server.started:
        time.sleep(0.005)
    try:
        yield f"http://localhost:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        done.result()
        listener.close()
