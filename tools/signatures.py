"""Classes, fields and signatures as the source has them, for the reference pages."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).resolve().parent.parent / "src" / "safelight"

_WIDTH = 88


class Field(NamedTuple):
    """`kind` is empty for an enumeration's member."""

    name: str
    kind: str
    default: str


def module_of(name: str) -> list[ast.stmt]:
    return ast.parse((SOURCE / name).read_text("utf-8")).body


def class_of(module: str, name: str) -> ast.ClassDef:
    return next(
        node for node in module_of(module) if isinstance(node, ast.ClassDef) and node.name == name
    )


def methods_of(made: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return functions_of(made.body)


def functions_of(body: list[ast.stmt]) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def fields_of(made: ast.ClassDef) -> Iterator[Field]:
    for node in made.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            default = source_of(node.value) if node.value is not None else ""
            yield Field(node.target.id, source_of(node.annotation), default)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if not name.startswith("_"):
                yield Field(name, "", f"{made.name}.{name}")


def docstring_of(after: ast.stmt) -> str:
    """The text below a name, or "" when there is none."""
    if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
        return " ".join(str(after.value.value).split())
    return ""


def source_of(node: ast.expr) -> str:
    return ast.unparse(node).replace("'", '"')


def text_of(node: ast.ClassDef | ast.FunctionDef) -> str:
    """The docstring, its paragraphs each in one line."""
    paragraphs = (ast.get_docstring(node) or "").split("\n\n")
    return "\n\n".join(" ".join(each.split()) for each in paragraphs)


def signature_of(node: ast.FunctionDef, shown: str) -> str:
    """As a caller sees it: without `self`, over several lines when one is too short."""
    given = node.args
    plain = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(plain) - len(given.defaults)) + list(given.defaults)
    parts = [
        parameter(each, default)
        for each, default in zip(plain, defaults, strict=True)
        if each.arg not in ("self", "cls")
    ]
    if given.kwonlyargs:
        parts.append("*")
    pairs = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    parts += [parameter(each, default) for each, default in pairs]
    if given.kwarg is not None:
        parts.append(f"**{parameter(given.kwarg, None)}")
    is_made = shown.rpartition(".")[2] == "Client" or node.name == "__init__"
    gives = "" if is_made or node.returns is None else f" -> {source_of(node.returns)}"
    line = f"{shown}({', '.join(parts)}){gives}"
    if len(line) <= _WIDTH:
        return line
    inner = "".join(f"    {each},\n" for each in parts)
    return f"{shown}(\n{inner}){gives}"


def parameter(given: ast.arg, default: ast.expr | None) -> str:
    kind = f": {source_of(given.annotation)}" if given.annotation is not None else ""
    if default is None:
        return f"{given.arg}{kind}"
    return f"{given.arg}{kind}{' = ' if kind else '='}{source_of(default)}"
