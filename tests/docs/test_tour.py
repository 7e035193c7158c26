"""The tour names files that are there, and names that stand in them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "safelight"
PAGE = (ROOT / "docs" / "tour.md").read_text("utf-8")
_PATH = re.compile(r"[\w/]+(?:\.py|/)")
_NAME = re.compile(r"_?[a-zA-Z]\w+")

STOPS = re.findall(r"^\d+\. `(src/safelight/[\w/]+\.py)`", PAGE, re.MULTILINE)
ANSWERS = re.findall(r"^\| (.+?) \| (.+) \|$", PAGE.partition("## Where is…?")[2], re.MULTILINE)[1:]


def words_of(answer: str) -> list[str]:
    return re.findall(r"`([^`]+)`", answer)


def files_of(answer: str) -> list[Path]:
    """Those that an answer names, one beside another where it has no folder."""
    found: list[Path] = []
    for word in words_of(answer):
        if _PATH.fullmatch(word):
            beside = found[-1].parent if found and "/" not in word else SOURCE
            is_top = (SOURCE / word).exists()
            found.append(SOURCE / word if is_top else beside / word)
    return found


def test_the_tour_leads_through_both_sides() -> None:
    assert len(STOPS) > 18
    assert [stop for stop in STOPS if not (ROOT / stop).is_file()] == []
    assert len(ANSWERS) > 25


@pytest.mark.parametrize(("question", "answer"), ANSWERS, ids=lambda text: text[:40])
def test_an_answer_names_a_file_that_is_there_and_a_name_that_is_in_it(
    question: str, answer: str
) -> None:
    files = files_of(answer)
    assert [str(file) for file in files if not (ROOT / file).exists()] == []
    names = [word for word in words_of(answer) if _NAME.fullmatch(word)]
    text = "".join(file.read_text("utf-8") for file in files if file.is_file())
    assert files != [] or "docs" in answer, question
    assert [name for name in names if re.search(rf"\b{name}\b", text) is None] == []
