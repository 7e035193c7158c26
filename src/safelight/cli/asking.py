"""Asking a person, at a terminal only."""

from __future__ import annotations

import getpass
import sys

from safelight.cli.environment import can_ask
from safelight.errors import ConfigurationError, MalformedRequest, Unauthenticated
from safelight.secret import Secret

_LONGEST_LINE = 4096


def ask(question: str, *, no_input: bool, otherwise: str) -> str:
    """A line that may be seen. `otherwise` says how to do without a terminal; it is raised as
    Unauthenticated where there is none."""
    if not can_ask(no_input):
        raise Unauthenticated(otherwise)
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    return _require_line(sys.stdin.readline())


def ask_secret(question: str, *, no_input: bool, otherwise: str) -> Secret:
    """As `ask`, for a line that nobody sees."""
    if not can_ask(no_input):
        raise Unauthenticated(otherwise)
    try:
        return Secret(_require_line(getpass.getpass(f"{question}: ", stream=sys.stderr)))
    except EOFError:
        raise Unauthenticated(otherwise) from None


def read_secret_line() -> Secret:
    """One line of standard input, without its end. Raises ConfigurationError for none."""
    try:
        line = sys.stdin.readline(_LONGEST_LINE)
    except UnicodeDecodeError:
        raise MalformedRequest("What came by standard input is not valid UTF-8.") from None
    text = line.rstrip("\r\n")
    if not text:
        raise ConfigurationError("Standard input is empty: it should have one line.")
    return Secret(text)


def _require_line(line: str) -> str:
    text = line.strip("\r\n")
    if not text:
        raise Unauthenticated("Nothing was given.")
    return text
