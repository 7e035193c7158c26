"""Whether the caller can read JSON, the only format here. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from safelight.errors import NotAcceptable
from safelight.server.http import Request

Read = TypeVar("Read")

_READABLE = frozenset({"*/*", "application/*", "application/json"})


def negotiated(read: Callable[[Request], Read]) -> Callable[[Request], Read]:
    """`read` for callers that take JSON; others get NotAcceptable before anything is done."""

    def read_if_acceptable(request: Request) -> Read:
        accept = request.header(b"accept")
        if accept is not None and not is_json_accepted(accept):
            raise NotAcceptable("Could not satisfy the request Accept header.")
        return read(request)

    return read_if_acceptable


def is_json_accepted(accept: str) -> bool:
    """An empty header accepts everything, as an absent one does (RFC 9110 §12.5.1)."""
    if not accept.strip():
        return True
    for each in accept.split(","):
        kind, *parameters = [part.strip().lower() for part in each.split(";")]
        if kind in _READABLE and not any(_is_nothing(part) for part in parameters):
            return True
    return False


def _is_nothing(parameter: str) -> bool:
    """`q=0`, `q=0.000`: the one weight that means "not at all"."""
    name, _, value = parameter.partition("=")
    return name.strip() == "q" and value.strip(" 0.") == "" and "0" in value
