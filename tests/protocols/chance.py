"""Whether tokens could be guessed from others: how their symbols are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations


def require_chance(tokens: Sequence[str], *, symbols: str, length: int) -> None:
    """Each position holds every symbol about equally often, and none repeats another one.

    To be asked of a thousand tokens or more. The bounds are so wide that tokens of true chance
    would cross one less than once in a hundred million runs, and so narrow that a constant
    position, a counter, or half of the symbols missing always does.
    """
    assert len(set(tokens)) == len(tokens) >= 1000
    assert {len(token) for token in tokens} == {length}
    assert set("".join(tokens)) == set(symbols)
    most = 4 * len(tokens) / len(symbols)
    columns = list(zip(*tokens, strict=True))
    for position, column in enumerate(columns):
        seen = Counter(column)
        assert len(seen) > 0.75 * len(symbols), f"position {position} lacks symbols"
        assert max(seen.values()) < most, f"position {position} prefers a symbol"
    for one, two in combinations(range(length), 2):
        same = sum(a == b for a, b in zip(columns[one], columns[two], strict=True))
        assert same < most, f"position {two} repeats position {one}"
