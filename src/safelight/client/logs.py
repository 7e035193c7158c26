"""What the libraries below log, without what signs in.

httpx2 logs whole addresses, some of which open what they name without a session; what carries its
bytes logs the headers, at DEBUG.
"""

from __future__ import annotations

import logging
import re

from safelight.client.leaks import CREDENTIALS

_LOGGERS = ("httpx2", *(f"httpcore2.{part}" for part in ("http11", "http2", "proxy", "socks")))
"""A filter is asked by its own logger alone, not by those above it."""

_CACHES = tuple(f"hishel._core._storages._{kind}_sqlite" for kind in ("sync", "async"))

_NAMES = "|".join(sorted({*CREDENTIALS, "location", "proxy-authorization", "set-cookie"}))
_HEADER = re.compile(
    rf"""(b'(?i:{_NAMES})', )b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
)  # fmt: skip
"""A pair as Python writes it."""
_ADDRESS = re.compile(r"""https?://[^\s"']+""")
_OPENING = re.compile(r"\?.*|(?<=/)[^/?]{40,}")
"""The query, and parts of a path that are too long for an id: signatures stand in both."""


class _Veil(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = veiled(record.getMessage())
        record.args = ()
        return True


class _Line(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and record.exc_info[1] is not None:
            record.msg, record.args = f"{record.getMessage()}: {record.exc_info[1]}", ()
        record.exc_info = record.exc_text = None
        return True


_VEIL = _Veil()
_LINE = _Line()


def veiled(line: str) -> str:
    """A line without the values of headers that sign in, and without what opens an address."""
    return _ADDRESS.sub(_closed, _HEADER.sub(r"\1b'…'", line))


def _closed(address: re.Match[str]) -> str:
    return _OPENING.sub("…", address[0])


def shorten_cache_logs() -> None:
    """A damaged or locked cache is told in a line each time, without a traceback. As `veil_logs`,
    once is enough."""
    for name in _CACHES:
        logging.getLogger(name).addFilter(_LINE)


def veil_logs() -> None:
    """For this process, from now on. Once is enough, and more does nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_VEIL)
