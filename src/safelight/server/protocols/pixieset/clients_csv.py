"""The clients of a studio as CSV (RFC 4180), safe to open in a spreadsheet. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from safelight.library.customer import Customer
from safelight.server.protocols.pixieset.studio_records import write_client

_COLUMNS = (
    "first_name", "last_name", "email", "phone", "company", "job_title", "type", "status_name",
    "notes", "created_at",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(customers: Iterable[Customer]) -> bytes:
    """UTF-8 with a header line."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(_COLUMNS)
    for customer in customers:
        record = write_client(customer)
        lines.writerow([_defuse(getattr(record, column) or "") for column in _COLUMNS])
    return text.getvalue().encode("utf-8", "replace")


def _defuse(cell: str) -> str:
    """A spreadsheet would run a cell that begins like this; with a quote mark it is only text."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
