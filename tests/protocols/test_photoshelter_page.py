"""`docs/protocols/photoshelter.md` tells what the server does."""

from __future__ import annotations

import re

from tests.house import PASSWORD, House
from tests.protocols.transcripts import PAGES, read_page, replay

PAGE = "photoshelter.md"
ROW = re.compile(r"^\| (PS-\d+) \| [^|]+ \| (\w+) \| [^|]+ \|$", re.MULTILINE)


def test_the_transcripts_are_what_the_server_answers(house: House) -> None:
    ada = house.add_account("ada", email="ada@example.com")
    house.add_organization("Harbour Photos", ada)
    values = {"key": house.add_application(), "password": PASSWORD}
    exchanges = read_page(PAGE)
    assert len(exchanges) == 14
    for exchange in exchanges:
        replay(house.client(), exchange, values)


def test_the_page_has_every_row_once() -> None:
    marks = dict(ROW.findall((PAGES / PAGE).read_text("utf-8")))
    assert list(marks) == [f"PS-{number}" for number in range(1, 70)]
    assert set(marks.values()) == {"documented", "observed", "assumed", "client", "out"}
    assert rows_marked("out", marks) == [31, 55, 56, 57, 59, 60, 61]
    assert rows_marked("client", marks) == [64, 65, 66, 67, 68, 69]


def rows_marked(mark: str, marks: dict[str, str]) -> list[int]:
    return [int(row.removeprefix("PS-")) for row, given in marks.items() if given == mark]
