"""`docs/protocols/pixieset.md` tells what the server does."""

from __future__ import annotations

import re

from tests.house import PASSWORD, House
from tests.protocols.transcripts import PAGES, read_page, replay

PAGE = "pixieset.md"
ROW = re.compile(r"^\| PX-(\d+) \| [^|]+ \| (\w+) \| [^|]+ \|$", re.MULTILINE)


def test_the_transcripts_are_what_the_server_answers(house: House) -> None:
    house.add_account("ada")
    values = {"password": PASSWORD}
    exchanges = read_page(PAGE)
    assert len(exchanges) == 13
    for exchange in exchanges:
        replay(house.client(), exchange, values)


def test_the_page_has_every_row_once() -> None:
    rows = [(int(number), mark) for number, mark in ROW.findall((PAGES / PAGE).read_text("utf-8"))]
    assert [number for number, _ in rows] == list(range(1, 64))
    assert {number for number, mark in rows if mark == "out"} == {47, 49, 60}
    assert {number for number, mark in rows if mark == "client"} == set(range(53, 59))
