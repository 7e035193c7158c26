"""What the writers of the reference pages share: tables, pages, and texts from the source."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any


def field_texts(path: Path) -> dict[str, dict[str, str]]:
    """The docstrings below the fields of each class in a module."""
    texts: dict[str, dict[str, str]] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        if not isinstance(node, ast.ClassDef):
            continue
        found: dict[str, str] = {}
        for field, text in zip(node.body, node.body[1:], strict=False):
            name = name_of(field)
            if name is not None and isinstance(text, ast.Expr):
                found[name] = " ".join(str(ast.literal_eval(text.value)).split())
        texts[node.name] = found
    return texts


def name_of(node: ast.stmt) -> str | None:
    target = node.target if isinstance(node, ast.AnnAssign) else None
    if isinstance(node, ast.Assign):
        target = node.targets[0] if isinstance(node.targets[0], ast.Name) else None
    return target.id if isinstance(target, ast.Name) else None


def table_of(rows: list[Any]) -> str:
    heading, *others = [[str(cell).replace("|", "\\|") for cell in row] for row in rows]
    lines = [heading, ["---"] * len(heading), *others]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"
