"""What every test has: a private home, no settings from outside, and `--require-all`.

And what every run has: when anything that it logged holds a secret, the run fails.
"""

import os
import signal
from collections.abc import Generator
from pathlib import Path
from typing import Any, cast

import hypothesis
import pytest
from tests.house import CANARY, House, a_house

# A generated example may meet a slow moment of a busy machine; pytest's own timeout guards a hang.
hypothesis.settings.register_profile("safelight", deadline=None, print_blob=True)
hypothesis.settings.load_profile("safelight")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require-all",
        action="store_true",
        help="a skipped test is a failure: for machines that must have everything",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    # An expected failure is reported as skipped too; that one is meant.
    if report.skipped and not hasattr(report, "wasxfail") and is_complete(item.config):
        refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if report.skipped and is_complete(collector.config):
        refuse_skip(report)
    return report


# --- no secret is logged ------------------------------------------------------------------------

LEAKS = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    # Who is started in the background ignores Ctrl-C, and so would every command that tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.stash[LEAKS] = []
    CANARY.watch()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of pytest-xdist hands over what it found to the process that started it, which
    alone can fail the run."""
    leaks = session.config.stash[LEAKS]
    leaks += CANARY.leaks(logs_of_servers(session.config))
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["leaks"] = leaks
    if leaks and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    output = getattr(node, "workeroutput", {})
    unseen = ("a worker ended without having looked at what it logged",)
    node.config.stash[LEAKS].extend(output.get("leaks", unseen))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if leaks := config.stash[LEAKS]:
        terminalreporter.section("secrets were logged", red=True)
        for leak in leaks:
            terminalreporter.line(leak, red=True)


def logs_of_servers(config: pytest.Config) -> list[Path]:
    """What the servers of `tools/running.py` printed, each beside its data folder."""
    factory = cast(Any, config)._tmp_path_factory
    if factory._basetemp is None or config.pluginmanager.hasplugin("dsession"):
        return []  # nothing was started here, or by workers that look at it themselves
    return [path for path in factory.getbasetemp().rglob("*log") if path.is_file()]


# --- nothing is skipped, nothing comes from outside -----------------------------------------------


def is_complete(config: pytest.Config) -> bool:
    return cast(bool, config.getoption("--require-all"))


def refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    report.outcome = "failed"
    report.longrepr = f"With --require-all nothing may be skipped. {reason}"


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, so that nothing of the person who runs it is read or written."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    for variable in os.environ:
        # A proxy from outside would carry loopback requests off the machine.
        if variable.startswith(("SAFELIGHT_", "XDG_")) or variable.lower().endswith("_proxy"):
            monkeypatch.delenv(variable)
    return home


@pytest.fixture
def house(tmp_path: Path) -> Generator[House, None, None]:
    """A running Safelight with quick hashing and the default settings."""
    with a_house(tmp_path / "data") as opened:
        yield opened
