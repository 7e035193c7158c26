"""Lengths of time as people read them."""

from datetime import timedelta

import pytest

from safelight.client.durations import spoken


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.2, "1 s"),
        (17, "17 s"),
        (59.5, "1 minute"),
        (61, "1 min 1 s"),
        (150, "2 min 30 s"),
        (600, "10 minutes"),
        (3600, "1 hour"),
        (3601, "1 h 1 min"),
        (9000, "2 h 30 min"),
        (86_399, "1 day"),
        (100_000, "1 d 4 h"),
        (31_536_000, "365 days"),
    ],
)
def test_a_time_is_told_in_two_units_at_most_and_never_too_short(
    seconds: float, words: str
) -> None:
    assert spoken(timedelta(seconds=seconds)) == words
