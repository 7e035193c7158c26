"""`docs/protocols/native.md` tells what the server does."""

from __future__ import annotations

import re

from tests.house import PASSWORD, House
from tests.protocols.native import WIRE
from tests.protocols.transcripts import PAGES, read_page, replay

PAGE = "native.md"
ROW = re.compile(r"^\| `([A-Z]+) (/v1/\S+)` \| .+ \| (?:`([a-z:]+)`)? ?\|$", re.MULTILINE)


def test_the_transcripts_are_what_the_server_answers(house: House) -> None:
    house.add_account("ada")
    values = {"password": PASSWORD}
    exchanges = read_page(PAGE)
    assert len(exchanges) == 14
    for exchange in exchanges:
        replay(house.client(), exchange, values)


def test_the_page_has_every_endpoint_once_with_its_scope() -> None:
    told = [
        (method, path, scope or None)
        for method, path, scope in ROW.findall((PAGES / PAGE).read_text("utf-8"))
    ]
    there = [
        (each.method, each.path, needs.value if (needs := getattr(each, "needs", None)) else None)
        for each in WIRE.endpoints
        if not each.path.startswith("/v1/docs/")
    ]
    assert told == there
