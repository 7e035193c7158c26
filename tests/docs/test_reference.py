"""The reference pages say what the code says."""

import re
from pathlib import Path

import pytest
from tools.docs import PAGES, WRITERS

from safelight.authentication.audit import What
from safelight.config import Settings, all_keys

SOURCE = Path(__file__).resolve().parents[2] / "src" / "safelight"


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_a_reference_page_is_written_from_the_code_as_it_is(name: str) -> None:
    on_disk = (PAGES / f"{name}.md").read_text("utf-8")
    assert on_disk == WRITERS[name](), "stale: python3 dev.py docs"


def test_every_setting_is_told_with_its_environment_variable() -> None:
    page = (PAGES / "settings.md").read_text("utf-8")
    variables = {f"`SAFELIGHT_{key.replace('.', '__').upper()}`" for key in all_keys(Settings)}
    assert {variable for variable in variables if variable not in page} == set()
    assert [line for line in page.splitlines() if line.endswith("|  |")] == []


def test_every_event_is_told() -> None:
    page = (PAGES / "events.md").read_text("utf-8")
    assert [what.value for what in What if f"| `{what.value}` |" not in page] == []


def test_every_line_that_the_server_can_log_is_told() -> None:
    page = (PAGES / "events.md").read_text("utf-8")
    called = re.compile(r'_log\.(?:debug|info|warning|error|exception)\(\s*"(\w+)')
    logged = {
        event
        for path in SOURCE.rglob("*.py")
        if "client" not in path.relative_to(SOURCE).parts
        for event in called.findall(path.read_text("utf-8"))
    }
    assert len(logged) > 3
    assert {event for event in logged if f"`{event}`" not in page} == set()
