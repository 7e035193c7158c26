"""What a proof is: a function that counts what it looked at, and raises when something is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass


class Broken(AssertionError):
    """What was to be shown does not hold. The message says for which input."""


class Unable(Exception):
    """It cannot be shown on this machine, which lacks a right or a program. That is no success."""


@dataclass(frozen=True)
class Effort:
    """How much is tried. `share` is 1 for a whole run; the ordinary tests do a small part of it,
    with the same code. `seed` decides all that is drawn, but not how processes interleave."""

    seed: int
    share: float = 1.0

    def times(self, whole: int) -> int:
        """How often to do what a whole run does `whole` times: at least once."""
        return max(1, round(whole * self.share))


Tally = Counter[str]
"""What was looked at, and how often."""


@dataclass(frozen=True)
class Proof:
    """`shows` is what holds when `run` returns. It raises Broken or Unable otherwise."""

    name: str
    shows: str
    run: Callable[[Effort], Tally]


def require(holds: bool, message: str) -> None:
    """Raises Broken. Unlike `assert` it says what was wrong, in the table of a run, too."""
    if not holds:
        raise Broken(message)
