"""The glossary names modules that are there, and that speak of the word."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([\w -]+) \| .+ \| `([\w/]+\.py)` \|$", PAGE, re.MULTILINE)


def test_the_glossary_has_words() -> None:
    assert len(ROWS) > 20
    assert [word for word, _ in ROWS] == list(dict.fromkeys(word for word, _ in ROWS))


@pytest.mark.parametrize(("word", "module"), ROWS, ids=lambda text: text)
def test_a_word_stands_in_the_module_that_defines_it(word: str, module: str) -> None:
    text = (ROOT / "src" / "safelight" / module).read_text().lower()
    stem = word.split()[-1].removesuffix("y")
    assert stem in text
