"""Opaque tokens: how they look, and how much chance is in them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.authentication.opaque_token import (
    has_personal_form,
    new_header_token,
    new_personal_token,
    new_session_token,
    new_setup_token,
    new_short_token,
)
from safelight.clock import Entropy, system_entropy
from safelight.secret import Secret

MADE = [
    (new_session_token, r"[A-Za-z0-9_-]{43}", 32),
    (new_short_token, r"[A-Za-z0-9._]{20}", 20),
    (new_header_token, r"[0-9A-F]{32}", 16),
    (new_personal_token, r"sl_pat_[A-Za-z0-9]{32}[0-9a-f]{8}", 32),
    (new_setup_token, r"sl_setup_[A-Za-z0-9]{32}", 32),
]


class Counted:
    """Entropy that remembers how many bytes were drawn."""

    def __init__(self) -> None:
        self.drawn = 0

    def __call__(self, count: int) -> bytes:
        self.drawn += count
        return system_entropy(count)


@pytest.mark.parametrize(("make", "form", "least"), MADE)
def test_a_token_has_its_form_and_enough_chance(
    make: Callable[[Entropy], Secret], form: str, least: int
) -> None:
    entropy = Counted()
    token = make(entropy)
    assert re.fullmatch(form, token.reveal())
    assert entropy.drawn >= least


@pytest.mark.parametrize(("make", "form", "least"), MADE)
def test_ten_thousand_tokens_are_all_different(
    make: Callable[[Entropy], Secret], form: str, least: int
) -> None:
    tokens = {make(system_entropy).reveal() for _ in range(10_000)}
    assert len(tokens) == 10_000


def test_every_bit_of_a_session_token_comes_from_the_entropy() -> None:
    for bit in range(256):
        lone = (1 << bit).to_bytes(32, "big")
        zero = new_session_token(bytes)
        assert new_session_token(lambda count, lone=lone: lone) != zero


def test_a_new_personal_token_has_the_personal_form() -> None:
    for _ in range(100):
        assert has_personal_form(new_personal_token(system_entropy).reveal())


def test_a_personal_token_with_one_character_changed_does_not() -> None:
    token = new_personal_token(system_entropy).reveal()
    for place in range(len(token)):
        other = "x" if token[place] != "x" else "y"
        assert not has_personal_form(token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("text", ["", "sl_pat_", "sl_pat_" + "a" * 39, "sl_pat_" + "a" * 41])
def test_a_text_of_another_length_does_not(text: str) -> None:
    assert not has_personal_form(text)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_looked_at(text: str) -> None:
    assert not has_personal_form("sl_pat_" + text[:39])
    assert not has_personal_form(text)


@given(st.binary(min_size=32, max_size=32))
def test_a_letter_is_as_likely_as_any_other(drawn: bytes) -> None:
    """Of a byte's 256 values the last eight are drawn again, so that 62 symbols are even."""
    supply = iter(drawn)

    def entropy(count: int) -> bytes:
        return bytes(next(supply, 0) for _ in range(count))

    body = new_setup_token(entropy).reveal().removeprefix("sl_setup_")
    kept = [byte for byte in drawn if byte < 248]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    assert body.startswith("".join(alphabet[byte % 62] for byte in kept))
