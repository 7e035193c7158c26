"""What a signed token says of itself, read without trusting it. Pure."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

import msgspec


class Claims(msgspec.Struct, frozen=True):
    """`user_id` is a number or text, by the server's age."""

    exp: float | None = None
    user_id: int | str = ""

    @property
    def expires_at(self) -> datetime | None:
        try:
            return datetime.fromtimestamp(self.exp, UTC) if self.exp is not None else None
        except (OverflowError, OSError, ValueError):
            return None


def read_claims(token: str) -> Claims:
    """The claims of a JWT; none of what is no JWT. Only the service can say that they are true."""
    parts = token.split(".")
    if len(parts) != 3:
        return Claims()
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=Claims)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return Claims()
