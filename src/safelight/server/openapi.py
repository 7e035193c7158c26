"""What the OpenAPI 3.1 documents of several wires share: endpoints described by what they read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from safelight.server.wire import AnyEndpoint, Body, ResourceEndpoint

_TEMPLATE = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"\{(\w+)\}")


def components(endpoints: Iterable[AnyEndpoint], *others: Any) -> dict[str, Any]:
    """The schemas of all that the endpoints take and give, and of `others`, by name."""
    kinds = [
        kind
        for each in endpoints
        for kind in (each.takes, each.gives)
        if kind is not None and kind is not bytes
    ]
    _, schemas = msgspec.json.schema_components([*kinds, *others], ref_template=_TEMPLATE)
    return schemas


def reference(kind: Any) -> dict[str, Any]:
    """The schema that stands for `kind` where it is used."""
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=_TEMPLATE)
    return schema


def operation_id(endpoint: AnyEndpoint) -> str:
    """`get_photos_id_original`: from method and path, so it never changes by itself."""
    words = [endpoint.method.lower(), *endpoint.path.split("/")[2:]]
    return "_".join(word.strip("{}") for word in words)


def parameters(endpoint: AnyEndpoint) -> list[dict[str, Any]]:
    return [*_path_parameters(endpoint), *_query_parameters(endpoint)]


def is_upload(endpoint: AnyEndpoint) -> bool:
    """Whether the body is a multipart form with files."""
    return isinstance(endpoint, ResourceEndpoint) and endpoint.body is Body.UPLOAD


def _path_parameters(endpoint: AnyEndpoint) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(endpoint.path)
    ]


def _query_parameters(endpoint: AnyEndpoint) -> list[dict[str, Any]]:
    if endpoint.query is None:
        return []
    (_,), found = msgspec.json.schema_components([endpoint.query], ref_template=_TEMPLATE)
    properties = found.pop(endpoint.query.__name__)["properties"]
    return [
        {"name": name, "in": "query", "schema": _inlined(schema, found)}
        for name, schema in properties.items()
    ]


def _inlined(schema: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """A parameter's schema without references: nothing else speaks of its enumerations."""
    named = schema.get("$ref", "").rpartition("/")[2]
    if not named:
        return schema
    return {**found[named], **{k: v for k, v in schema.items() if k != "$ref"}}
