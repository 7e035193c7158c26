"""What this project promises its readers about its own source.

Style, types and the direction of imports are ruff's, mypy's and import-linter's (`pyproject.toml`);
here is what they cannot say.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "safelight"
MODULES = sorted(PACKAGE.rglob("*.py"))

LONGEST_MODULE = 400
FORBIDDEN_NAMES = frozenset(
    {"base", "common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}
)

# Where each package from outside may be imported, below src/safelight. One place each: whoever
# wants to replace a library, or to read what it is trusted with, has one folder to look at.
EVERYWHERE = ("",)
PLACES: dict[str, tuple[str, ...]] = {
    "alembic": ("stores/",),
    "anyio": ("client/", "testing/"),
    "argon2": ("authentication/",),
    "cryptography": ("authentication/", "client/keeping/"),
    "cyclopts": ("cli/",),
    "exifread": ("pictures/",),
    "filelock": ("client/",),
    "granian": ("server/", "cli/serve.py", "cli/supervision.py"),
    "h11": ("testing/",),
    "hishel": ("client/cache.py",),
    "httpx2": ("client/",),
    "jinja2": ("server/",),
    "joserfc": ("authentication/",),
    "keyring": ("client/keeping/",),
    "msgspec": EVERYWHERE,
    "multipart": ("server/",),
    "obstore": ("stores/blobs/",),
    "platformdirs": ("cli/", "client/"),
    "prometheus_client": ("server/",),
    "pytest": ("testing/",),
    "pyvips": ("pictures/",),
    "rich": ("cli/",),
    "sqlalchemy": ("stores/",),
    "sqlite3": ("stores/", "client/cache.py", "client/cache_use.py"),
    "structlog": ("server/",),
}


class Import(NamedTuple):
    """One imported package, by its outermost name, and where it is asked for."""

    package: str
    module: Path
    line: int

    def __str__(self) -> str:
        return f"{name_of(self.module)}:{self.line} imports {self.package}"


def name_of(module: Path) -> str:
    return module.relative_to(PACKAGE).as_posix()


def imports_of(module: Path) -> Iterator[Import]:
    for node in ast.walk(ast.parse(module.read_text())):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield Import(alias.name.partition(".")[0], module, node.lineno)
            case ast.ImportFrom(module=str(source), level=0):
                yield Import(source.partition(".")[0], module, node.lineno)


def foreign_imports() -> list[Import]:
    """Every import of what is neither ours nor the standard library's, and of what PLACES names."""
    ours = sys.stdlib_module_names - PLACES.keys() | {"safelight"}
    return [
        found for module in MODULES for found in imports_of(module) if found.package not in ours
    ]


def test_there_is_source_to_check() -> None:
    assert PACKAGE / "__init__.py" in MODULES


def test_no_module_is_too_long_to_read_at_a_sitting() -> None:
    lengths = {name_of(module): len(module.read_text().splitlines()) for module in MODULES}
    too_long = {name: length for name, length in lengths.items() if length > LONGEST_MODULE}
    assert too_long == {}


def test_every_module_is_named_for_what_is_in_it() -> None:
    vague = [
        name_of(module)
        for module in MODULES
        if FORBIDDEN_NAMES & set(module.relative_to(PACKAGE).with_suffix("").parts)
    ]
    assert vague == []


def test_every_foreign_package_has_its_place() -> None:
    unknown = [str(found) for found in foreign_imports() if found.package not in PLACES]
    assert unknown == [], "give it a place in PLACES and a line in docs/decisions/0001-libraries.md"


def test_every_foreign_package_is_imported_in_its_place_only() -> None:
    astray = [
        str(found)
        for found in foreign_imports()
        if not name_of(found.module).startswith(PLACES.get(found.package, EVERYWHERE))
    ]
    assert astray == []


def test_every_dependency_has_a_line_that_says_why() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = [*project["dependencies"], *project["optional-dependencies"]["server"]]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in required}
    table = (ROOT / "docs" / "decisions" / "0001-libraries.md").read_text()
    assert {name for name in names if f"| `{name}` |" not in table} == set()


@pytest.mark.parametrize("lock", ["build", "lock", "runtime", "test"])
def test_a_lock_file_names_packages_and_digests_but_no_address(lock: str) -> None:
    lines = (ROOT / "requirements" / f"{lock}.txt").read_text().splitlines()
    pins = [line for line in lines if re.match(r"[a-z0-9]", line)]
    unlocked = [line for line in pins if not re.match(r"[a-z0-9.-]+==\S+ .*\\$", line)]
    addresses = [line for line in lines if "://" in line or line.startswith("-")]
    assert pins != []
    assert unlocked == []
    assert addresses == []
