"""What the process that watches over the workers logs: lines of the workers' form, made with the
standard library alone, since that process stays small."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


_TO_STDERR = {
    "formatter": "generic", "class": "logging.StreamHandler", "stream": "ext://sys.stderr"
}  # fmt: skip

SUPERVISOR_LOGGING: dict[str, Any] = {
    "formatters": {"generic": {"()": JsonLines}},
    "handlers": {"console": _TO_STDERR, "access": _TO_STDERR},
}
"""For granian, whose own configuration it amends."""
