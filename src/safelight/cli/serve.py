"""`safelight serve`: the server.

This process stays small: it starts the workers and waits. What needs the whole program (settings,
migrations, the set-up token) runs once in a child before that.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings

from safelight.cli.options import Config, Data
from safelight.config import read_settings
from safelight.errors import ConfigurationError

_LOGGING = {
    "formatters": {
        "generic": {"()": "logging.Formatter", "fmt": "%(message)s"},
        "access": {"()": "logging.Formatter", "fmt": "%(message)s"},
    },
    "handlers": {
        "console": {
            "formatter": "generic",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
        },
        "access": {
            "formatter": "access",
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stderr",
        },
    },
}


def serve(
    *,
    data: Data,
    host: Annotated[str, Parameter(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, Parameter(help="The port to listen at.")] = 8000,
    workers: Annotated[int, Parameter(help="Worker processes.")] = 1,
    config: Config = None,
    tls_cert: Annotated[
        Path | None, Parameter(help="A certificate chain (PEM): serve HTTPS directly.")
    ] = None,
    tls_key: Annotated[Path | None, Parameter(help="Its private key (PEM).")] = None,
) -> int:
    """Start the server."""
    if (tls_cert is None) is not (tls_key is None):
        raise ConfigurationError("--tls-cert and --tls-key come together.")
    for path in (tls_cert, tls_key):
        if path is not None and not path.is_file():
            raise ConfigurationError(f"There is no file {path}.")
    data = data.absolute()
    settings = read_settings(data, config)
    os.environ["SAFELIGHT_DATA"] = str(data)
    if config is not None:
        os.environ["SAFELIGHT_CONFIG"] = str(config.absolute())
    prepared = subprocess.run(
        [sys.executable, "-m", "safelight.cli.main", "admin", "prepare", "--data", str(data)],
        check=False,
    )
    if prepared.returncode:
        return prepared.returncode
    scheme = "https" if tls_cert else "http"
    name = "localhost" if host in ("127.0.0.1", "::1") else host
    print(f"Safelight listens at {scheme}://{name}:{port}", file=sys.stderr, flush=True)
    Granian(
        "safelight.cli.worker:app",
        factory=True,
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.auto if tls_cert else HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=15_000),
        websockets=False,
        ssl_cert=tls_cert,
        ssl_key=tls_key,
        log_dictconfig=_LOGGING,
        log_level="warning",
        respawn_failed_workers=True,
        workers_kill_timeout=settings.server.drain_seconds,
    ).serve()
    return 0
