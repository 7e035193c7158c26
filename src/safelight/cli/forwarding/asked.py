"""What is asked of an address of ours, as it came. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from safelight.errors import MalformedRequest, NotFound

SAFE = frozenset({"GET", "HEAD"})

_SOLE = frozenset(
    {
        "authorization",
        "content-length",
        "content-type",
        "host",
        "origin",
        "sec-fetch-mode",
        "sec-fetch-site",
        "x-safelight-csrf",
    }
)
"""Two of these are two answers to one question, and two readers may take different ones."""

_OVERRIDES = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
"""The headers by which some services take one method for another."""
_METHOD_FIELD = re.compile(r" *[_.\[]method(?:\0.*)?", re.IGNORECASE | re.DOTALL)
"""`_method`, and what PHP reads as that."""


class Asked(NamedTuple):
    """`target` is a path, percent-encoded, with its query; `fields` are the headers."""

    method: str
    target: str
    fields: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str:
        """By its lower-case name; several are joined (RFC 9110 §5.3), "" stands for none."""
        separator = "; " if name == "cookie" else ", "
        return separator.join(value for own, value in self.fields if own.lower() == name)

    @property
    def methods(self) -> tuple[str, ...]:
        """Every one that a service may take this for: its own, and those that a header or the query
        says to take in its place. What a form in the body says is not known."""
        # CGI knows no difference between a hyphen and an underscore.
        told = [value for own, value in self.fields if own.lower().replace("_", "-") in _OVERRIDES]
        for field in re.split("[&;]", self.target.partition("?")[2]):
            name, _, value = field.partition("=")
            if _METHOD_FIELD.fullmatch(unquote_plus(name)):
                told.append(unquote_plus(value))
        return self.method, *(each.strip().upper() for each in told)


def read_asked(method: str, target: str, fields: Iterable[tuple[str, str]]) -> Asked:
    """Raises MalformedRequest for an address in the place of a path, for one that is not written as
    addresses are (RFC 3986), and for a header that decides something and is there twice."""
    asked = Asked(method, target, tuple(fields))
    names = [name.lower() for name, _ in asked.fields]
    for name in _SOLE:
        if names.count(name) > 1:
            raise MalformedRequest(f"There is more than one {name} header.")
    if not target.startswith("/") or "#" in target:
        raise MalformedRequest("Ask for a path, not for an address.")
    if not target.isascii() or not target.isprintable():
        raise MalformedRequest("This path is not percent-encoded.")
    return asked


def plain_path(target: str) -> str:
    """The path of a target, decoded. Raises MalformedRequest for one that another server might
    read otherwise, NotFound for one that no service has."""
    path = target.partition("?")[0]
    lowered, plain = path.lower(), unquote(path)
    if "%2f" in lowered or "%5c" in lowered or {"\\", "%", ";", "\ufffd"} & set(plain):
        raise MalformedRequest("This path can be read in two ways.")
    if {".", ".."} & set(plain.split("/")) or "//" in plain:
        raise MalformedRequest("This path can be read in two ways.")
    if not plain.isprintable():
        raise NotFound
    return plain
