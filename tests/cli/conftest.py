"""The command line over a data folder of the test's own, with quick hashing."""

from pathlib import Path

import pytest
from tests.cli.command import Command
from tests.house import QUICK_HASHING


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    for name, value in QUICK_HASHING.items():
        monkeypatch.setenv(name, value)
    return Command(tmp_path / "data", monkeypatch, capsys)
