"""Redirects, followed by hand (RFC 9110 §15.4). Pure.

httpx2 would take along every header that is not `Authorization` or `Cookie`, and three of the
services have their credentials in others.
"""

from __future__ import annotations

import httpx2

from safelight.client.addresses import has_name, same_origin
from safelight.client.answers import is_success
from safelight.client.bodies import can_repeat
from safelight.client.errors import UnsafeRedirect

MOST_HOPS = 10

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_AS_GET = 303
_AS_IT_IS = frozenset({307, 308})

_HARMLESS = frozenset(
    {
        "accept",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "if-modified-since",
        "if-none-match",
        "if-range",
        "range",
        "user-agent",
    }
)
"""What another origin may see. An allow-list: a header that nobody thought of stays here."""


def follow(request: httpx2.Request, response: httpx2.Response) -> httpx2.Request | None:
    """The request that a redirect leads to; None when the answer is none.

    Raises UnsafeRedirect for what must not be followed: from https to http, a write to another
    origin or by another method, an address that is none.
    """
    if is_success(response) or not response.has_redirect_location:
        return None
    target = _read_target(request.url, response.headers["location"])
    is_safe = request.method in _SAFE
    if response.status_code == _AS_GET and not is_safe:
        return _ask(httpx2.Request("GET", target), request, {"content-type", "content-length"})
    if not is_safe:
        return _repeat(request, target, response.status_code)
    return _ask(httpx2.Request(request.method, target), request, set())


def _read_target(base: httpx2.URL, location: str) -> httpx2.URL:
    try:
        target = base.join(location)
    except (httpx2.InvalidURL, ValueError, TypeError):
        raise UnsafeRedirect("The service redirects to an address that cannot be read.") from None
    if target.scheme not in ("http", "https") or not has_name(target) or target.userinfo:
        raise UnsafeRedirect("The service redirects to what is no plain web address.")
    if base.scheme == "https" and target.scheme != "https":
        raise UnsafeRedirect(f"The service redirects from HTTPS to http://{target.host}.")
    return target.copy_with(fragment=base.fragment or None)


def _repeat(request: httpx2.Request, target: httpx2.URL, status: int) -> httpx2.Request:
    """A write, sent once more as it is. Its body belongs to this service alone."""
    if status not in _AS_IT_IS:
        raise UnsafeRedirect(
            f"The address has moved to {target.path}; a change is not sent after it: use that one."
        )
    if not same_origin(request.url, target):
        raise UnsafeRedirect(f"The service would have the change sent to {target.host}.")
    if not can_repeat(request):
        raise UnsafeRedirect("The service redirects, and this body cannot be sent again.")
    again = httpx2.Request(request.method, target, stream=request.stream)
    again.extensions = dict(request.extensions)
    again.headers = _moved(request, target, set())
    return again


def _ask(again: httpx2.Request, before: httpx2.Request, without: set[str]) -> httpx2.Request:
    again.extensions = dict(before.extensions)
    again.headers = _moved(before, again.url, without)
    return again


def _moved(request: httpx2.Request, target: httpx2.URL, without: set[str]) -> httpx2.Headers:
    """The headers to go on with; those that name the host and the length are made anew."""
    stays = same_origin(request.url, target)
    kept = [
        (name, value)
        for name, value in request.headers.multi_items()
        if name.lower() not in {"host", "cookie", "transfer-encoding", *without}
        and (stays or name.lower() in _HARMLESS)
    ]
    return httpx2.Headers([("host", target.netloc.decode("ascii")), *kept])
