"""Connections that stay: each is served by one worker, and says by which."""

from __future__ import annotations

import http.client
import json
import re
import time
from collections.abc import Mapping
from typing import Any, NamedTuple, Self

from tools.prove.proof import Unable, require

_WORKER = re.compile(rb'worker="(\d+)"')
_SECONDS = 60.0


class Got(NamedTuple):
    """An answer. `headers` are in order, with names in lower case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """The last value; "" when there is none."""
        return next((value for key, value in reversed(self.headers) if key == name), "")

    def cookies(self) -> dict[str, str]:
        """The value of each cookie that the answer leaves set."""
        found: dict[str, str] = {}
        for name, line in self.headers:
            if name == "set-cookie":
                pair, _, rest = line.partition(";")
                key, _, value = pair.partition("=")
                found[key] = "" if "Max-Age=0" in rest else value
        return {key: value for key, value in found.items() if value}


class Pinned:
    """One connection, kept alive. Belongs to one thread. `source` is the address it comes from."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self._connection = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=_SECONDS, source_address=(source, 0)
        )
        self._connection.connect()
        # A connection that breaks must not be replaced by one to another worker unseen.
        self._connection.auto_open = 0

    def ask(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Got:
        """Raises OSError or http.client.HTTPException when the connection breaks."""
        self._connection.request(method, path, body, {"host": "localhost", **(headers or {})})
        answer = self._connection.getresponse()
        content = answer.read()
        got = tuple((name.lower(), value) for name, value in answer.getheaders())
        return Got(answer.status, got, content)

    def send_json(
        self, method: str, path: str, value: object, headers: Mapping[str, str] | None = None
    ) -> Got:
        sent = {"content-type": "application/json", **(headers or {})}
        return self.ask(method, path, sent, json.dumps(value).encode())

    def worker(self) -> str:
        """The process that answers here."""
        found = _WORKER.search(self.ask("GET", "/metrics").body)
        if found is None:  # it has counted nothing yet
            found = _WORKER.search(self.ask("GET", "/metrics").body)
        require(found is not None, "/metrics does not name its worker")
        assert found is not None
        return found[1].decode()

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exit: object) -> None:
        self.close()


def one_of_each(port: int, workers: int) -> list[Pinned]:
    """A connection to each worker, in no particular order. Raises Unable when some worker gets
    none for long."""
    found: dict[str, Pinned] = {}
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        connection = Pinned(port)
        name = connection.worker()
        if name in found:
            connection.close()
            time.sleep(0.005)
        else:
            found[name] = connection
        if len(found) == workers:
            return list(found.values())
    raise Unable(f"Of {workers} workers, only {len(found)} get connections.")
