"""Lists: `{"items":[…],"next":cursor}`, asked by `?limit=` and `?cursor=`. Pure.

A cursor is a position and a digest that binds it to its list and filters. What it opens, its
holder may see anyway, so the digest needs no key: it keeps a cursor from being misread, or taken
to another list.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import TypeVar

import msgspec

from safelight.errors import InvalidFields
from safelight.library.ports import Window
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.native.bodies import read_query
from safelight.server.protocols.native.given import Page
from safelight.server.protocols.native.taken import PageQuery

_POSITION = 8
_DIGEST = 7

Thing = TypeVar("Thing")


def window_of(query: PageQuery, request: Request) -> Window:
    """Raises InvalidFields for a cursor that was not given by this list."""
    if not query.cursor:
        return Window(limit=query.limit)
    return Window(limit=query.limit, after=_read_cursor(query, request))


def write_page(
    items: Sequence[Thing],
    following: int | None,
    show: Callable[[Thing], object],
    query: PageQuery,
    request: Request,
) -> Reply:
    """`following` is the position that the next page begins after, if there is one."""
    cursor = None if following is None else _write_cursor(following, query, request)
    return json_reply(Page(items=tuple(show(each) for each in items), next=cursor))


def write_part(items: Sequence[Thing], show: Callable[[Thing], object], request: Request) -> Reply:
    """A page of a list that was answered whole: its position counts from the beginning."""
    query = read_query(request, PageQuery)
    start = _read_cursor(query, request) if query.cursor else 0
    stop = start + query.limit
    following = stop if stop < len(items) else None
    return write_page(items[start:stop], following, show, query, request)


def _write_cursor(position: int, query: PageQuery, request: Request) -> str:
    raw = position.to_bytes(_POSITION, "big")
    digest = blake2b(raw, digest_size=_DIGEST, person=b"safelight-cursor")
    digest.update(request.path.encode())
    digest.update(msgspec.json.encode(msgspec.structs.replace(query, limit=1, cursor="")))
    return base64.urlsafe_b64encode(raw + digest.digest()).decode()


def _read_cursor(query: PageQuery, request: Request) -> int:
    try:
        position = int.from_bytes(base64.urlsafe_b64decode(query.cursor)[:_POSITION], "big")
    except (binascii.Error, ValueError):
        position = 0
    if position >= 2**63 or _write_cursor(position, query, request) != query.cursor:
        raise InvalidFields({"cursor": ("This is not a cursor of this list.",)})
    return position
