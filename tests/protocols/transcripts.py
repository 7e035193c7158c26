"""The request and response pairs in `docs/protocols/`, read and replayed against a server.

A pair is two fenced blocks marked `http`, the request first::

    ### the exchange's name
    POST /api/auth/token/obtain/
    Content-Type: application/json

    {"username": "ada", "password": "{password}"}

    200
    Content-Type: application/json

    {"refresh": "{refresh}", "access": "…"}

`{name}` stands for a value: one that is known already, else (in a response) whatever is there,
which is known from then on. `…` stands for anything: a JSON value, the rest of a list or (as a key)
of an object, or any part of a text. Only the headers that are listed are compared, and a body only
if there is one in the block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from starlette.testclient import TestClient

PAGES = Path(__file__).resolve().parents[2] / "docs" / "protocols"

ANYTHING = "…"
_BLOCK = re.compile(r"^```http\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_PIECE = re.compile(rf"{ANYTHING}|{_PLACE.pattern}")


class Message(NamedTuple):
    """One block: its first line, its headers in order, and its body ("" for none)."""

    start: str
    headers: tuple[tuple[str, str], ...]
    body: str


class Exchange(NamedTuple):
    name: str
    request: Message
    response: Message


def read_page(name: str) -> list[Exchange]:
    """The exchanges of a protocol's page, in order."""
    return read_exchanges((PAGES / name).read_text("utf-8"))


def read_exchanges(text: str) -> list[Exchange]:
    blocks = _BLOCK.findall(text)
    exchanges = []
    for first, second in zip(blocks[::2], blocks[1::2], strict=True):
        title, _, request = first.partition("\n")
        assert title.startswith("### "), f"a request begins with its name: {title}"
        exchanges.append(Exchange(title[4:].strip(), _read_message(request), _read_message(second)))
    return exchanges


def replay(client: TestClient, exchange: Exchange, values: dict[str, str]) -> None:
    """Send the request and compare the answer. `values` gains what the response names anew."""
    request, expected = exchange.request, exchange.response
    method, target = _fill(request.start, values).split()[:2]
    body = _fill(request.body, values)
    headers = {name: _fill(value, values) for name, value in request.headers}
    if headers.get("Content-Type", "").startswith("multipart/"):
        body = body.replace("\n", "\r\n") + "\r\n"
    response = client.request(method, target, headers=headers, content=body.encode())
    status = next(part for part in expected.start.split() if part.isdigit())
    assert response.status_code == int(status), f"{exchange.name}: {response.text}"
    for name, value in expected.headers:
        found = response.headers.get_list(name)
        assert any(_matches(value, each, values) for each in found), (
            f"{exchange.name}: {name}: {value} is not among {found}"
        )
    if expected.body:
        _compare_body(exchange.name, expected.body, response.text, values)


def _read_message(block: str) -> Message:
    head, _, body = block.partition("\n\n")
    start, *lines = head.strip().splitlines()
    pairs = [line.partition(":") for line in lines]
    headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
    return Message(start, headers, body.strip("\n"))


def _fill(text: str, values: Mapping[str, str]) -> str:
    """Raises KeyError for a name that nothing has given a value yet."""
    return _PLACE.sub(lambda place: values[place[1]], text)


def _compare_body(name: str, expected: str, found: str, values: dict[str, str]) -> None:
    try:
        wanted = json.loads(expected)
    except ValueError:
        assert _matches(expected, found.strip("\n"), values), f"{name}: {found}"
        return
    fault = _fault_in(wanted, json.loads(found), values)
    assert fault is None, f"{name}: {fault}"


def _fault_in(wanted: Any, found: Any, values: dict[str, str]) -> str | None:
    """Where `found` is not what is wanted; None when it is."""
    if wanted == ANYTHING:
        return None
    if isinstance(wanted, dict) and isinstance(found, dict):
        keys = wanted.keys() - {ANYTHING}
        if missing := keys - found.keys():
            return f"{sorted(missing)} is missing"
        if ANYTHING not in wanted and (more := found.keys() - keys):
            return f"{sorted(more)} is too much"
        faults = (
            f"{key}: {fault}" for key in wanted if key in keys
            if (fault := _fault_in(wanted[key], found[key], values))
        )  # fmt: skip
        return next(faults, None)
    if isinstance(wanted, list) and isinstance(found, list):
        if wanted and wanted[-1] == ANYTHING:
            wanted, found = wanted[:-1], found[: len(wanted) - 1]
        if len(wanted) != len(found):
            return f"{len(found)} items instead of {len(wanted)}"
        pairs = enumerate(zip(wanted, found, strict=True))
        faults = (f"{i}: {fault}" for i, (a, b) in pairs if (fault := _fault_in(a, b, values)))
        return next(faults, None)
    if isinstance(wanted, str) and _PIECE.search(wanted):
        text = found if isinstance(found, str) else json.dumps(found)
        return None if _matches(wanted, text, values) else f"{found!r} is not {wanted!r}"
    same = wanted == found and isinstance(wanted, bool) is isinstance(found, bool)
    return None if same else f"{found!r} is not {wanted!r}"


def _matches(wanted: str, found: str, values: dict[str, str]) -> bool:
    pattern, end, named = "", 0, []
    for piece in _PIECE.finditer(wanted):
        pattern += re.escape(wanted[end : piece.start()])
        end, name = piece.end(), piece[1]
        if name is None:
            pattern += ".*"
        elif name in values:
            pattern += re.escape(values[name])
        else:
            named.append(name)
            pattern += "(.+)"
    match = re.fullmatch(pattern + re.escape(wanted[end:]), found, re.DOTALL)
    if match is not None:
        values.update(zip(named, match.groups(), strict=True))
    return match is not None
