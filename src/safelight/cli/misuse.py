"""What was wrong with the words of a command line, and where it says what they should be."""

from __future__ import annotations

from cyclopts import CycloptsError
from cyclopts.exceptions import MissingArgumentError, UnusedCliTokensError


def explain_misuse(error: CycloptsError) -> str:
    """The library's own words, but for those that speak of its insides."""
    command = " ".join(("safelight", *(error.command_chain or ())))
    if isinstance(error, UnusedCliTokensError):
        words = ", ".join(f'"{word}"' for word in error.unused_tokens or ())
        return f"More than expected: {words}. What it takes: {command} --help"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        lacks = f"{error.keyword} has no value" if error.keyword else f"No {error.argument.name}"
        return f"{lacks}. What it takes: {command} --help"
    return str(error)
