"""Opaque tokens: made of the operating system's randomness, kept only as digests. Pure."""

from __future__ import annotations

import base64
import zlib

from safelight.clock import Entropy
from safelight.identity.ids import random_alphanumerics, random_symbols
from safelight.secret import Secret

PERSONAL_PREFIX = "sl_pat_"
SETUP_PREFIX = "sl_setup_"


def new_session_token(entropy: Entropy) -> Secret:
    """43 characters of `[A-Za-z0-9_-]`: 256 random bits."""
    return Secret(base64.urlsafe_b64encode(entropy(32)).rstrip(b"=").decode())


def new_short_token(entropy: Entropy) -> Secret:
    """20 characters of `[A-Za-z0-9._]`: the 120 random bits of PhotoShelter's wire (PS-11)."""
    return Secret(random_symbols(20, entropy))


def new_header_token(entropy: Entropy) -> Secret:
    """32 upper-case hexadecimal digits: the 128 random bits of the Recorder Monitor (RM-53)."""
    return Secret(entropy(16).hex().upper())


def new_personal_token(entropy: Entropy) -> Secret:
    """`sl_pat_`, 32 letters and digits (190 bits), and a checksum that scanners can verify."""
    body = random_alphanumerics(32, entropy)
    return Secret(f"{PERSONAL_PREFIX}{body}{_checksum(body)}")


def new_setup_token(entropy: Entropy) -> Secret:
    return Secret(SETUP_PREFIX + random_alphanumerics(32, entropy))


def has_personal_form(text: str) -> bool:
    """Whether `text` looks like one of our personal access tokens, checksum included."""
    body = text.removeprefix(PERSONAL_PREFIX)
    return len(body) == 40 and body is not text and _checksum(body[:32]) == body[32:]


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode('utf-8', 'replace')):08x}"
