"""Base64 as it was written, and in no other spelling. Pure."""

from __future__ import annotations

import base64
import binascii


def read_base64(text: str) -> bytes | None:
    """The bytes of URL-safe base64 with its padding (RFC 4648 §5); None for anything else.

    The standard library skips what is no base64 and what follows the padding, so that one signed
    value would have many spellings.
    """
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        return None
    return raw if base64.urlsafe_b64encode(raw).decode() == text else None
