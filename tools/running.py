"""A Safelight server as its own process, as an operator would start it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-m", "safelight.cli.main")
_START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """`url` is `http://localhost:PORT`."""

    process: subprocess.Popen[bytes]
    port: int
    data: Path
    log: Path

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(
    data: Path,
    *,
    port: int | None = None,
    settings: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
    wrap: Sequence[str] = (),
    log: Path,
) -> Iterator[Server]:
    """Start a server over `data` and wait until it is ready; stop it at the end.

    `settings` are by their environment names without the prefix; `options` are more options of
    `safelight serve`; `wrap` is put before the command (`taskset -c 0`). What the server prints
    goes to the file `log`. Raises RuntimeError, with the log's end, when it does not start.
    """
    port = port or free_port()
    environment = {key: value for key, value in os.environ.items() if key[:10] != "SAFELIGHT_"}
    environment |= {f"SAFELIGHT_{key}": value for key, value in (settings or {}).items()}
    command = [*wrap, *COMMAND, "serve", "--data", str(data), "--port", str(port)]
    command += options
    with log.open("ab") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        server = Server(process, port, data, log)
        try:
            _wait(server)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait(server: Server) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and server.process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/healthz", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    end = server.log.read_text("utf-8", "replace")[-2000:]
    raise RuntimeError(f"The server did not start:\n{end}")


def admin(data: Path, *arguments: str, password: str | None = None) -> dict[str, str]:
    """Run `safelight admin …`; what it printed as JSON, if it did. Raises RuntimeError."""
    done = subprocess.run(
        [*COMMAND, "admin", *arguments, "--data", str(data)],
        input=f"{password}\n" if password is not None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or done.stdout.strip())
    try:
        printed: dict[str, str] = json.loads(done.stdout)
    except ValueError:
        return {}
    return printed
