"""The reference pages say what the code says."""

import inspect
import re
from pathlib import Path

import pytest
from tools.client_page import GROUPS, LIBRARIES, NOUNS, has_call
from tools.docs import PAGES, WRITERS

import safelight
from safelight import AsyncClient, Client
from safelight.authentication.audit import What
from safelight.client import async_nouns, nouns
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


def test_everything_that_the_package_offers_is_told() -> None:
    page = (PAGES / "client.md").read_text("utf-8")
    shown = [f"`{name}`" in page or f"`safelight.{name}`" in page for name in safelight.__all__]
    listed = dict(zip(safelight.__all__, shown, strict=True))
    assert [name for name, is_told in listed.items() if not is_told] == []


def test_every_method_of_a_client_is_told_and_explained() -> None:
    told = {name for names in GROUPS.values() for name in names} - {"__init__"} | set(NOUNS)
    assert {name for name in vars(Client) if not name.startswith("_")} == told
    assert [name for name in told if not inspect.getdoc(getattr(Client, name))] == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Client, AsyncClient),
        *((getattr(nouns, name), getattr(async_nouns, f"Async{name}")) for name in NOUNS.values()),
    ],
    ids=lambda kind: kind.__name__,
)
def test_an_async_client_takes_what_its_twin_takes(one: type, other: type) -> None:
    assert arguments_of(one) == arguments_of(other)


def arguments_of(kind: type) -> dict[str, list[str]]:
    public = {name: getattr(kind, name) for name in vars(kind) if not name.startswith("_")}
    return {
        name: list(inspect.signature(each).parameters) if callable(each) else []
        for name, each in public.items()
    }


def test_the_table_of_typed_calls_asks_the_code() -> None:
    assert has_call(LIBRARIES["PhotoShelter"], "photos", "upload")
    assert not has_call(LIBRARIES["Pixieset Galleries"], "photos", "upload")
    assert not has_call(LIBRARIES["Pixieset Studio"], "photos", "list")
