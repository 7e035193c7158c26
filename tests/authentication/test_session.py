"""When a session is live, when it ends, and when its use is written down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.authentication.people import INSTANT, NOON, a_realm, a_session, an_account

from safelight.authentication.session import expires_at, is_live, is_touch_due
from safelight.identity.account import AccountState
from safelight.identity.realm import Carrier

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.covers("PS-25")
@pytest.mark.parametrize(
    ("carrier", "limit"),
    [
        (Carrier.COOKIE, 30 * MINUTE),
        (Carrier.HEADER, DAY),
        (Carrier.QUERY, DAY),
        (Carrier.BEARER, DAY),
    ],
)
def test_a_session_is_over_on_the_instant_its_idle_limit_ends(
    carrier: Carrier, limit: timedelta
) -> None:
    session, account, realm = a_session(carrier=carrier), an_account(), a_realm()
    assert is_live(session, account, realm, NOON + limit - INSTANT)
    assert not is_live(session, account, realm, NOON + limit)
    assert not is_live(session, account, realm, NOON + limit + INSTANT)


def test_a_session_in_use_is_over_on_the_instant_its_whole_life_ends() -> None:
    end = NOON + 7 * DAY
    session = a_session(last_seen_at=end - MINUTE)
    assert is_live(session, an_account(), a_realm(), end - INSTANT)
    assert not is_live(session, an_account(), a_realm(), end)
    assert not is_live(session, an_account(), a_realm(), end + INSTANT)


def test_the_idle_limit_counts_from_the_last_use() -> None:
    session = a_session(last_seen_at=NOON + HOUR)
    assert is_live(session, an_account(), a_realm(), NOON + HOUR + 30 * MINUTE - INSTANT)
    assert not is_live(session, an_account(), a_realm(), NOON + HOUR + 30 * MINUTE)


def test_a_suspended_account_has_no_live_session() -> None:
    suspended = an_account(state=AccountState.SUSPENDED)
    assert not is_live(a_session(), suspended, a_realm(), NOON)


def test_after_a_clock_was_set_back_a_session_goes_on_as_long_as_its_limits_are_limits() -> None:
    ahead = a_session(created_at=NOON, last_seen_at=NOON)
    assert is_live(ahead, an_account(), a_realm(), NOON - 30 * MINUTE + INSTANT)
    assert not is_live(ahead, an_account(), a_realm(), NOON - 30 * MINUTE)
    used_since = a_session(created_at=NOON, last_seen_at=NOON - 7 * DAY)
    assert is_live(used_since, an_account(), a_realm(), NOON - 7 * DAY + INSTANT)
    assert not is_live(used_since, an_account(), a_realm(), NOON - 7 * DAY)


def test_a_session_expires_with_the_idle_limit_while_its_life_is_longer() -> None:
    assert expires_at(a_session(), a_realm()) == NOON + 30 * MINUTE


def test_a_session_expires_with_its_whole_life_when_that_ends_first() -> None:
    session = a_session(last_seen_at=NOON + 7 * DAY - MINUTE)
    assert expires_at(session, a_realm()) == NOON + 7 * DAY


def test_what_expires_is_over_on_that_instant_and_not_before() -> None:
    for last_seen in (NOON, NOON + 3 * DAY, NOON + 7 * DAY - MINUTE):
        session = a_session(last_seen_at=last_seen)
        end = expires_at(session, a_realm())
        assert is_live(session, an_account(), a_realm(), end - INSTANT)
        assert not is_live(session, an_account(), a_realm(), end)


@pytest.mark.parametrize(
    ("carrier", "tenth"), [(Carrier.COOKIE, 3 * MINUTE), (Carrier.HEADER, 144 * MINUTE)]
)
def test_a_use_is_written_down_from_a_tenth_of_the_idle_limit_on(
    carrier: Carrier, tenth: timedelta
) -> None:
    session = a_session(carrier=carrier)
    assert not is_touch_due(session, a_realm(), NOON + tenth - INSTANT)
    assert is_touch_due(session, a_realm(), NOON + tenth)
    assert is_touch_due(session, a_realm(), NOON + tenth + INSTANT)


def test_a_limit_of_a_second_is_touched_often_enough_to_live_on() -> None:
    realm = a_realm(idle=timedelta(seconds=1))
    session = a_session()
    assert is_touch_due(session, realm, NOON + timedelta(milliseconds=100))
    assert is_live(session, an_account(), realm, NOON + timedelta(milliseconds=100))
