"""How the caller wants an answer: its format, fields, related records and page. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

from safelight.errors import InvalidFields, MalformedRequest
from safelight.library.ports import Window
from safelight.server.http import Request
from safelight.server.protocols.photoshelter.fields import read_json_object, read_whole_number

Record = dict[str, Any]
"""What the wire calls a record: field names to values, and names of related records to those."""

_PER_PAGE = 500
_MOST_PER_PAGE = 1000
_LAST_PAGE = 1_000_000
_SECRETS = frozenset({"api_key", "auth_token", "email", "password", "page"})
"""Parameters that an address we write never repeats; `page` is set anew."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` is None for all. `extensions` maps a related record's name to its fields: clients
    write them side by side or nested, so the nesting is not kept."""

    is_xml: bool = False
    fields: frozenset[str] | None = None
    extensions: Mapping[str, frozenset[str] | None] = {}
    page: int = 1
    per_page: int = _PER_PAGE

    @property
    def window(self) -> Window:
        return Window(limit=self.per_page, offset=(self.page - 1) * self.per_page)

    def pick(self, record: Record) -> Record:
        """The asked fields of the record that the path names. Unknown names ask for nothing."""
        return _pick(record, self.fields)

    def extend(self, name: str, record: Record) -> Record:
        """The asked fields of a related record."""
        return _pick(record, self.extensions.get(name))


PLAIN_VIEW = View()


def read_view(request: Request) -> View:
    """Raises MalformedRequest for an unknown format, a broken `extend`, or an impossible page."""
    if not request.query_string:
        return PLAIN_VIEW
    extend = request.parameter("extend")
    return View(
        is_xml=_read_is_xml(request),
        fields=_read_names(request.parameter("fields")),
        extensions=_read_extensions(extend) if extend else {},
        page=read_whole_number(request, "page", 1, _LAST_PAGE),
        per_page=min(read_whole_number(request, "per_page", _PER_PAGE, 10**9), _MOST_PER_PAGE),
    )


def wants_xml(request: Request) -> bool:
    """Likewise for a refusal, which has to be written whatever the query is like."""
    try:
        return request.parameter("format") == "xml"
    except MalformedRequest:
        return False


def write_paging(view: View, total: int, request: Request) -> Record:
    """Never empty, and with `next` exactly when there is another page: a client of old reads on
    until it sees such a `Paging` (PS-50)."""
    pages = max(1, -(-total // view.per_page))
    paging: Record = {
        "page": view.page,
        "pages": pages,
        "per_page": view.per_page,
        "total": total,
        "first": _address(request, 1),
        "last": _address(request, pages),
    }
    if view.page < pages:
        paging["next"] = _address(request, view.page + 1)
    return paging


def _read_is_xml(request: Request) -> bool:
    wanted = request.parameter("format")
    if wanted not in (None, "", "json", "xml"):
        raise InvalidFields({"format": ('Use "json" or "xml".',)})
    return wanted == "xml"


def _read_names(text: str | None) -> frozenset[str] | None:
    names = frozenset(name.strip() for name in (text or "").split(",")) - {""}
    return None if not names or "*" in names else names


def _read_extensions(text: str) -> dict[str, frozenset[str] | None]:
    """`{"Image":{"fields":"file_name","params":{}},"ImageLink":{}}`, by name."""
    found: dict[str, frozenset[str] | None] = {}
    waiting = [read_json_object(text, "The parameter extend")]
    while waiting:
        for name, extension in waiting.pop().items():
            if name in ("fields", "params"):
                continue
            if name == "extend" and isinstance(extension, dict):
                waiting.append(extension)
                continue
            if not isinstance(extension, dict):
                raise MalformedRequest("In extend, each name is followed by an object.")
            fields = extension.get("fields")
            if fields is not None and not isinstance(fields, str):
                raise MalformedRequest("In extend, fields are names with commas between them.")
            found[name] = _read_names(fields)
            waiting.append(extension)
    return found


def _pick(record: Record, names: frozenset[str] | None) -> Record:
    if names is None:
        return record
    return {name: value for name, value in record.items() if name in names}


def _address(request: Request, page: int) -> str:
    kept = [(name, value) for name, value in request.query if name not in _SECRETS]
    return f"{request.origin}{request.path}?{urlencode([*kept, ('page', str(page))])}"
