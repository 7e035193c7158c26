"""Whether a request's body can be sent a second time. Pure."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import httpx2


@runtime_checkable
class Rewinding(Protocol):
    """A body that begins anew whenever it is iterated, and says so."""

    @property
    def rewinds(self) -> bool: ...


def can_repeat(request: httpx2.Request) -> bool:
    """False for what is read once, such as `content=open(…)` or a generator: a second sending
    would be cut short."""
    stream = request.stream
    if isinstance(stream, httpx2.ByteStream):
        return True
    if isinstance(stream, Rewinding):
        return stream.rewinds
    # httpx2's own multipart stream goes back to the beginning of each file that lets it.
    fields = getattr(stream, "fields", None)
    return fields is not None and all(_is_seekable(getattr(each, "file", b"")) for each in fields)


def _is_seekable(file: object) -> bool:
    if isinstance(file, str | bytes):
        return True
    seekable = getattr(file, "seekable", None)
    return bool(seekable()) if callable(seekable) else hasattr(file, "seek")
