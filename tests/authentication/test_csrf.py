"""CSRF tokens: bound to a session and to a time."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.authentication.people import NOON

from safelight.authentication.csrf import CsrfTokens
from safelight.secret import Secret

SESSION = Secret("a" * 43)
SECOND = timedelta(seconds=1)
tokens = CsrfTokens(b"k" * 32)


def test_a_token_is_as_old_as_the_time_since_it_was_made() -> None:
    token = tokens.make(SESSION, NOON)
    assert tokens.age(token, SESSION, NOON) == timedelta()
    assert tokens.age(token, SESSION, NOON + SECOND) == SECOND
    assert tokens.age(token, SESSION, NOON + timedelta(days=3)) == timedelta(days=3)


def test_a_token_of_another_session_is_none() -> None:
    token = tokens.make(SESSION, NOON)
    assert tokens.age(token, Secret("a" * 42 + "b"), NOON) is None


def test_a_token_made_with_another_key_is_none() -> None:
    assert CsrfTokens(b"K" * 32).age(tokens.make(SESSION, NOON), SESSION, NOON) is None


def test_a_token_shows_whether_it_was_percent_encoded() -> None:
    text = tokens.make(SESSION, NOON).reveal()
    assert re.fullmatch(r"[A-Za-z0-9_-]+=+", text)


def test_a_token_reveals_nothing_of_the_session() -> None:
    raw = base64.urlsafe_b64decode(tokens.make(SESSION, NOON).reveal())
    assert len(raw) == 29
    assert b"aaa" not in raw


@given(place=st.integers(0, 28), change=st.integers(1, 255))
def test_a_token_with_any_byte_changed_is_none(place: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(tokens.make(SESSION, NOON).reveal()))
    raw[place] ^= change
    forged = Secret(base64.urlsafe_b64encode(bytes(raw)).decode())
    assert tokens.age(forged, SESSION, NOON) is None


@given(length=st.integers(0, 28))
def test_a_token_cut_short_is_none(length: int) -> None:
    raw = base64.urlsafe_b64decode(tokens.make(SESSION, NOON).reveal())[:length]
    assert tokens.age(Secret(base64.urlsafe_b64encode(raw).decode()), SESSION, NOON) is None


@given(text=st.text(st.characters(exclude_categories=())), session=st.text())
def test_any_text_can_be_read_and_is_none(text: str, session: str) -> None:
    assert tokens.age(Secret(text), Secret(session), NOON) is None
