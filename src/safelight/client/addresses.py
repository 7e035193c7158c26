"""Addresses: where a service is, what is below it, what is not it. Pure."""

from __future__ import annotations

import httpx2

from safelight.errors import ConfigurationError

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = {"http": 80, "https": 443}


def read_url(text: str) -> httpx2.URL:
    """A service's address as a person types it; `https://` when no scheme is given.

    Raises ConfigurationError, also for an address with a name or a password in it.
    """
    try:
        url = httpx2.URL(text if "://" in text else f"https://{text}")
    except (httpx2.InvalidURL, TypeError):
        raise ConfigurationError("This is not an address of a web service.") from None
    if url.scheme not in _PORTS or not has_name(url):
        raise ConfigurationError("The address has to begin with https:// and name a host.")
    if url.userinfo:
        raise ConfigurationError("Leave the name and the password out of the address.")
    return url.copy_with(path=url.path.rstrip("/") or "/", query=None, fragment=None)


def require_path(text: str) -> None:
    """Raises ConfigurationError for what can be no path below a service, and no whole address."""
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL:
        raise ConfigurationError(
            "The path cannot be sent: it is too long, has the end of a line in it, or is the "
            "address of a host that cannot be."
        ) from None
    if url.is_absolute_url and not has_name(url):
        raise ConfigurationError(f"{url.host} cannot be the name of a host. Check the address.")


def has_name(url: httpx2.URL) -> bool:
    """Whether its host can be looked for: each label has 1 to 63 octets (RFC 1035 §2.3.4). At
    another the resolver raises UnicodeError."""
    labels = url.raw_host.removesuffix(b".").split(b".")
    return all(0 < len(label) < 64 for label in labels)


def below(url: httpx2.URL, path: str) -> httpx2.URL:
    """The address of `path`, which is percent-encoded and may have a query, below a service's."""
    return url.copy_with(raw_path=f"{url.path.rstrip('/')}/{path.lstrip('/')}".encode("ascii"))


def same_origin(one: httpx2.URL, other: httpx2.URL) -> bool:
    """RFC 6454: scheme, host and port."""
    return origin_of(one) == origin_of(other)


def origin_of(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port if url.port is not None else _PORTS.get(url.scheme)


def is_loopback(url: httpx2.URL) -> bool:
    return url.host in _LOOPBACK or url.host.endswith(".localhost")
