"""Hostile requests as the codecs see them: values, without a server around."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from safelight.library.questions import Upload
from safelight.server.http import Form, Request
from tools.prove.hostile import (
    CANARY,
    Shelf,
    bodies,
    cookie_header,
    encodable,
    headers,
    queries,
    texts,
)
from tools.prove.inventory import cookie_names, header_names, words_of

_SECRET_HEADERS = (
    b"authorization", b"jsession", b"x-ps-auth-token", b"x-csrf-token", b"x-xsrf-token",
    b"x-ps-api-key", b"x-safelight-setup",
)  # fmt: skip
_SECRET_FIELDS = frozenset(
    {
        "password", "current", "new", "token", "refresh", "auth_token", "api_key", "setup_token",
        "csrf_token", "_token", "UserLogin[password]",
    }
)  # fmt: skip
_PATH = Path("/nonexistent/upload")


def shelf_of(function: Callable[..., Any], *types: object) -> Shelf:
    """The words that `function` looks for; the words themselves are good values, too."""
    words = words_of(function, *types)
    return Shelf(
        fields=words or ("name",),
        headers=header_names(),
        cookies=cookie_names(),
        values=words,
    )


_METHODS = st.sampled_from(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"))
_SCHEMES = st.sampled_from(("http", "https"))
_PREFIXES = st.sampled_from((b"", b"Bearer ", b"Basic "))
_SECRETS = st.sampled_from(_SECRET_HEADERS)


@st.composite
def requests(
    draw: st.DrawFn,
    shelf: Shelf,
    *,
    method: str = "",
    path: str = "/x",
    parameters: tuple[str, ...] = (),
    upload: bool = False,
) -> Request:
    """`path` may have `parameters` in braces, which are filled."""
    params = {name: encodable(draw(texts(shelf))).replace("/", "") for name in parameters}
    for name, value in params.items():
        path = path.replace(f"{{{name}}}", value)
    body, content_type = draw(bodies(shelf))
    sent = draw(headers(shelf))
    if content_type is not None:
        sent.append((b"content-type", content_type))
    if draw(st.booleans()):
        sent.append((b"cookie", draw(cookie_header(shelf))))
    if draw(st.booleans()):
        sent.append((draw(_SECRETS), draw(_PREFIXES) + CANARY.encode()))
    request = Request(
        method=method or draw(_METHODS),
        path=path.rstrip("/") or "/",
        query_string=draw(queries(shelf)),
        raw_headers=sent,
        scheme=draw(_SCHEMES),
        host="localhost",
        peer="127.0.0.1",
        address="127.0.0.1",
        id="request-1",
    )
    request.host = request.header(b"host") or "localhost"
    request.params = params
    request.body = _with_canary(body)
    if upload:
        request.form = draw(forms(shelf))
    return request


@cache
def forms(shelf: Shelf) -> st.SearchStrategy[Form]:
    names = st.sampled_from((*shelf.fields, "file", "file[]", ""))
    content = texts(shelf).map(encodable)
    uploads = st.tuples(content, st.integers(0, 10**9)).map(
        lambda drawn: Upload(
            path=_PATH, name=drawn[0], size=drawn[1], sha256="0" * 64, md5="0" * 32
        )
    )
    fields = st.lists(st.tuples(names, content), max_size=6).map(tuple)
    files = st.lists(st.tuples(names, uploads), max_size=3).map(tuple)
    return st.tuples(fields, files).map(lambda drawn: Form(fields=drawn[0], files=drawn[1]))


def _with_canary(body: bytes) -> bytes:
    """Put the canary where secrets stand in urlencoded and JSON bodies."""
    for name in _SECRET_FIELDS:
        body = body.replace(f"{name}=".encode(), f"{name}={CANARY}".encode())
        body = body.replace(f'"{name}": "'.encode(), f'"{name}": "{CANARY}'.encode())
    return body
