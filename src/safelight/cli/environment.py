"""What a person's command takes from its surroundings: variables, and whether anybody is there
to be asked."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from safelight.client.sendable import is_text
from safelight.errors import ConfigurationError
from safelight.secret import Secret


def variable(name: str) -> str:
    """`SAFELIGHT_<name>`; "" where it is not set."""
    return os.environ.get(f"SAFELIGHT_{name}", "")


def secret_variable(name: str) -> Secret | None:
    """`SAFELIGHT_<name>`, or the first line of the file that `SAFELIGHT_<name>_FILE` names."""
    if text := variable(name):
        if not is_text(text):
            raise ConfigurationError(f"SAFELIGHT_{name} is not valid UTF-8.")
        return Secret(text)
    path = variable(f"{name}_FILE")
    if not path:
        return None
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(f"SAFELIGHT_{name}_FILE: {path} cannot be read.") from None
    if not lines or not lines[0]:
        raise ConfigurationError(f"SAFELIGHT_{name}_FILE: {path} is empty.")
    return Secret(lines[0])


def can_ask(no_input: bool) -> bool:
    """Whether somebody sits at a terminal and may be asked."""
    return not no_input and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
