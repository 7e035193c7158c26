"""The limit of requests a minute: whom it counts, when it refuses, what it forgets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from safelight.authentication.recognition import NOBODY
from safelight.errors import Throttled
from safelight.server.request_rate import RequestRate

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def test_the_requests_of_a_minute_are_admitted_and_the_next_is_told_when_to_come() -> None:
    rate = RequestRate(2)
    rate.admit(NOBODY, "192.0.2.1", NOON)
    rate.admit(NOBODY, "192.0.2.1", NOON + 20 * SECOND)
    with pytest.raises(Throttled) as refused:
        rate.admit(NOBODY, "192.0.2.1", NOON + 59 * SECOND)
    assert refused.value.retry_after == SECOND


def test_a_new_minute_begins_sixty_seconds_after_the_first_request() -> None:
    rate = RequestRate(1)
    rate.admit(NOBODY, "192.0.2.1", NOON)
    rate.admit(NOBODY, "192.0.2.1", NOON + 60 * SECOND)
    with pytest.raises(Throttled):
        rate.admit(NOBODY, "192.0.2.1", NOON + 61 * SECOND)


def test_one_address_does_not_use_up_anothers_requests() -> None:
    rate = RequestRate(1)
    rate.admit(NOBODY, "192.0.2.1", NOON)
    rate.admit(NOBODY, "192.0.2.2", NOON)


def test_zero_is_no_limit() -> None:
    rate = RequestRate(0)
    for _ in range(1000):
        rate.admit(NOBODY, "192.0.2.1", NOON)


def test_callers_whose_minute_is_over_are_forgotten() -> None:
    rate = RequestRate(1)
    for index in range(100):
        rate.admit(NOBODY, f"192.0.2.{index}", NOON)
    rate.admit(NOBODY, "192.0.2.200", NOON + 60 * SECOND)
    assert list(rate._minutes) == ["192.0.2.200"]
