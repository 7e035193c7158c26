"""Listening at an address: what `safelight serve` and `safelight proxy` say about it alike."""

from __future__ import annotations

import errno
import ssl
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from safelight.errors import ConfigurationError

TlsCert = Annotated[
    Path | None,
    Parameter(metavar="FILE", help="A certificate chain (PEM): serve HTTPS directly."),
]
TlsKey = Annotated[Path | None, Parameter(metavar="FILE", help="Its private key (PEM).")]


def read_certificate(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """TLS with it; None for none. Raises ConfigurationError unless both are there and fit."""
    if (certificate is None) is not (key is None):
        raise ConfigurationError("--tls-cert and --tls-key come together.")
    if certificate is None or key is None:
        return None
    for path in (certificate, key):
        if not path.is_file():
            raise ConfigurationError(f"There is no file {path}.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key, _no_password)
    except (OSError, ValueError):
        raise ConfigurationError(
            f"{certificate} and {key} are not a PEM certificate and its key without a passphrase."
        ) from None
    return context


def why_not(host: str, port: int, error: OSError) -> str:
    """Why nobody can listen there, and what to do."""
    if error.errno == errno.EADDRINUSE:
        reason = "the port is in use: stop what listens there, or choose another with --port"
    else:
        reason = error.strerror or "it is refused"
    return f"Cannot listen at {host}, port {port}: {reason}."


def shown(host: str) -> str:
    """A host as it stands in an address."""
    if host in ("127.0.0.1", "::1"):
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _no_password() -> str:
    """OpenSSL would ask for it on the terminal, where nobody sits."""
    return ""
