"""What was wrong with the words of a command line, and where it says what they should be."""

from __future__ import annotations

from difflib import get_close_matches

from cyclopts import CycloptsError
from cyclopts.exceptions import MissingArgumentError, UnknownCommandError, UnusedCliTokensError


def explain_misuse(error: CycloptsError) -> str:
    """The library's own words, but for those that speak of its insides."""
    command = " ".join(("safelight", *(error.command_chain or ())))
    if isinstance(error, UnknownCommandError):
        # The library would load each command for its words, also those that are not installed.
        word = (error.unused_tokens or ("",))[0]
        near = get_close_matches(word, [name for name in error.app or () if name[:1] != "-"], n=1)
        hint = "".join(f' Did you mean "{name}"?' for name in near)
        return f'Unknown command "{word}".{hint} What there is: {command} --help'
    if isinstance(error, UnusedCliTokensError):
        words = ", ".join(f'"{word}"' for word in error.unused_tokens or ())
        return f"More than expected: {words}. What it takes: {command} --help"
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        lacks = f"{error.keyword} has no value" if error.keyword else f"No {error.argument.name}"
        return f"{lacks}. What it takes: {command} --help"
    return str(error)
