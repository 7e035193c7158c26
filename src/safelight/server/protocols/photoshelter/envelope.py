"""The envelope that every answer comes in, as JSON or XML. Pure."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from safelight.server.http import Caching, Reply, Request, json_reply
from safelight.server.protocols.photoshelter.view import Record, wants_xml

NOTHING: list[object] = []
"""What `data` holds when there is nothing to say: an empty list, no object (PS-10)."""

_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_ok(request: Request, found: object, caching: Caching = Caching.PRIVATE) -> Reply:
    """`found` goes under `data`: records by their capitalized names, NOTHING, or None."""
    return write_envelope(request, {"status": "ok", "data": found}, 200, caching)


def write_envelope(request: Request, envelope: Record, status: int, caching: Caching) -> Reply:
    if request.query_string and wants_xml(request):
        return Reply(
            status=status,
            body=write_xml(envelope),
            media_type=b"application/xml; charset=utf-8",
            caching=caching,
        )
    return json_reply(envelope, status, caching)


def write_xml(envelope: Record) -> bytes:
    """Root `PhotoShelterAPI`; a list is its element, repeated."""
    root = _element("PhotoShelterAPI", envelope)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        content = "".join(_child(key, each) for key, each in value.items())
    elif value is None or value == NOTHING:
        content = ""
    else:
        content = escape(_NO_XML.sub("\ufffd", str(value)), quote=False)
    return f"<{name}>{content}</{name}>"


def _child(name: str, value: Any) -> str:
    if isinstance(value, list) and value:
        return "".join(_element(name, each) for each in value)
    return _element(name, value)
