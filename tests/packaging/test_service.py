"""The systemd unit and the container, as far as they can be looked at without running them."""

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from tools.running import COMMAND

from safelight.config import Settings

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "packaging" / "safelight.service"
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def options_of_serve() -> set[str]:
    done = subprocess.run([*COMMAND, "serve", "--help"], capture_output=True, text=True)
    return set(re.findall(r"--[a-z-]+", done.stdout))


def read_unit() -> dict[str, str]:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names have case
    parser.read(UNIT)
    return dict(parser["Service"])


def test_the_unit_starts_the_command_with_options_that_it_has() -> None:
    _, command, *rest = shlex.split(read_unit()["ExecStart"])
    assert command == "serve"
    assert {word for word in rest if word.startswith("--")} <= options_of_serve()


def test_systemd_waits_longer_than_the_server_needs_to_drain() -> None:
    waits = int(read_unit()["TimeoutStopSec"].removesuffix("s"))
    assert waits > Settings().server.drain_seconds


def test_the_unit_is_hardened() -> None:
    """Systemd's own measure: 0 is sealed, 10 is open."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    command = [program, "security", "--offline=true", "--threshold=20", "--no-pager", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-400:]


def test_the_unit_lets_hash_threads_lower_their_priority() -> None:
    """Filters are read in their order: what a later line names is decided anew."""
    lines = UNIT.read_text().splitlines()
    filters = [each for each in lines if each.startswith("SystemCallFilter=")]
    assert filters == [
        "SystemCallFilter=@system-service",
        "SystemCallFilter=~@privileged @resources",
        "SystemCallFilter=setpriority",
    ]


def test_the_container_starts_the_command_as_nobody_in_particular() -> None:
    arguments = re.search(r'^CMD \["serve", (.+)\]$', DOCKERFILE, re.MULTILINE)
    assert arguments is not None
    assert set(re.findall(r"--[a-z-]+", arguments[1])) <= options_of_serve()
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001:10001"]
    assert re.findall(r"^STOPSIGNAL (.+)$", DOCKERFILE, re.MULTILINE) == ["SIGTERM"]


def test_the_container_takes_locked_packages_only() -> None:
    commands = re.split(r"&&|^RUN |^COPY ", DOCKERFILE, flags=re.MULTILINE)
    installs = [each for each in commands if re.search(r" (?:install|wheel) --no", each)]
    assert len(installs) == 4
    assert all("--require-hashes" in each or "--no-deps" in each for each in installs)


def test_everything_that_the_container_copies_is_there() -> None:
    copied = [
        name
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for name in line.split()[:-1]
    ]
    assert copied != []
    assert [name for name in copied if not (ROOT / name).exists()] == []
