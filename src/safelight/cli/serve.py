"""`safelight serve`: the server.

This process stays small: it starts the workers and waits. What needs the whole program (migrations,
the set-up token) runs once in a child before that.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from functools import partial
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number
from granian.constants import HTTPModes, Interfaces, Loops, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels

from safelight.cli.listening import TlsCert, TlsKey, read_certificate, shown, why_not
from safelight.cli.log_lines import SUPERVISOR_LOGGING
from safelight.cli.options import Config, Data
from safelight.cli.supervision import Supervisor, load_worker
from safelight.config import read_settings
from safelight.errors import ConfigurationError, Unavailable

_HEADER_MILLISECONDS = 15_000


def serve(
    *,
    data: Data,
    host: Annotated[
        str, Parameter(metavar="ADDRESS", help="The address to listen at.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        Parameter(metavar="NUMBER", help="The port.", validator=Number(gte=1, lte=65_535)),
    ] = 8000,
    workers: Annotated[
        int, Parameter(metavar="NUMBER", help="Worker processes.", validator=Number(gte=1))
    ] = 1,
    config: Config = None,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
) -> int:
    """Start the server, and wait until it is told to stop."""
    read_certificate(tls_cert, tls_key)
    data = data.absolute()
    settings = read_settings(data, config)
    _require_free(host, port)
    os.environ["SAFELIGHT_DATA"] = str(data)
    if config is not None:
        os.environ["SAFELIGHT_CONFIG"] = str(config.absolute())
    # -P: what lies in the folder that somebody starts it from is not imported.
    prepared = subprocess.run(
        [sys.executable, "-P", "-m", "safelight.cli.main", "admin", "prepare"], check=False
    )
    if prepared.returncode:
        return prepared.returncode
    server = Supervisor(
        "safelight.cli.worker:app",
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.auto if tls_cert else HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        websockets=False,
        ssl_cert=tls_cert,
        ssl_key=tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
        log_dictconfig=SUPERVISOR_LOGGING,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=settings.server.drain_seconds,
    )
    scheme = "https" if tls_cert else "http"
    server.on_startup(lambda: _say(f"Safelight listens at {scheme}://{shown(host)}:{port}"))
    server.serve(target_loader=partial(load_worker, os.getpid()))
    return 0


def _require_free(host: str, port: int) -> None:
    """Raises Unavailable when nobody can listen there, ConfigurationError for what is no address.

    The workers share a port (SO_REUSEPORT), and so would a second server, unseen: each would get
    some of the requests. A socket that does not share finds out.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE | socket.AI_NUMERICHOST
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise ConfigurationError(f"--host {host} is not an address.") from None
    except OSError as error:
        raise Unavailable(why_not(host, port, error)) from None


def _say(line: str) -> None:
    print(line, flush=True)
