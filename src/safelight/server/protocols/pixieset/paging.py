"""Pages: `page` and `per_page` in, `meta` and `links` out. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import msgspec

from safelight.errors import InvalidFields
from safelight.library.ports import Window
from safelight.server.http import Request

STUDIO_PAGE = 25
GALLERIES_PAGE = 24
_LARGEST_PAGE = 100
_NUMBER = re.compile(r"[0-9]{1,9}")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`number` counts from 1; `size` is the most items on a page."""

    number: int
    size: int

    @property
    def window(self) -> Window:
        return Window(limit=self.size, offset=(self.number - 1) * self.size)

    def last(self, total: int) -> int:
        """The number of the last page; 1 when there is nothing."""
        return max(1, -(-total // self.size))


class Meta(msgspec.Struct, frozen=True, kw_only=True):
    """Laravel's paginator. `from` and `to` count items from 1 and are null on an empty page."""

    current_page: int
    first: int | None = msgspec.field(name="from")
    last_page: int
    per_page: int
    to: int | None
    total: int


class Links(msgspec.Struct, frozen=True, kw_only=True):
    first: str
    last: str
    prev: str | None
    next: str | None


def read_page(request: Request, size: int, size_names: tuple[str, ...] = ()) -> Page:
    """The asked page. `size_names` are the parameters that may ask for another size, at most 100.

    Of a parameter that occurs twice the last one counts (PX-45). Raises InvalidFields.
    """
    for name in size_names:
        asked = _read_number(request, name)
        if asked is not None:
            if asked > _LARGEST_PAGE:
                raise InvalidFields({name: (f"The {name} may be at most {_LARGEST_PAGE}.",)})
            size = asked
    return Page(number=_read_number(request, "page") or 1, size=size)


def _read_number(request: Request, name: str) -> int | None:
    text = request.parameter(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or int(text) == 0:
        raise InvalidFields({name: (f"The {name} must be a whole number from 1.",)})
    return int(text)


def write_meta(page: Page, *, shown: int, total: int) -> Meta:
    """`shown` is how many items the page has: none beyond the last page."""
    before = (page.number - 1) * page.size
    return Meta(
        current_page=page.number,
        first=before + 1 if shown else None,
        last_page=page.last(total),
        per_page=page.size,
        to=before + shown if shown else None,
        total=total,
    )


def write_links(request: Request, page: Page, total: int) -> Links:
    """Addresses of pages near this one, with the rest of the query as it was asked."""
    rest = [(name, value) for name, value in request.query if name != "page"]

    def address(number: int) -> str:
        return f"{request.origin}{request.path}?{urlencode([*rest, ('page', str(number))])}"

    last = page.last(total)
    return Links(
        first=address(1),
        last=address(last),
        prev=address(min(page.number - 1, last)) if page.number > 1 else None,
        next=address(page.number + 1) if page.number < last else None,
    )
