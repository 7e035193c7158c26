"""A person at a shell: the command with a settings folder of the test's own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.cli.command import Command, Outcome
from tests.house import PASSWORD
from tools.running import COMMAND, Server


class Site(NamedTuple):
    """A running server, with accounts `ada` and `grace` and an API key."""

    server: Server
    api_key: str

    @property
    def url(self) -> str:
        return self.server.url


ACCOUNTS = {
    "pixieset": ("--realm", "studio", "--url", "{url}/studio"),
    "galleries": ("--realm", "galleries", "--url", "{url}/galleries"),
    "photoshelter": ("--url", "{url}", "--api-key", "{key}"),
    "librephotos": ("--url", "{url}"),
    "recorder-monitor": ("--url", "{url}"),
    "safelight": ("--url", "{url}"),
}
"""By what a test calls them: the options of `login`."""

ASKED = {
    "pixieset": "/api/v1/notifications/all",
    "galleries": "/api/v1/user",
    "photoshelter": "/psapi/v3/mem/user/session",
    "librephotos": "/api/photos/",
    "recorder-monitor": "/api/users/{account}@example.com",
    "safelight": "/v1/account",
}
"""What a signed-in account may ask for."""


class Person:
    """Standard input is a pipe, never a terminal."""

    def __init__(self, folder: Path, site: Site, command: Command, patch: pytest.MonkeyPatch):
        self.folder = folder
        self.site = site
        self._command = command
        self._patch = patch
        for name in [each for each in os.environ if each.startswith("SAFELIGHT_")]:
            patch.delenv(name)
        for name, value in self.environment.items():
            patch.setenv(name, value)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "SAFELIGHT_CONFIG_DIR": str(self.folder),
            "SAFELIGHT_STORE": "plaintext",
            "HOME": str(self.folder.parent),
            "COLUMNS": "80",
        }

    def __call__(self, *arguments: str, stdin: str | bytes = "") -> Outcome:
        return self._command.bare(*arguments, stdin=stdin)

    def has(self, **variables: str) -> None:
        for name, value in variables.items():
            self._patch.setenv(f"SAFELIGHT_{name}", value)

    def login(
        self, service: str, account: str = "ada", *options: str, password: str = PASSWORD
    ) -> Outcome:
        return self("login", *self.words(service, account), *options, stdin=f"{password}\n")

    def words(self, service: str, account: str = "ada") -> list[str]:
        """The arguments of `login` for an account."""
        options = [
            each.format(url=self.site.url, key=self.site.api_key) for each in ACCOUNTS[service]
        ]
        # LibrePhotos' own sign-in takes usernames.
        name = account if service == "librephotos" else f"{account}@example.com"
        known = "pixieset" if service == "galleries" else service
        return [known, *options, "--username", name, "--password-stdin"]

    def signed_in(self, service: str = "safelight", account: str = "ada", *options: str) -> Person:
        done = self.login(service, account, *options)
        assert done.code == 0, done.err
        return self

    def process(
        self, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The command as a process of its own."""
        return subprocess.run(
            [*COMMAND, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment, **(environment or {})},
            timeout=60,
        )

    def python(
        self, code: str, *, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """A program of its own in the person's surroundings."""
        return subprocess.run(
            [COMMAND[0], "-c", code],
            capture_output=True,
            text=True,
            env={**os.environ, **self.environment, **(environment or {})},
            timeout=60,
        )

    def everything_kept(self) -> str:
        """All files of the person's folder, for looking for what should not be there."""
        return "\n".join(
            path.read_text("utf-8", "replace")
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and path.stat().st_size
        )
