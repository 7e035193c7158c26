"""What the command asks a person at a terminal."""

import os
import pty
import select
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.cli.command import Command
from tests.house import PASSWORD, QUICK_HASHING
from tools.running import COMMAND


class Dialogue(NamedTuple):
    """How a command at a terminal ended, and all that stood on the screen."""

    code: int
    screen: str


def talk(data: Path, *arguments: str, answers: tuple[tuple[str, str], ...]) -> Dialogue:
    """Run it and give each answer once its question stands on the screen."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "admin", *arguments, "--data", str(data)],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, **QUICK_HASHING, "NO_COLOR": "1"},
        start_new_session=True,
    )
    os.close(terminal)
    screen, seen = "", 0
    for question, answer in answers:
        while question not in screen[seen:]:
            screen += read(controller)
        seen = len(screen)
        os.write(controller, f"{answer}\n".encode())
    while True:
        more = read(controller)
        if not more and process.poll() is not None:
            break
        screen += more
    os.close(controller)
    return Dialogue(process.wait(), screen.replace("\r\n", "\n"))


def read(controller: int) -> str:
    """What comes within a moment; "" at the end. Raises TimeoutError when nothing comes at all."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        readable, _, _ = select.select([controller], [], [], 0.1)
        if not readable:
            continue
        try:
            return os.read(controller, 4096).decode()
        except OSError:
            return ""
    raise TimeoutError


def test_a_password_is_asked_for_twice_and_not_shown(cli: Command) -> None:
    answers = (("Password: ", PASSWORD), ("Once more: ", PASSWORD))
    told = talk(cli.data, "account", "add", "ada@example.com", "--username", "ada", answers=answers)
    assert told.code == 0
    assert told.screen.startswith("Password: \nOnce more: \nAdded ada <ada@example.com>, U0000")
    assert PASSWORD not in told.screen


def test_two_passwords_that_differ_are_refused(cli: Command) -> None:
    answers = (("Password: ", PASSWORD), ("Once more: ", PASSWORD + "!"))
    told = talk(cli.data, "account", "add", "ada@example.com", "--username", "ada", answers=answers)
    assert told.code == 1
    assert told.screen.endswith("safelight: password: The two are not the same.\n")


@pytest.mark.parametrize(("answer", "code", "left"), [("n", 1, 1), ("", 1, 1), ("y", 0, 0)])
def test_what_destroys_asks_first(cli: Command, answer: str, code: int, left: int) -> None:
    cli.add_account("ada")
    question = "Delete ada and every photo that the account holds? [y/N] "
    told = talk(cli.data, "account", "delete", "ada", answers=((question, answer),))
    assert told.code == code
    assert len(cli.admin("account", "list", "--json").json) == left
