"""Identifiers: how they look on which wire, and how new ones are made.

One thing has one identity. Accounts, organizations, photos and galleries have the form that
PhotoShelter's clients expect (PS-53): a letter, four zeros and eleven characters of 64 symbols.
Wires that count (LibrePhotos, Pixieset's Galleries) use the row's `number` beside it.
"""

from __future__ import annotations

import re
from typing import NewType

from safelight.clock import Entropy

AccountId = NewType("AccountId", str)
OrganizationId = NewType("OrganizationId", str)
ApplicationId = NewType("ApplicationId", str)
SessionId = NewType("SessionId", str)
TokenId = NewType("TokenId", str)
PhotoId = NewType("PhotoId", str)
GalleryId = NewType("GalleryId", str)
CustomerId = NewType("CustomerId", str)
NotificationId = NewType("NotificationId", str)

SYMBOLS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
"""64 symbols, so one random byte gives one symbol without bias (its low six bits)."""

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

_RECORD = re.compile(r"[AGIOU]0000[A-Za-z0-9._]{11}")
_CUSTOMER = re.compile(r"cl_[A-Za-z0-9]{30}")


def random_symbols(count: int, entropy: Entropy) -> str:
    """`count` symbols of six random bits each."""
    return "".join(SYMBOLS[byte & 63] for byte in entropy(count))


def random_alphanumerics(count: int, entropy: Entropy) -> str:
    """`count` letters and digits, unbiased: bytes of 248 and more are drawn again."""
    found: list[str] = []
    while len(found) < count:
        found.extend(ALPHANUMERIC[b % 62] for b in entropy(count) if b < 248)
    return "".join(found[:count])


def new_account_id(entropy: Entropy) -> AccountId:
    return AccountId("U0000" + random_symbols(11, entropy))


def new_organization_id(entropy: Entropy) -> OrganizationId:
    return OrganizationId("O0000" + random_symbols(11, entropy))


def new_application_id(entropy: Entropy) -> ApplicationId:
    return ApplicationId("A0000" + random_symbols(11, entropy))


def new_photo_id(entropy: Entropy) -> PhotoId:
    return PhotoId("I0000" + random_symbols(11, entropy))


def new_gallery_id(entropy: Entropy) -> GalleryId:
    return GalleryId("G0000" + random_symbols(11, entropy))


def new_customer_id(entropy: Entropy) -> CustomerId:
    return CustomerId("cl_" + random_alphanumerics(30, entropy))


def new_session_id(entropy: Entropy) -> SessionId:
    return SessionId("ses_" + random_alphanumerics(22, entropy))


def new_token_id(entropy: Entropy) -> TokenId:
    return TokenId("tok_" + random_alphanumerics(22, entropy))


def new_notification_id(entropy: Entropy) -> NotificationId:
    return NotificationId("not_" + random_alphanumerics(22, entropy))


def is_record_id(text: str, letter: str) -> bool:
    """Whether `text` is well formed as the id of the record kind that `letter` names."""
    return text.startswith(letter) and _RECORD.fullmatch(text) is not None


def is_customer_id(text: str) -> bool:
    return _CUSTOMER.fullmatch(text) is not None
