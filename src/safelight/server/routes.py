"""Every URL, in one dictionary: realm by host or prefix, then method and path. Never a scan."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from safelight.errors import MethodNotAllowed, NotFound, SafelightError
from safelight.server.http import Request
from safelight.server.wire import (
    AnyEndpoint,
    CommandEndpoint,
    Forgery,
    PublicEndpoint,
    ResourceEndpoint,
    WireProtocol,
)


class Mount(msgspec.Struct, frozen=True):
    """A protocol at a path prefix ("" for none). `hosts` serve it without the prefix.

    A protocol's `claims` are the first segments whose unknown paths it answers for: even a 404
    wears the wire's dress.
    """

    protocol: WireProtocol
    prefix: str = ""
    hosts: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()


class Route(msgspec.Struct, frozen=True):
    """Where a request goes. With `error`, no endpoint answers it. `recallable` routes change
    nothing, so that nothing but the credentials has to be looked at before they are answered.
    `answers_head`: a GET that can be asked by HEAD as well."""

    protocol: WireProtocol
    endpoint: AnyEndpoint | None
    error: SafelightError | None = None
    recallable: bool = False
    answers_head: bool = False


class _Node:
    """One level of the tree of parametrised paths."""

    __slots__ = ("children", "methods", "name", "wild")

    def __init__(self) -> None:
        self.children: dict[str, _Node] = {}
        self.wild: _Node | None = None
        self.name = ""
        self.methods: dict[str, Route] | None = None


class _Table:
    """The endpoints of one host."""

    def __init__(self) -> None:
        self.literal: dict[str, dict[str, Route]] = {}
        self.tree = _Node()
        self.claims: dict[str, WireProtocol] = {}

    def add(self, path: str, endpoint: AnyEndpoint, protocol: WireProtocol) -> None:
        methods = self._methods_at(path)
        if endpoint.method in methods:
            raise ValueError(f"{endpoint.method} {path} is declared twice.")
        asks = isinstance(endpoint, ResourceEndpoint | PublicEndpoint)
        safe = endpoint.method == "GET" and endpoint.guard is Forgery.SAFE
        methods[endpoint.method] = Route(
            protocol,
            endpoint,
            recallable=asks and safe,
            answers_head=safe and not isinstance(endpoint, CommandEndpoint),
        )

    def _methods_at(self, path: str) -> dict[str, Route]:
        if "{" not in path:
            return self.literal.setdefault(path, {})
        node = self.tree
        for segment in path.split("/")[1:]:
            if segment.startswith("{"):
                node.wild = node.wild or _Node()
                node = node.wild
                name = segment[1:-1]
                if node.name not in ("", name):
                    raise ValueError(f"{path}: the same place is named {node.name} elsewhere.")
                node.name = name
            else:
                node = node.children.setdefault(segment, _Node())
        node.methods = node.methods if node.methods is not None else {}
        return node.methods

    def find(self, path: str, params: dict[str, str]) -> dict[str, Route] | None:
        methods = self.literal.get(path)
        if methods is not None:
            return methods
        node: _Node | None = self.tree
        for segment in path.split("/")[1:]:
            if node is None:
                return None
            child = node.children.get(segment)
            if child is None:
                child = node.wild
                if child is not None:
                    params[child.name] = segment
            node = child
        return node.methods if node is not None else None


class Routes:
    """Built once. `match` always gives a route."""

    def __init__(
        self, mounts: Iterable[Mount], fallback: WireProtocol, public_origin: str = ""
    ) -> None:
        self._fallback = fallback
        self._public_origin = public_origin
        self._default = _Table()
        self._hosts: dict[str, _Table] = {}
        self._prefixes: dict[str, str] = {}
        self.mounts: tuple[Mount, ...] = tuple(mounts)
        for mount in self.mounts:
            self._add(mount)

    def _add(self, mount: Mount) -> None:
        if mount.prefix:
            self._prefixes[mount.prefix.strip("/")] = mount.prefix
        for claim in mount.claims:
            self._default.claims[claim] = mount.protocol
        tables = [(self._default, mount.prefix)]
        for host in mount.hosts:
            table = self._hosts.setdefault(host, _Table())
            table.claims[""] = mount.protocol
            tables.append((table, ""))
        for endpoint in mount.protocol.endpoints:
            for table, prefix in tables:
                path = prefix + endpoint.path
                table.add(path.rstrip("/") or "/", endpoint, mount.protocol)

    def match(self, request: Request) -> Route:
        """Fills `request.params`, `request.mount` and `request.public_origin`. HEAD is answered
        as GET is, where that changes nothing."""
        table = self._default
        if self._hosts:
            table = self._hosts.get(request.host.partition(":")[0].lower(), table)
        methods = table.find(request.path, request.params)
        if table is self._default:
            request.public_origin = self._public_origin
            request.mount = self._prefixes.get(_first_of(request.path), "")
        if methods is None:
            return Route(self._claimant(table, request.path), None, NotFound())
        head = request.method == "HEAD"
        route = methods.get("GET" if head else request.method)
        if route is not None and (route.answers_head or not head):
            return route
        protocol = next(iter(methods.values())).protocol
        return Route(protocol, None, MethodNotAllowed(_allowed(methods), request.method))

    def _claimant(self, table: _Table, path: str) -> WireProtocol:
        return table.claims.get(_first_of(path)) or table.claims.get("") or self._fallback


def _first_of(path: str) -> str:
    """The first segment; "" for a path without one, as the `*` of `OPTIONS *` is."""
    return path.partition("/")[2].partition("/")[0]


def _allowed(methods: dict[str, Route]) -> tuple[str, ...]:
    names = set(methods)
    if "GET" in names and methods["GET"].answers_head:
        names.add("HEAD")
    return (*sorted(names), "OPTIONS")
