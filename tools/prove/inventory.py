"""Everything in `safelight` that reads what a stranger wrote, found by looking, never listed.

A reader is a public function or method whose name begins with `read_`, and the `read` of every
endpoint of every protocol. Whoever adds one has it in the proof, or sees the proof fail.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import safelight
from safelight.config import Settings, read_settings
from safelight.realms import realms_of
from safelight.server.protocols import mount_protocols
from safelight.server.routes import Mount, Routes
from safelight.server.wire import AnyEndpoint, Body, FixedEndpoint, ResourceEndpoint, WireProtocol

EVERYTHING_ON = {
    "SAFELIGHT_SERVER__DEBUG": "true",
    "SAFELIGHT_REALMS__PHOTOSHELTER__LOGIN_BY_GET": "true",
    "SAFELIGHT_REALMS__LIBREPHOTOS__ALLOW_REGISTRATION": "true",
}
"""Settings that serve more than the default ones do."""

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.\[\]-]{1,39}")
_HEADER = re.compile(rb"[a-z][a-z-]{2,40}")


@dataclass(frozen=True)
class Reader:
    """`owner` is the class that the function is a method of. `name` is its full name."""

    name: str
    function: Callable[..., Any]
    owner: type | None


@dataclass(frozen=True)
class EndpointReader:
    """What an endpoint makes of a request: its `read`, or the `reply` of one that is fixed."""

    protocol: WireProtocol
    endpoint: AnyEndpoint
    mount: str

    @property
    def name(self) -> str:
        at = f"{self.endpoint.method} {self.mount}{self.endpoint.path}"
        return f"{at} ({self.protocol.realm.name})"

    @property
    def function(self) -> Callable[..., Any]:
        if isinstance(self.endpoint, FixedEndpoint):
            return self.endpoint.reply
        return self.endpoint.read

    @property
    def takes_files(self) -> bool:
        return isinstance(self.endpoint, ResourceEndpoint) and self.endpoint.body is Body.UPLOAD

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{(\w+)\}", self.endpoint.path))


def modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(safelight.__path__, "safelight."):
        # Alembic runs its environment when it is imported; `__main__` would start a command.
        if not found.name.endswith((".migrations.env", ".__main__")):
            yield importlib.import_module(found.name)


def readers() -> list[Reader]:
    """Every public `read_…`, of modules and of classes; not the empty ones of protocols' types."""
    found: list[Reader] = []
    for module in modules():
        for name, value in vars(module).items():
            if not _is_own(value, module):
                continue
            if isinstance(value, FunctionType) and name.startswith("read_"):
                found.append(Reader(f"{module.__name__}.{name}", value, None))
            elif isinstance(value, type) and not getattr(value, "_is_protocol", False):
                found += [
                    Reader(f"{module.__name__}.{value.__name__}.{method}", function, value)
                    for method, function in vars(value).items()
                    if method.startswith("read_") and isinstance(function, FunctionType)
                ]
    return found


def _is_own(value: object, module: ModuleType) -> bool:
    return getattr(value, "__module__", None) == module.__name__


@cache
def everything_on() -> Settings:
    return read_settings(None, None, EVERYTHING_ON)


@cache
def routes() -> Routes:
    """Every protocol at its place, with all that settings can turn on."""
    return mount_protocols(realms_of(everything_on()), everything_on())


def endpoint_readers() -> list[EndpointReader]:
    return [
        EndpointReader(mount.protocol, endpoint, mount.prefix)
        for mount in routes().mounts
        for endpoint in mount.protocol.endpoints
    ]


@cache
def path_parameters() -> tuple[str, ...]:
    """Every name that a path's parameter has anywhere."""
    return tuple(sorted({name for found in endpoint_readers() for name in found.parameters}))


def mounts() -> tuple[Mount, ...]:
    return routes().mounts


# --- the words that readers look for ----------------------------------------------------------


def words_of(function: Callable[..., Any], *types: object) -> tuple[str, ...]:
    """Names that a reader may look for: the words in its code and in the code of what it calls,
    and the fields of the structs among `types`."""
    found: set[str] = set()
    for each in _called_by(function, {}):
        found.update(_texts_in(each.__code__.co_consts))
        for name in each.__code__.co_names:
            found.update(_texts_in(each.__globals__.get(name)))
    for kind in types:
        found.update(getattr(kind, "__struct_fields__", ()))
    return tuple(sorted(word for word in found if _WORD.fullmatch(word)))


def _called_by(function: object, seen: dict[object, FunctionType]) -> Collection[FunctionType]:
    """`function`, what it closes over, and what its code names, as far as it reads a wire."""
    if isinstance(function, FunctionType) and function not in seen:
        if not function.__module__.startswith(("safelight.server.", "safelight.client.")):
            return seen.values()
        seen[function] = function
        for cell in function.__closure__ or ():
            _called_by(cell.cell_contents, seen)
        for name in _names_in(function.__code__):
            _called_by(function.__globals__.get(name), seen)
    return seen.values()


def _names_in(code: CodeType) -> set[str]:
    """Also of the functions inside it."""
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return set(code.co_names).union(*map(_names_in, inner))


def _texts_in(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case CodeType():
            yield from _texts_in(value.co_consts)
        case tuple() | frozenset() | dict():
            for each in value:
                yield from _texts_in(each)


@cache
def header_names() -> tuple[bytes, ...]:
    """Every byte string in the server's source that may name a header."""
    return tuple(
        sorted(
            node.value
            for node in _nodes()
            if isinstance(node, ast.Constant)
            and isinstance(node.value, bytes)
            and _HEADER.fullmatch(node.value)
        )
    )


@cache
def cookie_names() -> tuple[str, ...]:
    """The cookies that any protocol knows, by the constants and arguments that name them."""
    return tuple(
        sorted(
            node.value.value
            for node in _nodes()
            if isinstance(node, ast.Assign | ast.keyword)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
            and _WORD.fullmatch(node.value.value)
            and _names_a_cookie(node)
        )
    )


def _nodes() -> Iterator[ast.AST]:
    for path in (Path(inspect.getfile(safelight)).parent / "server").rglob("*.py"):
        yield from ast.walk(ast.parse(path.read_text("utf-8")))


def _names_a_cookie(node: ast.Assign | ast.keyword) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg in ("session", "authentication", "csrf")
    return any(isinstance(each, ast.Name) and "COOKIE" in each.id for each in node.targets)
