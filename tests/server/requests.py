"""A request as `app.py` reads it, with only what a test varies to be said."""

from __future__ import annotations

from safelight.server.http import Request


def a_request(
    method: str = "GET",
    path: str = "/",
    *,
    headers: dict[str, str] | list[tuple[bytes, bytes]] | None = None,
    query: bytes = b"",
    scheme: str = "https",
    host: str = "photos.example",
    peer: str = "127.0.0.1",
    body: bytes = b"",
) -> Request:
    raw = (
        headers
        if isinstance(headers, list)
        else [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    )
    request = Request(
        method=method,
        path=path,
        query_string=query,
        raw_headers=raw,
        scheme=scheme,
        host=host,
        peer=peer,
        address=peer,
        id="request-1",
    )
    request.body = body
    return request
