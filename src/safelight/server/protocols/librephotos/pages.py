"""Numbered pages of a list. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar
from urllib.parse import urlencode

import msgspec

from safelight.errors import NotFound
from safelight.library.ports import Window
from safelight.server.http import Request
from safelight.server.protocols.librephotos.refusals import INVALID_PAGE

Item = TypeVar("Item")

_LARGEST = 10**9
_MOST_DIGITS = 18
"""A database's integers have more, but no table has as many rows."""

_REPEATED = frozenset({"page_size", "search"})
"""Parameters that the address of another page repeats; no other one is ever written."""


class PageSizes(msgspec.Struct, frozen=True):
    """How many items a page has unless the caller says, and at most."""

    usual: int
    most: int


class Page(msgspec.Struct, frozen=True):
    """`number` counts from 1."""

    number: int
    size: int

    @property
    def window(self) -> Window:
        return Window(limit=self.size, offset=(self.number - 1) * self.size)


class Paginated(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """`next` and `previous` are whole addresses."""

    count: int
    next: str | None
    previous: str | None
    results: Sequence[Item]


class PageQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a paginated list takes in its query."""

    page: int = 1
    page_size: int | None = None


def read_page(request: Request, sizes: PageSizes, size_name: str = "page_size") -> Page:
    """A size that is no number counts as none, one that is too large as the largest (LP-68).

    Raises NotFound for a page that cannot be.
    """
    number = _positive(request.parameter("page") or "1")
    if number is None:
        raise NotFound(INVALID_PAGE)
    size = _positive(request.parameter(size_name) or "")
    return Page(number, sizes.usual if size is None else min(size, sizes.most))


def paginate(
    items: Sequence[Item], total: int, request: Request, sizes: PageSizes
) -> Paginated[Item]:
    """Raises NotFound past the end; the first page is there even when it is empty."""
    page = read_page(request, sizes)
    if page.number > 1 and page.window.offset >= total:
        raise NotFound(INVALID_PAGE)
    is_last = page.number * page.size >= total
    return Paginated(
        count=total,
        next=None if is_last else _address(request, page.number + 1),
        previous=None if page.number == 1 else _address(request, page.number - 1),
        results=items,
    )


def _address(request: Request, number: int) -> str:
    kept = [(name, value) for name, value in request.query if name in _REPEATED]
    if number > 1:
        kept.insert(0, ("page", str(number)))
    query = f"?{urlencode(kept)}" if kept else ""
    return f"{request.base_url}{request.path}/{query}"


def read_id(text: str) -> int:
    """The number of a thing. Raises NotFound for what cannot be one: there is nothing there."""
    if not text.isascii() or not text.isdigit() or len(text) > _MOST_DIGITS:
        raise NotFound
    return int(text)


def _positive(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > len(str(_LARGEST)):
        return None
    number = int(text)
    return number if 0 < number <= _LARGEST else None
