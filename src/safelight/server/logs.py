"""Logs: one line of JSON for one fact, on standard error.

All else logs with the standard library, as `log.info("signed_in", extra={…})`: an event in the past
tense and its fields. Here alone those become lines. A field's name and its text are looked at once
more before they are printed: what looks like a secret is not.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextvars import ContextVar
from typing import Any, TextIO

import msgspec
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import Processor, WrappedLogger

Fields = MutableMapping[str, Any]

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The id of the request that is being answered; "" outside of one."""

_HIDDEN = "…"
_SECRET_NAMES = frozenset(
    {
        "access_token", "api_key", "auth_token", "authorization", "cookie", "csrf_token",
        "jsession", "password", "refresh_token", "secret", "session_token", "set_cookie",
    }
)  # fmt: skip
_SECRET_TEXT = re.compile(
    r"sl_(?:pat|app|setup)_\w+"
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|(?i:\b(?:basic|bearer)\s+[\w.~+/=-]+)"
    r"|(?i:(?<=auth_token=)|(?<=api_key=)|(?<=password=))[^&\s'\"]+"
)
_FIRST = ("at", "level", "event", "request")
_encoder = msgspec.json.Encoder(enc_hook=str)


def configure_logging(level: str, stream: TextIO | None = None) -> None:
    """Have every logger of this process write to `stream` (standard error), from `level` on."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    # What granian has to say about its sockets goes the same way.
    server = logging.getLogger("_granian")
    server.handlers.clear()
    server.propagate = True
    logging.captureWarnings(capture=True)


def _formatter() -> ProcessorFormatter:
    chain: list[Processor] = [
        ExtraAdder(),
        add_log_level,
        add_logger_name,
        TimeStamper(fmt="iso", utc=True, key="at"),
        _add_request,
        _flatten_detail,
    ]
    return ProcessorFormatter(
        foreign_pre_chain=chain,
        processors=[
            ProcessorFormatter.remove_processors_meta,
            format_exc_info,
            _hide_secrets,
            _order,
            JSONRenderer(serializer=_to_json),
        ],
    )


def _add_request(_logger: WrappedLogger, _method: str, fields: Fields) -> Fields:
    request = REQUEST.get()
    if request:
        fields.setdefault("request", request)
    return fields


def _flatten_detail(_logger: WrappedLogger, _method: str, fields: Fields) -> Fields:
    """An event's own words beside the fixed fields, which they cannot replace."""
    detail = fields.pop("detail", None)
    if isinstance(detail, dict):
        for name, value in detail.items():
            fields.setdefault(name, value)
    return fields


def _hide_secrets(_logger: WrappedLogger, _method: str, fields: Fields) -> Fields:
    for name, value in fields.items():
        if not isinstance(value, str):
            continue
        if name.lower() in _SECRET_NAMES:
            fields[name] = _HIDDEN
        else:
            fields[name] = _SECRET_TEXT.sub(_HIDDEN, value)
    return fields


def _order(_logger: WrappedLogger, _method: str, fields: Fields) -> Fields:
    """When, how bad, what, and for which request: the same place in each line."""
    head = {name: fields.pop(name) for name in _FIRST if name in fields}
    return {**head, **{name: value for name, value in fields.items() if value is not None}}


def _to_json(fields: Fields, **_options: Any) -> str:
    """Text that UTF-8 cannot hold is written as escapes: no line is lost for what is in it."""
    try:
        return _encoder.encode(fields).decode()
    except UnicodeEncodeError:
        escaped = {
            name: str(value).encode("utf-8", "backslashreplace").decode()
            for name, value in fields.items()
        }
        return _encoder.encode(escaped).decode()
