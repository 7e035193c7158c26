"""The OpenAPI 3.1 document, assembled from the endpoints: what they read is what it says."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec

from safelight import __version__
from safelight.identity.permission import Scope
from safelight.server.openapi import (
    components,
    is_upload,
    operation_id,
    parameters,
    reference,
)
from safelight.server.protocols.native.problems import MEDIA_TYPE, Problem
from safelight.server.wire import AnyEndpoint, CommandEndpoint, Forgery, ResourceEndpoint

_HEADER = {"schema": {"type": "string"}}

_SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A session's token, a personal access token, or LibrePhotos' access token.",
    },
    "basic": {"type": "http", "scheme": "basic", "description": "The name and the password."},
    "photoshelter": {
        "type": "apiKey",
        "in": "header",
        "name": "X-PS-Auth-Token",
        "description": "PhotoShelter's session token.",
    },
    "recorder_monitor": {
        "type": "apiKey",
        "in": "header",
        "name": "JSESSION",
        "description": "The Recorder Monitor's session token.",
    },
}

_DESCRIPTION = """\
Every credential of every protocol that this server speaks is good here, in the carrier that its
protocol uses: the session cookies of Pixieset, PhotoShelter and the Recorder Monitor, too. A write
that only a cookie vouches for must come from this server's own pages and carry, where the realm
has one, its CSRF token as `X-CSRF-Token`.

Refusals are problem details (RFC 9457); their `code` is what a program may switch on."""


def write_document(endpoints: Sequence[AnyEndpoint]) -> bytes:
    """JSON. `endpoints` are those that take part in the API."""
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        path = paths.setdefault(endpoint.path, {})
        path[endpoint.method.lower()] = _operation(endpoint)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Safelight",
            "version": __version__,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": components(endpoints, Problem),
            "responses": {_name_of(status): _problem(status) for status in _STATUSES},
            "securitySchemes": _SCHEMES,
        },
    }
    return msgspec.json.encode(document)


def _operation(endpoint: AnyEndpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": operation_id(endpoint),
        "summary": endpoint.summary,
        "tags": [endpoint.path.split("/")[2]],
        "parameters": parameters(endpoint),
        "responses": _success(endpoint) | _refusals(endpoint),
        "security": _security(endpoint),
    }
    if endpoint.takes is not None:
        content = {_content_type(endpoint): {"schema": reference(endpoint.takes)}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _content_type(endpoint: AnyEndpoint) -> str:
    return "multipart/form-data" if is_upload(endpoint) else "application/json"


def _security(endpoint: AnyEndpoint) -> list[dict[str, list[str]]]:
    """Any one of the schemes, with the scope that the endpoint needs; none for signing in."""
    scope = _scope_of(endpoint)
    if scope is None:
        return []
    return [{scheme: [scope.value]} for scheme in _SCHEMES]


def _scope_of(endpoint: AnyEndpoint) -> Scope | None:
    if isinstance(endpoint, CommandEndpoint | ResourceEndpoint):
        return endpoint.needs
    return None


# --- answers ----------------------------------------------------------------------------------


def _success(endpoint: AnyEndpoint) -> dict[str, Any]:
    if endpoint.gives is bytes:
        return _file_answers()
    status = HTTPStatus(endpoint.success)
    answer: dict[str, Any] = {"description": status.phrase}
    if endpoint.gives is not None:
        answer["content"] = {"application/json": {"schema": reference(endpoint.gives)}}
    if status is HTTPStatus.CREATED:
        answer["headers"] = {"Location": _HEADER}
    return {str(status.value): answer}


def _file_answers() -> dict[str, Any]:
    content = {"image/*": {"schema": {"type": "string", "format": "binary"}}}
    tag = {"ETag": _HEADER}
    return {
        "200": {"description": "The file.", "content": content, "headers": tag},
        "206": {"description": "The asked range of it.", "content": content, "headers": tag},
        "304": {"description": "What the caller has is the newest."},
        "416": {"description": "The file has no such range."},
    }


_STATUSES = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.CONFLICT,
    HTTPStatus.PRECONDITION_FAILED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.INSUFFICIENT_STORAGE,
)


def _refusals(endpoint: AnyEndpoint) -> dict[str, Any]:
    """What can go wrong. A path with a parameter may lead nowhere, a body may be anything, and any
    request may be refused for its credential, its origin or its haste."""
    statuses = {
        HTTPStatus.BAD_REQUEST,
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.SERVICE_UNAVAILABLE,
    }
    if "{" in endpoint.path or endpoint.query is not None or endpoint.takes is not None:
        statuses.add(HTTPStatus.NOT_FOUND)
    if isinstance(endpoint, ResourceEndpoint):
        statuses.add(HTTPStatus.PRECONDITION_FAILED)
    if endpoint.guard is not Forgery.SAFE:
        statuses |= {HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}
    if endpoint.takes is not None:
        statuses.add(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if is_upload(endpoint):
        statuses.add(HTTPStatus.INSUFFICIENT_STORAGE)
    return {
        str(status.value): {"$ref": f"#/components/responses/{_name_of(status)}"}
        for status in sorted(statuses)
    }


def _name_of(status: HTTPStatus) -> str:
    return status.name.title().replace("_", "")


def _problem(status: HTTPStatus) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "description": status.phrase,
        "content": {MEDIA_TYPE: {"schema": reference(Problem)}},
    }
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        answer["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
    elif status is HTTPStatus.UNAUTHORIZED:
        answer["headers"] = {"WWW-Authenticate": _HEADER}
    elif status is HTTPStatus.METHOD_NOT_ALLOWED:
        answer["headers"] = {"Allow": _HEADER}
    return answer
