"""A length of time, in words that people read."""

from __future__ import annotations

import math
from datetime import timedelta
from itertools import pairwise

_UNITS = ((86_400, "day", "d"), (3600, "hour", "h"), (60, "minute", "min"), (1, "second", "s"))
"""In seconds; each alone, and beside another."""


def spoken(pause: timedelta) -> str:
    """Such as `17 s`, `10 minutes` or `2 h 30 min`: whole seconds, and no more than two units.
    Rounded up, so that whoever waits for it has waited long enough."""
    seconds = math.ceil(pause.total_seconds())
    for (large, name, short), (small, _, part) in pairwise(_UNITS):
        whole, rest = divmod(-(-seconds // small) * small, large)
        if whole and rest:
            return f"{whole} {short} {rest // small} {part}"
        if whole:
            return f"{whole} {name}" if whole == 1 else f"{whole} {name}s"
    return f"{seconds} s"
