"""What the bench plays on: both servers, one account, and many sessions of each kind."""

from __future__ import annotations

import random
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.bench.credentials import write_credentials
from tools.bench.load import SERVER_CORE, Call
from tools.running import Server, admin, free_port, running

PASSWORD = "correct horse battery staple"
EMAIL = "ada@bench.test"
_PINNED = ("taskset", "-c", SERVER_CORE)
_AGENT = {"user-agent": "safelight-bench/1.0", "accept": "application/json"}


@dataclass(frozen=True)
class Check:
    """One kind of credential: `again` sends the same one every time, `many` picks any of all."""

    name: str
    again: Call
    many: Call


@dataclass(frozen=True)
class Scene:
    server: Server
    floor: Call
    floor_pid: int
    checks: tuple[Check, ...]
    login: Call
    api_key: str

    @property
    def personal(self) -> Call:
        return self.checks[-1].again


@contextmanager
def scene(folder: Path, sessions: int) -> Iterator[Scene]:
    """Both servers, pinned to one core, over a database with `sessions` live sessions of each of
    four kinds, and as many personal access tokens."""
    data = folder / "data"
    account = ("account", "add", EMAIL, "--username", "ada", "--password-stdin")
    admin(data, *account, password=PASSWORD)
    key = admin(data, "application", "add", "Bench", "--json")["api_key"]
    kinds = list(write_credentials(data, sessions, EMAIL, key))
    with (
        running(data, wrap=_PINNED, log=folder / "server.log") as server,
        _floor() as (floor, floor_pid),
    ):
        checks = []
        for kind in kinds:
            url = f"{server.url}{kind.path}"
            one = {**_AGENT, **random.choice(kind.headers)}  # noqa: S311  # no secret is drawn
            checks.append(
                Check(
                    kind.name,
                    Call(kind.name, url, one),
                    Call(f"{kind.name}, any", url, _AGENT, choices=kind.headers),
                )
            )
        login = Call(
            "sign-in",
            f"{server.url}/v1/sessions",
            {**_AGENT, "content-type": "application/json"},
            "POST",
            f'{{"identifier":"{EMAIL}","password":"{PASSWORD}"}}',
        )
        yield Scene(server, floor, floor_pid, tuple(checks), login, key)


@contextmanager
def _floor() -> Iterator[tuple[Call, int]]:
    port = free_port()
    command = [*_PINNED, sys.executable, "-m", "tools.bench.floor", str(port)]
    process = subprocess.Popen(command)
    url = f"http://localhost:{port}/"
    try:
        for _ in range(200):
            try:
                with urllib.request.urlopen(url, timeout=1):
                    break
            except OSError:
                time.sleep(0.05)
        yield Call("floor", url, _AGENT), process.pid
    finally:
        process.terminate()
        process.wait()
