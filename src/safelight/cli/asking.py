"""Asking a person, at a terminal only."""

from __future__ import annotations

import getpass
import sys

from safelight.cli.environment import can_ask
from safelight.client.sendable import is_text
from safelight.errors import ConfigurationError, MalformedRequest, Unauthenticated
from safelight.secret import Secret

_LONGEST_LINE = 4096
_NOT_TEXT = "What came by standard input is not valid UTF-8."


def ask(question: str, *, no_input: bool, otherwise: str) -> str:
    """A line that may be seen. `otherwise` says how to do without a terminal; it is raised as
    Unauthenticated where there is none."""
    if not can_ask(no_input):
        raise Unauthenticated(otherwise)
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    try:
        return _require_line(sys.stdin.readline())
    except UnicodeDecodeError:
        raise MalformedRequest(_NOT_TEXT) from None


def ask_secret(question: str, *, no_input: bool, otherwise: str) -> Secret:
    """As `ask`, for a line that nobody sees."""
    if not can_ask(no_input):
        raise Unauthenticated(otherwise)
    try:
        return Secret(_require_line(getpass.getpass(f"{question}: ", stream=sys.stderr)))
    except EOFError:
        raise Unauthenticated(otherwise) from None
    except UnicodeDecodeError:
        raise MalformedRequest(_NOT_TEXT) from None


def read_secret_line() -> Secret:
    """One line of standard input, without its end. Raises ConfigurationError for none."""
    try:
        line = sys.stdin.readline(_LONGEST_LINE)
    except UnicodeDecodeError:
        raise MalformedRequest(_NOT_TEXT) from None
    text = _require_text(line).rstrip("\r\n")
    if not text:
        raise ConfigurationError("Standard input is empty: it should have one line.")
    return Secret(text)


def _require_line(line: str) -> str:
    text = _require_text(line).strip("\r\n")
    if not text:
        raise Unauthenticated("Nothing was given.")
    return text


def _require_text(line: str) -> str:
    """In some places Python lets through what is none."""
    if not is_text(line):
        raise MalformedRequest(_NOT_TEXT)
    return line
