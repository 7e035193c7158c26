"""`python3 dev.py rows`: which rows of the protocols the tests show, and which are missing.

The rows stand in the tables of `docs/protocols/*.md` (id, row, mark, source); a test names those it
shows: `@pytest.mark.covers("PX-18")`. Exit code 1 when a row in scope has no test, or when a marker
names a row that does not exist. A row of the client is shown by the client's tests alone.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARKS = ("documented", "observed", "assumed")
"""What a row of the server rests on. Rows marked `client` are the client's; `out` are not built."""

CLIENT_TESTS = ("tests/client/", "tests/cli_client/")

_ROW = re.compile(r"\|\s*((?:PX|PS|LP|RM)-\d+[a-z]?)\s*\|(.+)\|\s*([a-z]+)[^|]*\|[^|]*\|\s*")


@dataclass(frozen=True)
class Row:
    id: str
    protocol: str
    mark: str

    @property
    def is_of_client(self) -> bool:
        return self.mark == "client"


def read_rows(folder: Path) -> list[Row]:
    """Every row of every page, in the order of the pages. Raises ValueError for a row that stands
    twice or has an unknown mark."""
    rows: dict[str, Row] = {}
    for page in sorted(folder.glob("*.md")):
        for line in page.read_text("utf-8").splitlines():
            match = _ROW.fullmatch(line)
            if match is None:
                continue
            row = Row(match[1], page.stem, match[3])
            if row.mark not in (*MARKS, "client", "out"):
                raise ValueError(f"{page.name}: {row.id} has the unknown mark {row.mark}.")
            if row.id in rows:
                raise ValueError(f"{page.name}: {row.id} stands twice.")
            rows[row.id] = row
    return list(rows.values())


def read_markers(folder: Path) -> dict[str, list[str]]:
    """The rows that markers name, each with the places that name it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _is_covers(node.func):
                for argument in node.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        place = f"{path.relative_to(folder.parent)}:{node.lineno}"
                        found[argument.value].append(place)
    return found


def is_shown(row: Row, markers: dict[str, list[str]]) -> bool:
    """Whether a test shows it; of the client, if the row is the client's."""
    places = markers.get(row.id, [])
    if row.is_of_client:
        return any(place.startswith(CLIENT_TESTS) for place in places)
    return bool(places)


def _is_covers(function: ast.expr) -> bool:
    """Whether it is `pytest.mark.covers`."""
    return isinstance(function, ast.Attribute) and function.attr == "covers"


def main() -> int:
    rows, markers = read_rows(ROOT / "docs" / "protocols"), read_markers(ROOT / "tests")
    known = {row.id for row in rows}
    by_protocol: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_protocol[row.protocol].append(row)
    missing_any = False
    head = f"{'protocol':<18}{'server':>7}{'covered':>9}{'client':>8}{'covered':>9}{'out':>5}"
    print(f"{head}   missing")
    for protocol, its_rows in by_protocol.items():
        missing = [row.id for row in its_rows if row.mark != "out" and not is_shown(row, markers)]
        missing_any = missing_any or bool(missing)
        counts = ""
        for is_of_client, width in ((False, 7), (True, 8)):
            part = [
                row for row in its_rows if row.mark != "out" and row.is_of_client is is_of_client
            ]
            shown = sum(row.id not in missing for row in part)
            counts += f"{len(part):>{width}}{shown:>9}"
        out = sum(row.mark == "out" for row in its_rows)
        print(f"{protocol:<18}{counts}{out:>5}   {' '.join(missing) or 'none'}")
    strangers = {name: places for name, places in markers.items() if name not in known}
    for name, places in sorted(strangers.items()):
        print(f"{name} is no row, but is named by {', '.join(places)}.")
    return 1 if missing_any or strangers or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
