"""The command line over a data folder of the test's own, with quick hashing, and real servers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.command import Command
from tests.house import QUICK_HASHING
from tools.running import Server, running

QUICK = {name.removeprefix("SAFELIGHT_"): value for name, value in QUICK_HASHING.items()}


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    for name, value in QUICK_HASHING.items():
        monkeypatch.setenv(name, value)
    return Command(tmp_path / "data", monkeypatch, capsys)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two workers, shared by the tests of a module."""
    folder = tmp_path_factory.mktemp("pair")
    with running(
        folder / "data", settings=QUICK, options=("--workers", "2"), log=folder / "log"
    ) as server:
        yield server


@pytest.fixture
def beside(cli: Command, pair: Server) -> Command:
    """The command over the data folder that the two workers serve."""
    cli.data = pair.data
    return cli
