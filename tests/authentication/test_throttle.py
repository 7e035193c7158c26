"""How many sign-ins may fail, and how long to wait then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.authentication.people import INSTANT, NOON

from safelight.authentication.throttle import ThrottleRule, subjects_of, wait
from safelight.identity.account import read_identifier
from safelight.identity.ids import AccountId

WINDOW = timedelta(minutes=10)
RULE = ThrottleRule(account_failures=10, address_failures=50, window=WINDOW)
ADA = AccountId("U0000aaaaaaaaaaa")


def test_one_failure_fewer_than_the_limit_needs_no_wait() -> None:
    assert wait([NOON, NOON], 3, WINDOW, NOON) is None


def test_as_many_failures_as_the_limit_wait_until_the_oldest_is_forgotten() -> None:
    failures = [NOON, NOON - timedelta(minutes=1), NOON - timedelta(minutes=4)]
    assert wait(failures, 3, WINDOW, NOON) == timedelta(minutes=6)


def test_more_failures_than_the_limit_wait_for_the_one_that_makes_them_too_many() -> None:
    failures = [NOON, NOON - timedelta(minutes=1), NOON - timedelta(minutes=4)]
    assert wait(failures, 2, WINDOW, NOON) == timedelta(minutes=9)


def test_a_failure_is_forgotten_on_the_instant_its_window_ends() -> None:
    assert wait([NOON], 1, WINDOW, NOON + WINDOW - INSTANT) == INSTANT
    assert wait([NOON], 1, WINDOW, NOON + WINDOW) is None
    assert wait([NOON], 1, WINDOW, NOON + WINDOW + INSTANT) is None


@given(
    ages=st.lists(st.timedeltas(timedelta(), 2 * WINDOW), max_size=12),
    limit=st.integers(1, 12),
)
def test_after_the_wait_a_try_is_allowed_and_an_instant_before_it_is_not(
    ages: list[timedelta], limit: int
) -> None:
    failures = [NOON - age for age in sorted(ages)]
    pause = wait(failures, limit, WINDOW, NOON)
    if pause is None:
        assert sum(age < WINDOW for age in ages) < limit
    else:
        assert timedelta() < pause <= WINDOW
        assert wait(failures, limit, WINDOW, NOON + pause) is None
        assert wait(failures, limit, WINDOW, NOON + pause - INSTANT) == INSTANT


def test_an_account_is_counted_as_one_whatever_was_typed() -> None:
    by_name = subjects_of(ADA, read_identifier("ada"), "127.0.0.1", RULE)
    by_email = subjects_of(ADA, read_identifier("ADA@example.com"), "127.0.0.1", RULE)
    assert by_name == by_email


def test_an_unknown_address_is_counted_as_one_in_every_case() -> None:
    one = subjects_of(None, read_identifier("nobody@example.com"), "127.0.0.1", RULE)
    two = subjects_of(None, read_identifier(" NOBODY@Example.com "), "127.0.0.1", RULE)
    assert one == two


def test_an_account_and_an_address_have_their_own_limits() -> None:
    account, address = subjects_of(ADA, read_identifier("ada"), "127.0.0.1", RULE)
    assert (account.limit, address.limit) == (10, 50)


def test_no_name_and_no_address_is_kept_in_the_clear() -> None:
    for subject in subjects_of(None, read_identifier("ada@example.com"), "203.0.113.7", RULE):
        assert len(subject.key) == 16
        assert b"ada" not in subject.key
        assert b"203" not in subject.key


def test_an_account_named_like_an_address_is_another_subject() -> None:
    account, _ = subjects_of(AccountId("127.0.0.1"), read_identifier("x"), "10.0.0.1", RULE)
    _, address = subjects_of(ADA, read_identifier("x"), "127.0.0.1", RULE)
    assert account.key != address.key


@pytest.mark.parametrize("typed", ["\ud800", "", "\x00", "😀" * 1000])
def test_whatever_is_typed_can_be_counted(typed: str) -> None:
    account, _ = subjects_of(None, read_identifier(typed), "127.0.0.1", RULE)
    assert len(account.key) == 16
