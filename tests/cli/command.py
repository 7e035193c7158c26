"""The command in this process, as a shell would run it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.house import PASSWORD

from safelight.cli.main import main


class Outcome(NamedTuple):
    """The exit code, and what was printed to standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Command:
    """`safelight … --data DIR`. Standard input is a pipe, never a terminal."""

    def __init__(
        self,
        data: Path,
        monkeypatch: pytest.MonkeyPatch,
        capture: pytest.CaptureFixture[str],
    ) -> None:
        self.data = data
        self._monkeypatch = monkeypatch
        self._capture = capture

    def __call__(self, *arguments: str, stdin: str | bytes = "") -> Outcome:
        """Run it over the data folder of the test."""
        return self.bare(*arguments, "--data", str(self.data), stdin=stdin)

    def bare(self, *arguments: str, stdin: str | bytes = "") -> Outcome:
        """Run it with nothing added."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        self._monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(given)))
        self._monkeypatch.setattr("sys.argv", ["safelight", *arguments])
        self._capture.readouterr()
        with pytest.raises(SystemExit) as stopped:
            main()
        printed = self._capture.readouterr()
        assert isinstance(stopped.value.code, int)
        return Outcome(stopped.value.code, printed.out, printed.err)

    def admin(self, *arguments: str, stdin: str | bytes = "") -> Outcome:
        return self("admin", *arguments, stdin=stdin)

    def add_account(self, username: str = "ada", *options: str) -> Any:
        """What `account add --json` printed."""
        email = f"{username}@example.com"
        added = self.admin(
            "account", "add", email, "--username", username, "--password-stdin", "--json", *options,
            stdin=f"{PASSWORD}\n",
        )  # fmt: skip
        assert added.code == 0, added.err
        return added.json


def is_one_line(text: str) -> bool:
    """Whether an error came as a person should see it: one line, and no traceback."""
    return text.startswith("safelight: ") and text.count("\n") == 1
