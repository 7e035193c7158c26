"""A real server for the module, and a person with a fresh settings folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.command import Command
from tests.cli.conftest import QUICK
from tests.cli_client.person import Person, Site
from tests.house import PASSWORD
from tools.running import admin, running


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    data = folder / "data"
    for name in ("ada", "grace"):
        account = ("account", "add", f"{name}@example.com", "--username", name)
        admin(data, *account, "--password-stdin", password=PASSWORD)
    key = admin(data, "application", "add", "Command", "--json")["api_key"]
    # The throttle would meet a module that signs in wrongly on purpose.
    quick = {**QUICK, "THROTTLE__ACCOUNT_FAILURES": "10000", "THROTTLE__ADDRESS_FAILURES": "10000"}
    with running(data, settings=quick, log=folder / "log") as server:
        yield Site(server, key)


@pytest.fixture
def me(
    tmp_path: Path,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Person:
    return Person(tmp_path / "settings", site, Command(tmp_path, monkeypatch, capsys), monkeypatch)
