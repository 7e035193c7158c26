"""Requests that are right but for one thing, or for a few."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

from tools.prove.furnished import SMALL_PICTURE, FurnishedHouse
from tools.prove.hostile import (
    CONTENT_TYPES,
    EXTREMES,
    NASTY,
    NASTY_HEADERS,
    ODD_VALUES,
    Shelf,
    encodable,
)
from tools.prove.inventory import EndpointReader
from tools.prove.rightful import JSON, UPLOAD, Fields, rightful, write_fields

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE")
_FILES = (SMALL_PICTURE, SMALL_PICTURE[:400], b"", b"<svg/>", b"GIF89a", b"\0" * 30_000)
_ODD_PATHS: tuple[Callable[[str], str], ...] = (
    lambda path: f"{path}/",
    lambda path: f"{path}//",
    lambda path: path.upper(),
    lambda path: path.replace("/", "//"),
    lambda path: f"{path}/x",
    lambda path: f"{path}.css",
    lambda path: f"{path};a=b",
    lambda path: f"{path}%00",
    lambda path: "/" + quote(path[1:], safe=""),
    lambda path: path.replace("/api/", "/%61pi/"),
    lambda path: path.replace("/", "/./"),
    lambda path: f"/../..{path}",
    lambda path: path[:-1] or "/",
)


@dataclass(frozen=True)
class Sent:
    """One request as it goes over the wire. `path` is percent-encoded."""

    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def __str__(self) -> str:
        return f"{(self.method, self.path, self.query, self.headers, self.body)!r:.1500}"


@dataclass(frozen=True)
class Draft:
    """A request in parts, before it is written. `raw` stands in the place of the fields."""

    method: str
    path: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    headers: tuple[tuple[bytes, bytes], ...]
    content_type: bytes | None
    fields: Fields
    credential: str
    raw: bytes | None = None
    odd_path: Callable[[str], str] | None = None

    def write(self, furnished: FurnishedHouse) -> Sent:
        path = self.path
        for name, value in self.params.items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        if self.odd_path is not None:
            path = self.odd_path(path)
        # The odd header comes last, which is the one that counts where one counts.
        headers = [(b"host", b"localhost"), *furnished.credentials[self.credential]]
        if self.content_type is not None:
            headers.append((b"content-type", self.content_type))
        query = "&".join(f"{quote(name)}={_quoted(value)}" for name, value in self.query.items())
        body = write_fields(self.content_type, self.fields) if self.raw is None else self.raw
        overruled = {name for name, _ in self.headers} - {b"cookie"}
        kept = [each for each in headers if each[0] not in overruled]
        return Sent(self.method, path.encode(), query.encode(), (*kept, *self.headers), body)


class Spoiling(NamedTuple):
    """One way to make a draft wrong: a function of one choice from each axis and the draft."""

    make: Callable[..., Draft]
    axes: tuple[Sequence[object], ...]

    def chosen(self, draft: Draft, drawn: Random) -> Draft:
        return self.make(*map(drawn.choice, self.axes), draft)

    def __repr__(self) -> str:
        return self.make.__name__

    def choices(self) -> st.SearchStrategy[tuple[object, ...]]:
        return st.tuples(*map(st.sampled_from, self.axes))


def draft_of(furnished: FurnishedHouse, found: EndpointReader) -> Draft:
    right = rightful(furnished, found)
    return Draft(
        method=found.endpoint.method,
        path=f"{found.mount}{found.endpoint.path}",
        params=right.params,
        query=right.query,
        headers=(),
        content_type=right.content_type,
        fields=right.fields,
        credential=right.credential,
    )


def spoilings(furnished: FurnishedHouse, draft: Draft, shelf: Shelf) -> list[Spoiling]:
    """Everything that can be made wrong with a draft, each as likely as any other."""
    texts = (*NASTY, *furnished.words)
    names = tuple(dict.fromkeys((*draft.fields, *shelf.fields)))
    found = [
        Spoiling(_with_param, (tuple(draft.params), texts)),
        Spoiling(_with_query, ((*draft.query, *names), texts)),
        Spoiling(_with_header, (shelf.headers, (*NASTY_HEADERS, *CONTENT_TYPES))),
        Spoiling(_with_cookie, (_COOKIES, shelf.cookies, _COOKIE_VALUES)),
        Spoiling(_with_credential, (tuple(furnished.credentials),)),
        Spoiling(_with_method, (_METHODS,)),
        Spoiling(_with_odd_path, (_ODD_PATHS,)),
    ]
    if draft.method not in ("GET", "HEAD"):
        odd: tuple[object, ...] = (*texts, *ODD_VALUES) if draft.content_type == JSON else texts
        types = CONTENT_TYPES if draft.content_type is None else (draft.content_type, JSON)
        whole = write_fields(draft.content_type, draft.fields)
        torn = tuple(whole[:end] for end in range(0, len(whole), 7))
        found += [
            Spoiling(_with_field, (names, odd)),
            Spoiling(_without_field, (tuple(draft.fields),)),
            Spoiling(_with_type, (CONTENT_TYPES,)),
            Spoiling(_with_raw, (EXTREMES, types)),
            Spoiling(_with_raw, (torn, (draft.content_type,))),
        ]
    if draft.content_type == UPLOAD:
        found.append(Spoiling(_with_field, (names, _FILES)))
    return [each for each in found if all(each.axes)]


_COOKIES = (b"N=V", b"N=V; \xe2\x80\x80N=y", b"N=V; b", b"a=1;N=V;", b"N=1; N=V", b"N", b"=V")
"""With N and V for the name and the value."""

_COOKIE_VALUES = (b"x", b"", b"%00", b"a.b.c", b"\xff", b"a" * 5000)


@st.composite
def spoilt(draw: st.DrawFn, draft: Draft, found: list[Spoiling]) -> Draft:
    """With one to four things wrong."""
    for spoiling, chosen in draw(_lists_of(found)):
        draft = spoiling.make(*chosen, draft)
    return draft


def _lists_of(
    found: list[Spoiling],
) -> st.SearchStrategy[list[tuple[Spoiling, tuple[object, ...]]]]:
    each = st.one_of(*(st.tuples(st.just(spoiling), spoiling.choices()) for spoiling in found))
    return st.lists(each, min_size=1, max_size=4)


def _with_param(name: str, value: str, draft: Draft) -> Draft:
    return replace(draft, params={**draft.params, name: encodable(value)})


def _with_query(name: str, value: str, draft: Draft) -> Draft:
    return replace(draft, query={**draft.query, name: value})


def _with_header(name: bytes, value: bytes, draft: Draft) -> Draft:
    return replace(draft, headers=(*draft.headers, (name, value)))


def _with_cookie(form: bytes, name: str, value: bytes, draft: Draft) -> Draft:
    line = form.replace(b"V", value).replace(b"N", name.encode())
    return replace(draft, headers=(*draft.headers, (b"cookie", line)))


def _with_credential(name: str, draft: Draft) -> Draft:
    return replace(draft, credential=name)


def _with_method(method: str, draft: Draft) -> Draft:
    return replace(draft, method=method)


def _with_odd_path(odd: Callable[[str], str], draft: Draft) -> Draft:
    return replace(draft, odd_path=odd)


def _with_field(name: str, value: object, draft: Draft) -> Draft:
    return replace(draft, fields={**draft.fields, name: value})


def _without_field(name: str, draft: Draft) -> Draft:
    return replace(draft, fields={key: value for key, value in draft.fields.items() if key != name})


def _with_type(content_type: bytes, draft: Draft) -> Draft:
    return replace(
        draft, content_type=content_type, raw=write_fields(draft.content_type, draft.fields)
    )


def _with_raw(body: bytes, content_type: bytes | None, draft: Draft) -> Draft:
    return replace(draft, content_type=content_type, raw=body)


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))
