"""The pages of the services say what the client does there, and what nobody has tried."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from tools.client_page import LIBRARIES, NOUNS, has_call
from tools.signatures import class_of, methods_of

from safelight.client.library import NOTHING
from safelight.client.protocols.librephotos import LibrePhotosWire
from safelight.client.protocols.native import NativeWire
from safelight.client.protocols.photoshelter import PhotoShelterWire
from safelight.client.protocols.pixieset import PixiesetWire
from safelight.client.protocols.recorder_monitor import RecorderMonitorWire

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {
    "pixieset": (LIBRARIES["Pixieset Studio"], LIBRARIES["Pixieset Galleries"]),
    "photoshelter": (LIBRARIES["PhotoShelter"],),
    "librephotos": (LIBRARIES["LibrePhotos"],),
    "recorder-monitor": (NOTHING,),
    "safelight": (LIBRARIES["Safelight"],),
}
"""By their pages; Pixieset's has a column for each of its apps."""

CALLS = [
    (noun, name)
    for noun, kind in NOUNS.items()
    for name in methods_of(class_of("client/nouns.py", kind))
    if not name.startswith("_")
]
SECTIONS = [
    "Sign in", "What the client does by itself", "Calls", "What was verified", "Watch first"
]  # fmt: skip


def text_of(service: str) -> str:
    return (ROOT / "docs" / "services" / f"{service}.md").read_text("utf-8")


def rows_of(service: str, section: str) -> list[list[str]]:
    _, _, rest = text_of(service).partition(f"\n## {section}\n")
    lines = rest.partition("\n## ")[0].splitlines()
    rows = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.parametrize("service", SERVICES)
def test_a_page_says_of_every_call_whether_the_service_has_it(service: str) -> None:
    told = {
        name: [cell.startswith("yes") for cell in cells]
        for words, *cells in rows_of(service, "Calls")
        for name in re.findall(r"`([\w.]+)`", words)
    }
    true = {
        f"{noun}.{name}": [has_call(library, noun, name) for library in SERVICES[service]]
        for noun, name in CALLS
    }
    assert told == true


@pytest.mark.parametrize("service", SERVICES)
def test_every_page_answers_the_same_questions(service: str) -> None:
    headings = re.findall(r"^## (.+)$", text_of(service), re.MULTILINE)
    assert [heading for heading in headings if heading in SECTIONS] == SECTIONS
    topics = {topic for topic, *_ in rows_of(service, "What the client does by itself")}
    assert {"CSRF", "rate limits", "organizations", "signing out", "everywhere"} <= topics
    assert "[Report what you see](report.md)" in text_of(service)


@pytest.mark.parametrize("service", [each for each in SERVICES if each != "safelight"])
def test_no_page_claims_that_a_hosted_service_was_tried(service: str) -> None:
    first = [row[1] for row in rows_of(service, "What was verified")]
    assert len(first) > 5
    assert [cell for cell in first if not cell.startswith("no")] == []
    opening = " ".join(text_of(service).split("\n## ")[0].lower().split())
    assert re.search(r"nobody has (tried|run)|was not run against", opening) is not None


@pytest.mark.parametrize(
    ("service", "told", "idle"),
    [
        ("pixieset", "`kept_alive` assumes 120 minutes", PixiesetWire.idle),
        ("photoshelter", "`kept_alive` assumes 30 minutes", PhotoShelterWire.idle),
        ("librephotos", "7 days from the sign-in", LibrePhotosWire.idle),
        ("recorder-monitor", "30 minutes, and each request", RecorderMonitorWire.idle),
        ("safelight", "14 days, an operator's setting", NativeWire.idle),
    ],
)
def test_a_page_tells_the_idle_limit_that_the_client_goes_by(
    service: str, told: str, idle: timedelta
) -> None:
    assert told in text_of(service)
    (number,) = re.findall(r"\d+", told)
    unit = timedelta(days=1) if "days" in told else timedelta(minutes=1)
    assert int(number) * unit == idle
