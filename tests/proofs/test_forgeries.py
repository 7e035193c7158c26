"""A share of `dev.py prove forgeries`."""

from __future__ import annotations

from tools.prove import forgeries
from tools.prove.forged import flipped
from tools.prove.proof import Effort


def test_nothing_that_was_not_handed_out_opens_anything() -> None:
    tally = forgeries.prove(Effort(seed=20260301, share=0.02))
    assert tally["tokens"] > 5000
    assert tally["seals"] > 800
    assert tally["CSRF tokens"] > 400
    assert tally["links"] > 1500
    assert tally["forgeries shown to a server"] > 500


def test_each_bit_of_each_character_is_turned_over_once() -> None:
    texts = [forgery.text for forgery in flipped("ab", "it") if "bit" in forgery.what]
    assert len(texts) == len(set(texts)) == 16
    assert {"`b", "cb", "eb", "ib", "qb", "Ab", "!b", "áb"} < set(texts)
