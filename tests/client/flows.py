"""Flows of a wire, played with answers that a test writes."""

from __future__ import annotations

from typing import Any

import httpx2

from safelight.client.grant import Grant
from safelight.client.wire import Flow
from safelight.exchange import Ended


def answer(
    status: int = 200,
    *,
    json: Any = None,
    text: str | None = None,
    headers: list[tuple[str, str]] | None = None,
    url: str = "https://service.example/api",
) -> httpx2.Response:
    """An answer whose body is read. `text` is HTML."""
    given = [*(headers or [])]
    content = None
    if text is not None:
        given.append(("content-type", "text/html; charset=utf-8"))
        content = text.encode()
    response = httpx2.Response(
        status, headers=given, json=json, content=content, request=httpx2.Request("GET", url)
    )
    response.read()
    return response


def play(flow: Flow, *answers: httpx2.Response) -> tuple[Grant | Ended, list[httpx2.Request]]:
    """What a flow comes to when its requests get these answers, and the requests."""
    asked = [next(flow)]
    for each in answers:
        each.request = asked[-1]
        try:
            asked.append(flow.send(each))
        except StopIteration as done:
            return done.value, asked
    raise AssertionError(f"the flow asks for more: {asked[-1].url}")


def play_grant(flow: Flow, *answers: httpx2.Response) -> Grant:
    outcome, _ = play(flow, *answers)
    assert isinstance(outcome, Grant)
    return outcome


def form_of(request: httpx2.Request) -> dict[str, str]:
    return dict(httpx2.QueryParams(request.read().decode()))


def credentials_on(wire: Any, grant: Grant, method: str = "GET", path: str = "") -> httpx2.Headers:
    """The headers of a request that a wire put its credentials on."""
    request = httpx2.Request(method, wire.url.join(path or "/"))
    wire.write_credentials(grant, request)
    return request.headers
