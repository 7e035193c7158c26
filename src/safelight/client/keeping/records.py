"""Kept sign-ins as bytes, and back. Pure.

The outermost layer says which version wrote it, so that a later one can read what an earlier one
wrote, and an earlier one knows that it cannot.
"""

from __future__ import annotations

from typing import Any

import msgspec

from safelight.client.errors import KeepingFailed
from safelight.client.keeping import Kept
from safelight.secret import Secret

VERSION = 1


class _Versioned(msgspec.Struct, frozen=True):
    version: int
    kept: msgspec.Raw


def write_kept(kept: Kept) -> bytes:
    """JSON, with every secret in the clear."""
    body = msgspec.json.encode(kept, enc_hook=_reveal)
    return msgspec.json.encode(_Versioned(version=VERSION, kept=msgspec.Raw(body)))


def read_kept(content: bytes, place: str) -> Kept:
    """Raises KeepingFailed, which names `place`, for what was damaged or is too new."""
    try:
        versioned = msgspec.json.decode(content, type=_Versioned)
        if versioned.version > VERSION:
            raise KeepingFailed(f"{place} was written by a newer Safelight. Update this one.")
        return msgspec.json.decode(versioned.kept, type=Kept, dec_hook=_hide)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise KeepingFailed(
            f"{place} is damaged. Remove it and sign in again; nothing at the service is lost."
        ) from None


def _reveal(value: Any) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise NotImplementedError(type(value))


def _hide(kind: type, value: Any) -> Secret:
    """Raises ValueError, of which msgspec makes a ValidationError, for a secret that is no text."""
    if kind is not Secret:
        raise NotImplementedError(kind)
    if not isinstance(value, str):
        raise ValueError("no text")
    return Secret(value)
