"""Which keys a blob may have, the same for every store.

A key becomes a path under a folder or under a bucket's prefix, so what could step out of it, or
name one blob in two ways, is no key.
"""

from __future__ import annotations

import re

from safelight.errors import MalformedRequest
from safelight.library.ports import BlobKey

# No segment begins with a dot: such names are the stores' own, for files that are not finished, and
# no `.` is left that would name one blob in two ways. Most file systems take 255 bytes in a
# segment, S3 takes 1,024 in a key with the bucket's prefix before it.
_SEGMENT = r"(?!\.)[a-z0-9._-]{1,200}"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_PREFIX = re.compile(rf"(?:{_SEGMENT}/)*(?:{_SEGMENT})?")
_LENGTH = 600


def require_key(text: str) -> BlobKey:
    """`text` as a key. Raises MalformedRequest.

    A key has segments of `[a-z0-9._-]`, 1 to 200 characters, none beginning with a dot, joined by
    single slashes, 600 characters in all. A key in use cannot be the folder of another: in a
    folder, `a` and `a/b` cannot both lie.
    """
    if not is_key(text):
        raise MalformedRequest("This cannot be the key of a blob.")
    return BlobKey(text)


def is_key(text: str) -> bool:
    return len(text) <= _LENGTH and ".." not in text and _KEY.fullmatch(text) is not None


def require_prefix(text: str) -> str:
    """`text` as the beginning of a key, "" for all of them. Raises MalformedRequest."""
    if len(text) > _LENGTH or ".." in text or not _PREFIX.fullmatch(text):
        raise MalformedRequest("No blob's key can begin like this.")
    return text
