"""Hosts and origins as they stand in settings and headers: what is one, and what is none. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

_LONGEST = 255
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_HOST = re.compile(
    r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<v6>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]+))?"
)
_HIGHEST_PORT = 65_535
_USUAL_PORTS = {"http": ":80", "https": ":443"}


def is_host_name(text: str) -> bool:
    """Whether `text` is a name or an IPv4 address, without a port."""
    return len(text) <= _LONGEST and _NAME.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Whether `text` is a name, an IPv4 address or an IPv6 address in brackets, with or without a
    port (RFC 9110 §7.2). No user, blank, comma, slash or `%`: what else a host may be written
    like, no address that this server writes has to hold."""
    parts = _HOST.fullmatch(text) if len(text) <= _LONGEST else None
    if parts is None:
        return False
    name, v6, port = parts["name"], parts["v6"], parts["port"]
    if port is not None and (len(port) > 5 or int(port) > _HIGHEST_PORT):
        return False
    return name is not None or _is_v6(v6)


def is_origin(text: str) -> bool:
    """Whether `text` is `http://HOST` or `https://HOST` and nothing behind it, in the form in which
    browsers write an origin: in lower case, without the scheme's usual port."""
    scheme, _, host = text.partition("://")
    usual = _USUAL_PORTS.get(scheme)
    return usual is not None and is_host(host) and host == host.lower() and not host.endswith(usual)


def _is_v6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return True
