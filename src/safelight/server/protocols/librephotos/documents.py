"""The API described: an OpenAPI document, and two pages that show it, in debug mode only. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from safelight import __version__
from safelight.server.document_pages import redoc_endpoints, swagger_endpoints
from safelight.server.http import Reply
from safelight.server.openapi import components, is_upload, operation_id, parameters, reference
from safelight.server.protocols.librephotos.paths import is_media, is_token, is_upload_path
from safelight.server.protocols.librephotos.refusals import Detail, Faults
from safelight.server.wire import AnyEndpoint, FixedEndpoint, PublicEndpoint

SCHEMA = "/api/schema"
PAGES = {"openapi_schema": SCHEMA, "swagger_ui": "/api/swagger", "redoc": "/api/redoc"}

_TITLE = "Safelight: the LibrePhotos API"
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    "basic": {"type": "http", "scheme": "basic"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "jwt"},
}
_REFUSALS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.TOO_MANY_REQUESTS,
)


def document_endpoints(described: Sequence[AnyEndpoint]) -> tuple[FixedEndpoint, ...]:
    """Reads the pages' files; raises OSError when the installation lacks them."""
    document = write_document(described)
    schema = FixedEndpoint(method="GET", path=SCHEMA, reply=lambda request: Reply(body=document))
    return (
        schema,
        *swagger_endpoints(PAGES["swagger_ui"], title=_TITLE, document=SCHEMA),
        *redoc_endpoints(PAGES["redoc"], title=_TITLE, document=SCHEMA),
    )


def write_document(described: Sequence[AnyEndpoint]) -> bytes:
    """OpenAPI 3.1, as JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in described:
        paths.setdefault(f"{endpoint.path}/", {})[endpoint.method.lower()] = _operation(endpoint)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": _TITLE, "version": __version__},
            "servers": [{"url": "/"}],
            "paths": paths,
            "components": {
                "schemas": components(described, Faults, Detail),
                "securitySchemes": _SCHEMES,
            },
        }
    )


def _operation(endpoint: AnyEndpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "tags": [_tag(endpoint.path)],
        "parameters": parameters(endpoint),
        "responses": {str(endpoint.success): _success(endpoint), **_refusals(endpoint)},
        "security": _security(endpoint),
    }
    if endpoint.takes is not None:
        kind = "multipart/form-data" if is_upload(endpoint) else "application/json"
        content = {kind: {"schema": reference(endpoint.takes)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _tag(path: str) -> str:
    return "media" if is_media(path) else path.split("/")[2]


def _success(endpoint: AnyEndpoint) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": HTTPStatus(endpoint.success).phrase}
    if is_media(endpoint.path):
        answer["content"] = {"image/*": {"schema": {"type": "string", "format": "binary"}}}
    elif endpoint.gives is not None:
        answer["content"] = {"application/json": {"schema": reference(endpoint.gives)}}
    return answer


def _refusals(endpoint: AnyEndpoint) -> dict[str, Any]:
    kind = Detail if is_upload_path(endpoint.path) else Faults
    content = {"application/json": {"schema": reference(kind)}}
    return {
        str(status.value): {"description": status.phrase, "content": content}
        for status in _REFUSALS
    }


def _security(endpoint: AnyEndpoint) -> list[dict[str, list[str]]]:
    """Any one of these; the empty one means that it may be none."""
    if is_token(endpoint.path):
        return []
    schemes: list[dict[str, list[str]]] = [{"bearer": []}, {"basic": []}]
    if is_media(endpoint.path) or is_upload_path(endpoint.path):
        schemes.append({"cookie": []})
    if isinstance(endpoint, PublicEndpoint):
        schemes.append({})
    return schemes
