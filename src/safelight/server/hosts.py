"""The host that a request is for: written into addresses and compared with origins, so checked
before anything else is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from safelight.host_name import is_host

_MOST_KNOWN = 1000
_WITHOUT_HOST = frozenset({"1", "1.0"})
"""The version of HTTP that may leave the host out, as servers name it."""


class Hosts:
    """Remembers which hosts were found to be well formed, since most requests name the same."""

    def __init__(self) -> None:
        self._known: dict[bytes, str] = {}

    def read(
        self,
        name: bytes,
        headers: Mapping[bytes, bytes],
        raw_headers: Sequence[tuple[bytes, bytes]],
    ) -> str | None:
        """The host in the header `name`. None when it is absent or empty (granian adds an empty one
        where there is none), "" when it is no host or occurs more than once (RFC 9112 §3.2)."""
        value = headers.get(name)
        if value is None:
            return None
        if len(headers) != len(raw_headers) and sum(key == name for key, _ in raw_headers) > 1:
            return ""
        if not value:
            return None
        known = self._known.get(value)
        if known is not None:
            return known
        host = value.decode("latin-1")
        if not is_host(host):
            return ""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[value] = host
        return host


def host_without_header(http_version: str) -> str:
    """What a request is for that names no host; "" where it has to name one."""
    return "localhost" if http_version in _WITHOUT_HOST else ""
