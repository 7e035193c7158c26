"""The limit of requests a minute: whom it counts, when it refuses, what it forgets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.house import PASSWORD, a_house

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


def test_every_counted_answer_says_what_is_left(tmp_path: Path) -> None:
    with a_house(tmp_path / "data", THROTTLE__REQUESTS_PER_MINUTE="2") as house:
        account = house.add_account()
        client = house.client()
        asked = {"identifier": account.username, "password": PASSWORD}
        granted = client.post("/v1/sessions", json=asked)
        assert granted.headers["ratelimit"] == '"requests";r=1;t=60'
        client.headers["authorization"] = f"Bearer {granted.json()['token']}"
        for left in (1, 0):
            answer = client.get("/v1/account")
            assert answer.status_code == 200
            assert answer.headers["ratelimit-policy"] == '"requests";q=2;w=60'
            assert answer.headers["ratelimit"] == f'"requests";r={left};t={60 - 20 * (1 - left)}'
            house.clock.advance(20)
        refused = client.get("/v1/account")
        assert refused.status_code == 429
        assert refused.headers.get_list("ratelimit") == ['"requests";r=0;t=20']
        assert refused.headers["retry-after"] == "20"
        missing = client.get("/v1/nothing")
        assert "ratelimit" not in missing.headers


def test_without_a_limit_nothing_is_said_of_one(tmp_path: Path) -> None:
    with a_house(tmp_path / "data") as house:
        assert "ratelimit" not in house.client().get("/v1/account").headers
