"""A word that has to be one of a few, and what is said of another."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from safelight.errors import ConfigurationError


def require_choice(what: str, word: str, words: Sequence[str]) -> None:
    """Raises ConfigurationError unless `word` is one of `words`: it names them, and first the one
    that may have been meant. `what` is what such a word is for."""
    if word in words:
        return
    near = "".join(f" Did you mean {each}?" for each in get_close_matches(str(word), words, n=1))
    raise ConfigurationError(f"There is no {what} {word}.{near} There are: {', '.join(words)}")
