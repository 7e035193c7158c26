"""Base64 in one spelling."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.authentication.base64_text import read_base64


@given(st.binary())
def test_what_was_written_is_read(raw: bytes) -> None:
    assert read_base64(base64.urlsafe_b64encode(raw).decode()) == raw


@pytest.mark.parametrize(
    "text",
    [
        "YQ",
        "YQ=",
        "YQ===",
        "YQ==x",
        "YQ==\n",
        " YQ==",
        "Y Q==",
        "YR==",
        "YQ!==",
        "+/8=",
        "é",
        "\ud800",
    ],
)
def test_another_spelling_is_refused(text: str) -> None:
    assert read_base64(text) is None


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_read_in_one_spelling_or_refused(text: str) -> None:
    raw = read_base64(text)
    assert raw is None or base64.urlsafe_b64encode(raw).decode() == text
