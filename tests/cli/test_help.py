"""What the command says about itself, in a terminal of 80 columns, and how it fails."""

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cli.command import Command, is_one_line
from tools.running import COMMAND

from safelight import __version__

GROUPS = ("account", "organization", "application", "session", "keys")
VERBS = (
    ("account", "add"), ("account", "list"), ("account", "suspend"), ("account", "resume"),
    ("account", "delete"), ("account", "set-password"),
    ("organization", "add"), ("organization", "join"), ("organization", "list"),
    ("application", "add"), ("application", "list"), ("application", "remove"),
    ("session", "list"), ("session", "end"), ("keys", "rotate"),
    ("check",), ("backup",), ("restore",),
)  # fmt: skip
PERSON = (
    "login", "status", "switch", "request", "get", "post", "delete", "galleries", "photos",
    "organizations", "upload", "download", "token", "export", "run", "proxy", "logout",
    "completion",
)  # fmt: skip
EVERY = [(), ("serve",), ("admin",), *(("admin", each) for each in GROUPS)]
EVERY += [(each,) for each in PERSON]
EVERY += [("admin", *verb) for verb in VERBS]


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_help_fits_a_terminal_and_says_what_each_thing_does(
    cli: Command, words: tuple[str, ...]
) -> None:
    outcome = cli.bare(*words, "--help")
    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert lines[0].startswith(" ".join(("Usage: safelight", *words)))
    assert [line for line in lines if len(line) > 80 or line != line.rstrip()] == []
    assert "\x1b" not in outcome.out
    entries = [line for line in lines if re.match(r"  [-\w]", line)]
    assert entries != []
    assert [line for line in entries if not re.search(r"\S {2,}\S", line)] == []
    assert re.findall(r"\[(?:\"\"|\(\)|None)\]", outcome.out) == []


def test_admin_lists_its_nouns_in_the_order_of_their_use(cli: Command) -> None:
    listed = re.findall(r"^  ([\w-]+) ", cli.bare("admin", "--help").out, re.MULTILINE)
    assert listed == [*GROUPS, "check", "backup", "restore"]


@pytest.mark.parametrize("words", [(), ("admin",), ("admin", "account")], ids=" ".join)
def test_a_group_alone_prints_its_help(cli: Command, words: tuple[str, ...]) -> None:
    assert cli.bare(*words) == cli.bare(*words, "--help")


def test_a_person_s_commands_come_in_the_order_of_their_use(cli: Command) -> None:
    listed = re.findall(r"^  ([\w-]+) ", cli.bare("--help").out, re.MULTILINE)
    assert listed == [*PERSON, "serve", "admin"]


def test_every_command_of_a_person_takes_json(cli: Command) -> None:
    # What `run` prints is its program's, and a completion is for a shell.
    for verb in set(PERSON) - {"run", "completion"}:
        assert "--json" in cli.bare(verb, "--help").out


def test_every_command_of_the_operator_takes_data_and_config(cli: Command) -> None:
    for verb in VERBS:
        printed = cli.bare("admin", *verb, "--help").out
        assert "--data DIR" in printed
        assert "--config FILE" in printed


def test_the_version_is_printed(cli: Command) -> None:
    assert cli.bare("--version").out == f"{__version__}\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("serv",), 'Did you mean "serve"?'),
        (("admin", "acount"), 'Did you mean "account"?'),
        (("admin", "account", "suspnd", "ada"), 'Did you mean "suspend"?'),
        (("serve",), "--data"),
        (("serve", "--data", "x", "--prot", "1"), "Did you mean --port?"),
        (("serve", "--data", "x", "--port", "many"), "--port"),
        (("serve", "--data", "x", "--port", "0"), "--port"),
        (("serve", "--data", "x", "--workers", "0"), "--workers"),
        (("serve", "--data", "x", "--tls-cert", "y"), "--tls-cert and --tls-key come together."),
        (("serve", "--data", "x", "--host", "nowhere"), "--host nowhere is not an address."),
        (("admin", "session", "end", "--data", "x"), "Name a session, or an account with --all."),
        (("admin", "account", "suspend", "--data", "x"), "WHO"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    cli: Command, words: tuple[str, ...], says: str
) -> None:
    outcome = cli.bare(*words)
    assert outcome.code == 2
    assert is_one_line(outcome.err)
    assert says in outcome.err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[server]\ndrain_second = 3", "server.drain_second. Did you mean server.drain_seconds?"),
        ("[realm.studio]\nidle_seconds = 3", "There is no setting realm. Did you mean realms?"),
        ("[server]\ntrusted_proxies = ['x']", "neither an address nor a network"),
        ("[server]\nlog_level = 'loud'", 'server.log_level is one of "debug", "info"'),
        ("[server]\nbody_seconds = 'long'", "Expected `float`"),
        ("[throttle]\nwindow_seconds = 0", "throttle.window_seconds must be positive"),
        ("not toml", "safelight.toml"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", [("serve",), ("admin", "account", "list")], ids=" ".join)
def test_settings_that_cannot_be_used_stop_every_command(
    cli: Command, words: tuple[str, ...], text: str, says: str
) -> None:
    cli.data.mkdir(mode=0o700)
    (cli.data / "safelight.toml").write_text(text)
    outcome = cli(*words)
    assert outcome.code == 2
    assert is_one_line(outcome.err)
    assert says in outcome.err


def test_a_settings_file_that_is_named_must_be_there(cli: Command, tmp_path: Path) -> None:
    outcome = cli("serve", "--config", str(tmp_path / "nowhere.toml"))
    assert (outcome.code, outcome.err) == (
        2, f"safelight: {tmp_path / 'nowhere.toml'}: No such file or directory.\n"
    )  # fmt: skip


def in_a_terminal(*arguments: str, **environment: str) -> bytes:
    """What the command writes when its standard output is a terminal."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", **environment},
    )
    os.close(terminal)
    written = b""
    while True:
        try:
            written += os.read(controller, 4096)
        except OSError:
            break
    os.close(controller)
    assert process.wait() == 0
    return written


def test_a_terminal_gets_colours_unless_it_wants_none() -> None:
    assert b"\x1b[36m" in in_a_terminal("admin", "--help")
    assert b"\x1b[3" not in in_a_terminal("admin", "--help", NO_COLOR="1")


def test_help_does_not_wait_for_the_server_s_packages() -> None:
    """They take most of a second to load."""
    code = (
        "import sys; sys.argv = ['safelight', 'admin', '--help']\n"
        "from safelight.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([name for name in ('sqlalchemy', 'granian', 'pyvips') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_ctrl_c_ends_a_command_without_a_traceback(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "admin", "account", "add", "ada@example.com", "--username", "ada",
         "--password-stdin", "--data", str(tmp_path / "data")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    until = time.monotonic() + 20
    while b"readline" not in where(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    printed = process.communicate(timeout=20)
    assert process.returncode == 130
    assert printed == (b"", b"")


def where(pid: int) -> bytes:
    """`readline` while the process waits for its standard input, a pipe."""
    try:
        waiting = Path(f"/proc/{pid}/wchan").read_bytes()
    except OSError:
        return b""
    return b"readline" if b"pipe" in waiting else waiting
