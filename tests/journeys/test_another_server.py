"""The application is plain ASGI: another server runs it as well, over the same data."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.cli.conftest import QUICK
from tests.house import PASSWORD
from tests.pictures.samples import picture
from tools.running import admin, free_port


@pytest.fixture
def client(tmp_path: Path) -> Iterator[httpx2.Client]:
    data, port = tmp_path / "data", free_port()
    account = ("account", "add", "ada@example.com", "--username", "ada")
    admin(data, *account, "--password-stdin", password=PASSWORD)
    environment = {f"SAFELIGHT_{name}": value for name, value in QUICK.items()}
    command = (sys.executable, "-m", "uvicorn", "--factory", "safelight.cli.worker:app")
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--log-level", "warning"],
            env={**os.environ, **environment, "SAFELIGHT_DATA": str(data)},
            stdout=log,
            stderr=log,
        )
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                try:
                    client.get("/healthz")
                    break
                except httpx2.TransportError:
                    time.sleep(0.05)
            yield client
    finally:
        process.terminate()
        assert process.wait(30) in (0, -15)
        assert "Traceback" not in (tmp_path / "log").read_text()


def test_a_photo_is_kept_and_shown_and_a_session_ends(client: httpx2.Client) -> None:
    content = picture()
    asked = {"identifier": "ada", "password": PASSWORD}
    client.headers["authorization"] = (
        f"Bearer {client.post('/v1/sessions', json=asked).json()['token']}"
    )
    photo = client.post("/v1/photos", files={"file": ("a.jpg", content)}).json()["items"][0]
    assert client.get(f"/v1/photos/{photo['id']}/original").content == content
    assert client.get(f"/v1/photos/{photo['id']}/thumbnail").status_code == 200
    client.post("/studio/login", data={"email": "ada", "password": PASSWORD})
    assert client.delete("/v1/sessions").status_code == 200
    assert client.get("/v1/account").status_code == 401
    assert client.get("/studio/api/v1/notifications/all").status_code == 401


def test_a_refused_upload_is_answered_though_nobody_reads_it(client: httpx2.Client) -> None:
    answer = client.post("/v1/photos", files={"file": ("a.jpg", b"x" * 5_000_000)})
    assert answer.status_code == 401
