"""Signed links to an original."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.authentication.people import INSTANT, NOON

from safelight.authentication.link import LinkClaims, Links
from safelight.identity.ids import SessionId

END = NOON + timedelta(minutes=5)
CLAIMS = LinkClaims(photo_number=4711, session_id=SessionId("ses_1"), expires_at=END)
links = Links(b"k" * 32)


def test_a_link_is_over_on_the_instant_it_expires() -> None:
    signed = links.sign(CLAIMS)
    assert links.read(signed, END - INSTANT) == CLAIMS
    assert links.read(signed, END) is None
    assert links.read(signed, END + INSTANT) is None


def test_a_link_fits_a_path_as_it_is() -> None:
    assert re.fullmatch(r"[A-Za-z0-9_=.-]+", links.sign(CLAIMS))


def test_a_link_of_another_key_is_none() -> None:
    assert Links(b"K" * 32).read(links.sign(CLAIMS), NOON) is None


def test_the_signature_of_one_link_does_not_fit_another() -> None:
    other = LinkClaims(photo_number=4712, session_id=SessionId("ses_1"), expires_at=END)
    body, mac = links.sign(other).split(".")[0], links.sign(CLAIMS).split(".")[1]
    assert links.read(f"{body}.{mac}", NOON) is None


@given(place=st.integers(0, 23), change=st.integers(1, 255))
def test_a_link_with_any_byte_of_its_signature_changed_is_none(place: int, change: int) -> None:
    body, _, mac = links.sign(CLAIMS).rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(mac))
    raw[place] ^= change
    assert links.read(f"{body}.{base64.urlsafe_b64encode(bytes(raw)).decode()}", NOON) is None


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_read_and_is_none(text: str) -> None:
    assert links.read(text, NOON) is None
