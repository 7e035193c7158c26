"""Every nasty value in every place that a reader looks at: what chance would take too long for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from random import Random
from urllib.parse import quote_from_bytes

from safelight.server.http import Form, Request
from tools.prove.hostile import (
    CONTENT_TYPES,
    EXTREMES,
    NASTY,
    NASTY_HEADERS,
    ODD_VALUES,
    Shelf,
    encodable,
    multipart,
)

_PLAIN = "a"
"""What stands in the other fields, so that they do not stop a reader early."""


@dataclass(frozen=True)
class Target:
    """Where the requests go; `parameters` are those in the braces of `path`, in whose places
    `given` stands while something else is tried."""

    method: str
    path: str
    parameters: tuple[str, ...]
    upload: bool = False
    given: Mapping[str, str] = field(default_factory=dict)


Making = Callable[[], Request]


def sweep(shelf: Shelf, target: Target, share: float, number: int) -> Iterator[Request]:
    """A share of all of them, drawn by the seed `number`."""
    drawn = Random(number)  # noqa: S311  # a choice of tests, no secret
    for making in _all_of(shelf, target):
        if share >= 1 or drawn.random() < share:
            yield making()


def count_of(shelf: Shelf, target: Target) -> int:
    """How many there are in all."""
    return sum(1 for _ in _all_of(shelf, target))


def _all_of(shelf: Shelf, target: Target) -> Iterator[Making]:
    return chain(
        _in_path(target), _in_headers(shelf, target), _as_bodies(target), _in_fields(shelf, target)
    )


def _in_path(target: Target) -> Iterator[Making]:
    for name in target.parameters:
        for text in NASTY:
            params = {name: encodable(text).replace("/", "")}
            yield partial(_request, target, params=params)


def _in_headers(shelf: Shelf, target: Target) -> Iterator[Making]:
    for header in shelf.headers:
        for value in (*NASTY_HEADERS, *CONTENT_TYPES):
            yield partial(_request, target, headers=[(header, value)])


def _as_bodies(target: Target) -> Iterator[Making]:
    for body in EXTREMES:
        for content_type in CONTENT_TYPES:
            yield partial(_request, target, body=body, content_type=content_type)


def _in_fields(shelf: Shelf, target: Target) -> Iterator[Making]:
    """Each alone, and with something in all other fields, of which some may be required."""
    for name in shelf.fields:
        for others in ({}, dict.fromkeys(shelf.fields, _PLAIN)):
            for text in NASTY:
                yield partial(_query_request, target, others | {name: text})
                yield partial(_form_request, target, others | {name: text})
            for value in (*NASTY, *ODD_VALUES):
                yield partial(_json_request, target, others | {name: value})


def _query_request(target: Target, fields: dict[str, str]) -> Request:
    return _request(target, query=_urlencoded(fields))


def _json_request(target: Target, fields: dict[str, object]) -> Request:
    raw = json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _request(target, body=raw, content_type=b"application/json")


def _form_request(target: Target, fields: dict[str, str]) -> Request:
    if target.upload:
        request = _request(target)
        pairs = ((name, encodable(text)) for name, text in fields.items())
        request.form = Form(fields=tuple(pairs))
        return request
    if len(fields) == 1:
        raw, content_type = _urlencoded(fields), b"application/x-www-form-urlencoded"
    else:
        parts = [(name, _bytes(text), None) for name, text in fields.items()]
        raw, content_type = multipart(parts), b"multipart/form-data; boundary=XX"
    return _request(target, body=raw, content_type=content_type)


def _urlencoded(fields: dict[str, str]) -> bytes:
    return "&".join(
        f"{name}={quote_from_bytes(_bytes(text))}" for name, text in fields.items()
    ).encode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _request(
    target: Target,
    *,
    headers: list[tuple[bytes, bytes]] | None = None,
    query: bytes = b"",
    body: bytes = b"",
    content_type: bytes | None = None,
    params: dict[str, str] | None = None,
) -> Request:
    path = target.path
    given = dict.fromkeys(target.parameters, _PLAIN) | dict(target.given) | (params or {})
    for name, value in given.items():
        path = path.replace(f"{{{name}}}", value)
    sent = list(headers or ())
    if content_type is not None:
        sent.append((b"content-type", content_type))
    request = Request(
        method=target.method,
        path=path.rstrip("/") or "/",
        query_string=query,
        raw_headers=sent,
        scheme="https",
        host="localhost",
        peer="127.0.0.1",
        address="127.0.0.1",
        id="request-1",
    )
    request.params = given
    request.body = body
    return request
