"""What the client's readers are given: answers of a service that may be anybody's."""

from __future__ import annotations

from functools import cache
from typing import Any

import httpx2
import msgspec
from hypothesis import strategies as st

from safelight.client.grant import Grant
from safelight.client.protocols.librephotos import LibrePhotosWire
from safelight.client.protocols.native import NativeWire
from safelight.client.protocols.photoshelter import PhotoShelterWire
from safelight.client.protocols.pixieset import PixiesetWire
from safelight.client.protocols.recorder_monitor import RecorderMonitorWire
from safelight.secret import Secret
from tools.prove.hostile import (
    CANARY,
    CONTENT_TYPES,
    EXTREMES,
    NASTY_HEADERS,
    Shelf,
    as_json,
    contents,
    values,
)
from tools.prove.inventory import modules

_URL = httpx2.URL("https://photos.example/base")
_HEADERS = (
    b"set-cookie", b"retry-after", b"date", b"content-type", b"location", b"www-authenticate",
    b"x-csrf-token", b"jsession", b"allow", b"cf-mitigated", b"content-disposition", b"etag",
    b"content-encoding-x", b"x-ps-auth-token", b"expires", b"ratelimit", b"link",
)  # fmt: skip
_STATUSES = (
    200, 201, 204, 206, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415,
    416, 418, 419, 422, 429, 451, 500, 501, 503, 507, 599,
)  # fmt: skip
_COOKIES = (
    b"a=b", b"", b"=", b";", b"a", b"=b", b"a=b; Max-Age=99999999999999999999", b"a=b; Max-Age=x",
    b"a=b; Expires=Mon, 01 Jan 99999999999999999999 00:00:00 GMT", b"a=b; Expires=0",
    b"a=b; Domain=.", b"a=b; Domain=evil.example", b"a=b; Domain=example", b"a=b; Path=../..",
    b"a=b; Secure; HttpOnly; SameSite=x", b"a=" + b"b" * 9000, b"\xff=\xfe", b"a=b\x7f",
    b"SSphotoshelter_com_mem=deleted", b"GD-XSRF-TOKEN=%zz", b"GD-XSRF-TOKEN=%ff", b"jwt=a.b.c",
    b"studio_session=x; Domain=photos.example", b"gallery_dashboard_session=x; Max-Age=0",
)  # fmt: skip


def wires() -> list[object]:
    return [
        LibrePhotosWire(_URL),
        NativeWire(_URL),
        PhotoShelterWire(_URL, Secret("key")),
        PixiesetWire(_URL, "studio"),
        PixiesetWire(_URL, "galleries"),
        RecorderMonitorWire(_URL),
    ]


def grants() -> st.SearchStrategy[Grant]:
    return st.sampled_from(
        (
            Grant(),
            Grant(session_token=Secret(CANARY), csrf_token=Secret(CANARY)),
            Grant(access_token=Secret(f"{CANARY}.b.c"), refresh_token=Secret(f"{CANARY}.b.c")),
        )
    )


def kinds() -> list[Any]:
    """What the client's halves read bodies as."""
    found = {
        value
        for module in modules()
        if module.__name__.startswith("safelight.client.protocols.")
        for value in vars(module).values()
        if isinstance(value, type)
        and issubclass(value, msgspec.Struct)
        and value.__module__ == module.__name__
    }
    return sorted(found, key=lambda each: each.__qualname__)


@cache
def responses(shelf: Shelf) -> st.SearchStrategy[httpx2.Response]:
    bodies = st.one_of(
        values(shelf).map(as_json),
        st.dictionaries(st.sampled_from(shelf.fields), values(shelf), max_size=8).map(as_json),
        st.sampled_from(EXTREMES),
        contents(),
    )
    value = st.one_of(st.sampled_from(NASTY_HEADERS), st.sampled_from(_COOKIES))
    headers = st.lists(st.tuples(st.sampled_from(_HEADERS), value), max_size=4)
    kind = st.sampled_from((b"application/json", *CONTENT_TYPES))
    return st.tuples(st.sampled_from(_STATUSES), headers, kind, bodies).map(
        lambda drawn: httpx2.Response(
            drawn[0],
            headers=[*drawn[1], (b"content-type", drawn[2])],
            content=drawn[3],
            request=httpx2.Request("GET", _URL),
        )
    )
