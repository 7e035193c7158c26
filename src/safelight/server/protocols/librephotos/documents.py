"""The API described: an OpenAPI document, and two pages that show it, in debug mode only. Pure.

The pages' scripts lie in this package (`server/vendor/`): nothing is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from importlib.resources import files
from typing import Any

import msgspec

from safelight import __version__
from safelight.server.http import Caching, Reply, Request, html_reply
from safelight.server.openapi import components, is_upload, operation_id, parameters, reference
from safelight.server.protocols.librephotos.paths import is_media, is_token, is_upload_path
from safelight.server.protocols.librephotos.refusals import Detail, Faults
from safelight.server.wire import AnyEndpoint, FixedEndpoint, PublicEndpoint

SCHEMA = "/api/schema"
PAGES = {"openapi_schema": SCHEMA, "swagger_ui": "/api/swagger", "redoc": "/api/redoc"}

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' "
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing but this server's own. The digest is that of an empty text: Redoc fills a style element
that is empty rule by rule, which the policy else forbids."""

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Safelight: the LibrePhotos API</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{style}</head>
<body><div id="document"></div>
<script src="{script}"></script>
<script src="{start}"></script></body>
</html>
"""
_START_SWAGGER = f'SwaggerUIBundle({{url: "{SCHEMA}", dom_id: "#document", validatorUrl: null}});\n'
_START_REDOC = (
    f'Redoc.init("{SCHEMA}", {{disableSearch: true}}, document.getElementById("document"));\n'
)
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
    swagger = _PAGE.format(
        style='<link rel="stylesheet" href="/api/swagger/swagger-ui.css">',
        script="/api/swagger/swagger-ui-bundle.js",
        start="/api/swagger/start.js",
    )
    redoc = _PAGE.format(
        style="", script="/api/redoc/redoc.standalone.js", start="/api/redoc/start.js"
    )
    return (
        _fixed(SCHEMA, _document(write_document(described))),
        _fixed("/api/swagger", _page(swagger)),
        _fixed("/api/swagger/swagger-ui.css", _vendored("swagger-ui.css")),
        _fixed("/api/swagger/swagger-ui-bundle.js", _vendored("swagger-ui-bundle.js")),
        _fixed("/api/swagger/start.js", _file(_START_SWAGGER.encode(), b"text/javascript")),
        _fixed("/api/redoc", _page(redoc)),
        _fixed("/api/redoc/redoc.standalone.js", _vendored("redoc.standalone.js")),
        _fixed("/api/redoc/start.js", _file(_START_REDOC.encode(), b"text/javascript")),
    )


def write_document(described: Sequence[AnyEndpoint]) -> bytes:
    """OpenAPI 3.1, as JSON."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in described:
        paths.setdefault(f"{endpoint.path}/", {})[endpoint.method.lower()] = _operation(endpoint)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Safelight: the LibrePhotos API", "version": __version__},
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


# --- the pages and their files ----------------------------------------------------------------


def _fixed(path: str, reply: Callable[[Request], Reply]) -> FixedEndpoint:
    return FixedEndpoint(method="GET", path=path, reply=reply)


def _document(content: bytes) -> Callable[[Request], Reply]:
    return lambda request: Reply(body=content, media_type=b"application/json")


def _page(page: str) -> Callable[[Request], Reply]:
    def reply(request: Request) -> Reply:
        answer = html_reply(page)
        answer.set_header("content-security-policy", _POLICY)
        return answer

    return reply


def _vendored(name: str) -> Callable[[Request], Reply]:
    content = (files("safelight.server") / "vendor" / name).read_bytes()
    return _file(content, b"text/css" if name.endswith(".css") else b"text/javascript")


def _file(content: bytes, kind: bytes) -> Callable[[Request], Reply]:
    return lambda request: Reply(
        body=content, media_type=kind + b"; charset=utf-8", caching=Caching.PUBLIC
    )
