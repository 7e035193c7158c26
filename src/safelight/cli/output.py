"""What commands print: JSON for programs, tables for people. Data to standard output only."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table

_UNFOLDED = 10_000
"""In a pipe a row is a line, however long."""


def print_json(value: object) -> None:
    print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], empty: str) -> None:
    """A table without frills; `empty` is said when there are no rows."""
    if not rows:
        print(empty)
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _UNFOLDED)
    with console.capture() as capture:
        console.print(table)
    print("\n".join(line.rstrip() for line in capture.get().splitlines()))


def confirm(question: str, *, yes: bool) -> bool:
    """Whether to go on. Without a terminal nobody can answer, so only `--yes` goes on."""
    if yes:
        return True
    if not sys.stdin.isatty():
        print(f"{question} Say --yes to go on without being asked.", file=sys.stderr)
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
