"""The fenced blocks of the documentation, and how a page's commands are run.

Conventions of every page, so that its blocks can be run as they are:

- The server is at ``http://localhost:8000``, its data in ``/var/lib/safelight``. Both are replaced
  by a server of the test's own, and so are ``/var/backups`` and ``/srv``, and the port ``8080``.
- The account is ``ada`` or ``ada@example.com``, its password ``correct horse battery``, which is
  also ``$PASSWORD``. ``$KEY`` and ``$API_KEY`` are an API key, ``$GALLERY`` is a gallery's id, and
  ``beach.jpg``, ``boat.jpg``, ``dawn.jpg`` and ``dusk.jpg`` are photos; the folder ``shoot`` has
  the first two.
- ``$TOKEN``, ``$ACCESS``, ``$REFRESH``, ``$UPLOAD``, ``$SECRET`` and ``$SESSION`` are what a reader
  would copy from the answers so far; ``$SETUP`` is the set-up token that the start printed.

The ``console`` and ``python`` blocks of a page are run in its order, in one folder.

A ``console`` block has commands, each after ``$ ``, and the output of a command that shows one, in
which ``…`` stands for anything. A command must succeed; ``curl``'s, unless it shows an output, must
get an answer below 400. ``console typed`` is run at a terminal, where somebody gives the password
that is asked for. ``console no-run`` is not run, for a reason in `test_blocks.py`;
``console fresh`` is run on a server that nobody has signed up at.

A ``python`` block is a whole program; ``python NAME`` is one that a reader saves under that name,
for commands further down. In a ``diff`` block the lines without ``-`` are a Python program.
``toml`` is loaded as settings, ``http`` is replayed by ``tests/protocols``, ``nginx`` and ``caddy``
are run by ``test_proxies.py``, ``html`` is opened by ``cli_client/test_proxy_in_chromium.py``,
``py`` is a signature that `dev.py docs` wrote, ``text`` is shown; what of it can be run is, by
``cli_client/test_shown_commands.py`` and the test in Chromium.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote

from tests.cli.terminal import converse

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")], key=lambda page: page.as_posix()
)
ANYTHING = "…"

_HTTP_STATUS = re.compile(r"^HTTP (\d+)$", re.MULTILINE)
_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TOKEN_NAMES = {
    "access": "ACCESS", "refresh": "REFRESH", "token": "TOKEN", "upload_id": "UPLOAD",
    "secret": "SECRET",
}  # fmt: skip


class Block(NamedTuple):
    """`kind` is what stands after the fence; `page` is relative to the project's folder."""

    page: str
    line: int
    kind: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


class Step(NamedTuple):
    """One command of a console block, and what it is to print; "" where nothing is shown."""

    command: str
    shown: str


def blocks_of(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    name = page.relative_to(ROOT).as_posix()
    return [
        Block(name, text[: match.start()].count("\n") + 1, match[1].strip(), match[2])
        for match in _FENCE.finditer(text)
    ]


def steps_of(block: Block) -> Iterator[Step]:
    """Raises ValueError for a block that does not begin with a command."""
    command: list[str] = []
    shown: list[str] = []
    for line in block.text.splitlines():
        if command and command[-1].endswith("\\"):
            command.append(line)
        elif line.startswith("$ "):
            if command:
                yield Step("\n".join(command), "\n".join(shown))
            command, shown = [line.removeprefix("$ ")], []
        elif command:
            shown.append(line)
        else:
            raise ValueError(f"{block.place} begins with what is no command.")
    yield Step("\n".join(command), "\n".join(shown))


def new_program(block: Block) -> str:
    """The program that a diff block leads to."""
    kept = [line for line in block.text.splitlines() if not line.startswith("-")]
    return "\n".join(line[1:] for line in kept)


def is_shown(printed: str, shown: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in shown.strip().split(ANYTHING))
    return re.fullmatch(pattern, printed.strip(), re.DOTALL) is not None


class Shell:
    """Runs a page's commands in one folder, and remembers what their answers gave."""

    def __init__(
        self, folder: Path, variables: dict[str, str], replaced: dict[str, str], path: str
    ) -> None:
        self._folder = folder
        self._variables = variables
        self._replaced = replaced
        self._path = path

    def run(self, block: Block) -> None:
        """Raises AssertionError for a command that fails or prints something else."""
        kind, _, more = block.kind.partition(" ")
        if kind == "python":
            self._take(block, name=more)
            return
        for step in steps_of(block):
            if more == "typed":
                self._type(block, step)
                continue
            done = self._run(["bash", "-euo", "pipefail", "-c", self._replace(step.command)])
            told = f"{block.place}: $ {step.command}\n{done.stdout}{done.stderr}"
            assert done.returncode == 0, told
            statuses = [int(found) for found in _HTTP_STATUS.findall(done.stderr)]
            self._learn(done.stdout)
            if step.shown:
                assert is_shown(done.stdout, self._replace(step.shown)), told
            else:
                assert all(status < 400 for status in statuses), told

    def _take(self, block: Block, name: str) -> None:
        """A program: saved under its name, or run when it has none."""
        text = self._replace(block.text)
        if name:
            (self._folder / name).write_text(text)
            return
        done = self._run(["python3", "-c", text])
        assert done.returncode == 0, f"{block.place}\n{done.stdout}{done.stderr}"

    def _type(self, block: Block, step: Step) -> None:
        code, screen = converse(
            ["bash", "-euo", "pipefail", "-c", self._replace(step.command)],
            self._environment,
            {"Password of": self._variables["PASSWORD"]},
            self._folder,
        )
        told = f"{block.place}: $ {step.command}\n{screen}"
        assert code == 0, told
        assert is_shown(screen, self._replace(step.shown)), told

    def run_program(self, block: Block) -> None:
        """Run what a diff block leads to, with its constants set."""
        names = ("PASSWORD", "API_KEY")
        head = "".join(f"{name} = {self._variables[name]!r}\n" for name in names)
        done = self._run(["python3", "-c", head + self._replace(new_program(block))])
        assert done.returncode == 0, f"{block.place}\n{done.stderr}"
        assert done.stdout.strip() != "", block.place

    @property
    def _environment(self) -> dict[str, str]:
        return {**self._variables, "PATH": self._path, "HOME": str(self._folder)}

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
        )

    def _replace(self, text: str) -> str:
        for name, value in self._replaced.items():
            text = text.replace(name, value)
        return text

    def _learn(self, printed: str) -> None:
        for part in (printed, *printed.splitlines()):
            try:
                self._learn_fields(json.loads(part))
            except ValueError:
                continue
        if header := re.search(r"^jsession: (\S+)", printed, re.MULTILINE | re.IGNORECASE):
            self._variables["TOKEN"] = header[1]
        jar = self._folder / "jar"
        if jar.exists() and (cookie := re.search(r"XSRF-TOKEN\t(\S+)", jar.read_text())):
            self._variables["TOKEN"] = unquote(cookie[1])

    def _learn_fields(self, value: Any) -> None:
        if isinstance(value, list):
            for inner in value:
                self._learn_fields(inner)
        elif isinstance(value, dict):
            for name, inner in value.items():
                if name in _TOKEN_NAMES and isinstance(inner, str):
                    self._variables[_TOKEN_NAMES[name]] = inner
                if name == "session" and isinstance(inner, dict) and "id" in inner:
                    self._variables["SESSION"] = inner["id"]
                self._learn_fields(inner)
