"""Seals: a session's token with the time it was shown."""

from __future__ import annotations

import base64
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.authentication.people import NOON

from safelight.authentication.seal import Sealer
from safelight.secret import Secret

TOKEN = Secret("t" * 43)
sealer = Sealer(b"k" * 32)
any_text = st.text(st.characters(exclude_categories=()))


def test_a_seal_gives_back_the_token_and_the_second_of_its_making() -> None:
    opened = sealer.open(sealer.seal(TOKEN, NOON + timedelta(microseconds=999_999)))
    assert opened is not None
    assert opened.token == TOKEN
    assert opened.issued_at == NOON


def test_within_a_second_the_seal_is_the_same_and_then_another() -> None:
    first = sealer.seal(TOKEN, NOON)
    assert sealer.seal(TOKEN, NOON + timedelta(microseconds=999_999)) == first
    assert sealer.seal(TOKEN, NOON + timedelta(seconds=1)) != first


def test_a_seal_fits_a_cookie() -> None:
    sealed = sealer.seal(TOKEN, NOON).reveal()
    assert len(sealed) == 72
    assert sealed.isascii()
    assert not set(sealed) & set('",;\\ ')


def test_a_seal_of_another_key_does_not_open() -> None:
    assert Sealer(b"K" * 32).open(sealer.seal(TOKEN, NOON)) is None


def test_a_seal_taken_to_another_token_does_not_open() -> None:
    tail = sealer.seal(TOKEN, NOON).reveal().rpartition(".")[2]
    assert sealer.open(Secret(f"{'u' * 43}.{tail}")) is None


def test_a_bare_token_does_not_open() -> None:
    assert sealer.open(TOKEN) is None


@given(place=st.integers(0, 20), change=st.integers(1, 255))
def test_a_seal_with_any_byte_changed_does_not_open(place: int, change: int) -> None:
    text, _, tail = sealer.seal(TOKEN, NOON).reveal().rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(tail))
    raw[place] ^= change
    assert sealer.open(Secret(f"{text}.{base64.urlsafe_b64encode(bytes(raw)).decode()}")) is None


@given(any_text)
def test_any_text_can_be_read_and_does_not_open(text: str) -> None:
    assert sealer.open(Secret(text)) is None


@given(any_text)
def test_whatever_is_sealed_opens(text: str) -> None:
    opened = sealer.open(sealer.seal(Secret(text), NOON))
    assert opened is not None
    assert opened.token.reveal() == text
