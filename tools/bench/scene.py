"""What the bench plays on: both servers, one account, and a credential of each kind."""

from __future__ import annotations

import base64
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tools.bench.load import SERVER_CORE, Call
from tools.bench.store import add_sessions
from tools.running import Server, admin, free_port, running

PASSWORD = "correct horse battery staple"
EMAIL = "ada@bench.test"
_PINNED = ("taskset", "-c", SERVER_CORE)
_AGENT = {"user-agent": "safelight-bench/1.0", "accept": "application/json"}


@dataclass(frozen=True)
class Scene:
    server: Server
    floor: Call
    checks: tuple[Call, ...]
    login: Call
    bytes_per_session: float


@contextmanager
def scene(folder: Path, sessions: int) -> Iterator[Scene]:
    """Both servers, pinned to one core, over a database with `sessions` live sessions."""
    data = folder / "data"
    account = ("account", "add", EMAIL, "--username", "ada", "--password-stdin")
    admin(data, *account, password=PASSWORD)
    key = admin(data, "application", "add", "Bench", "--json")["api_key"]
    size = add_sessions(data / "safelight.db", sessions)
    settings = {"REALMS__LIBREPHOTOS__ACCESS_SECONDS": "86400"}
    with (
        running(data, settings=settings, wrap=_PINNED, log=folder / "server.log") as server,
        _floor() as floor,
    ):
        login = Call(
            "sign-in",
            f"{server.url}/v1/sessions",
            {**_AGENT, "content-type": "application/json"},
            "POST",
            f'{{"identifier":"{EMAIL}","password":"{PASSWORD}"}}',
        )
        yield Scene(server, floor, tuple(_checks(server.url, key)), login, size)


@contextmanager
def _floor() -> Iterator[Call]:
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
        yield Call("floor", url, _AGENT)
    finally:
        process.terminate()
        process.wait()


def _checks(url: str, key: str) -> Iterator[Call]:
    """One call for each credential, over the protocol's own path with a small JSON answer."""
    form = {"email": EMAIL, "password": PASSWORD}
    with httpx2.Client(base_url=url) as client:
        client.post("/galleries/login", data=form).raise_for_status()
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        client.cookies.clear()
        yield Call("session cookie", f"{url}/galleries/api/v1/user", {**_AGENT, "cookie": cookie})

        api_key = {"x-ps-api-key": key}
        answer = client.post(
            "/psapi/v3/mem/authenticate", data={**form, "mode": "token"}, headers=api_key
        )
        token = {"x-ps-auth-token": answer.raise_for_status().json()["data"]["token"]}
        session = f"{url}/psapi/v3/mem/user/session"
        yield Call("PhotoShelter token", session, {**_AGENT, **api_key, **token})

        pair = {"username": "ada", "password": PASSWORD}
        access = client.post("/api/auth/token/obtain/", json=pair).raise_for_status().json()
        bearer = {"authorization": f"Bearer {access['access']}"}
        yield Call("JWT", f"{url}/api/rqavailable/", {**_AGENT, **bearer})

        encoded = base64.b64encode(PASSWORD.encode()).decode()
        answer = client.post("/api/login", data={"email": EMAIL, "password": encoded})
        monitor = {"JSESSION": answer.headers["JSESSION"]}
        yield Call("JSESSION token", f"{url}/api/users/{EMAIL}", {**_AGENT, **monitor})

        client.cookies.clear()
        login = client.post("/v1/sessions", json={"identifier": EMAIL, "password": PASSWORD})
        own = {"authorization": f"Bearer {login.raise_for_status().json()['token']}"}
        asked = {
            "name": "bench",
            "scopes": ["account:read", "photos:read", "photos:write"],
            "expires_in_seconds": None,
        }
        made = client.post("/v1/tokens", json=asked, headers=own).raise_for_status().json()
        personal = {"authorization": f"Bearer {made['secret']}"}
        yield Call("personal access token", f"{url}/v1/account", {**_AGENT, **personal})
