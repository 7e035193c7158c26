"""Cleartext that cannot be printed."""

from __future__ import annotations

import hashlib
import hmac


class Secret:
    """A secret string. `repr`, `str` and formatting never show it; `reveal` is the only way out."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The cleartext."""
        return self._value

    def digest(self) -> bytes:
        """The SHA-256 of its UTF-8 bytes: 32 bytes, what a store keeps of a random token.

        Lone surrogates, which no token of ours has, are replaced, so this never raises.
        """
        return hashlib.sha256(self._value.encode("utf-8", "replace")).digest()

    def __eq__(self, other: object) -> bool:
        """Equality in constant time."""
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.digest(), other.digest())

    def __hash__(self) -> int:
        return hash(self.digest())

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)
