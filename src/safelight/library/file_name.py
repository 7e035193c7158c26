"""The name of a photo: what a person called the file, and never a path. Pure."""

from __future__ import annotations

import re
import unicodedata

LONGEST_NAME = 255

# Control characters, halves of surrogate pairs, and the two separators that break a line.
_UNPRINTABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})

# They turn the direction of the text around them: `photo_gpj.exe` can be made to look like a JPEG.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_DRIVE = re.compile(r"(?:[A-Za-z]:\s*)+")


def clean_name(sent: str) -> str:
    """The last part of `sent`, on whichever system that is a path, with what cannot be seen left
    out and at most LONGEST_NAME characters, of which the extension is kept; "" if nothing is left.
    """
    shown = "".join(each for each in sent if _is_shown(each))
    last = re.split(r"[/\\]", shown)[-1]
    name = last.strip()
    if drive := _DRIVE.match(name):
        name = name[drive.end() :]
    if not name.strip("."):
        return ""
    return _shortened(name)


def name_of_upload(sent: str, extension: str) -> str:
    """A name for every upload; `extension` is that of its content, without a dot."""
    return clean_name(sent) or f"photo.{extension}"


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in _UNPRINTABLE and character not in _TURNING


def _shortened(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 16:
        return name[:LONGEST_NAME].rstrip()
    return stem[: LONGEST_NAME - len(dot + extension)] + dot + extension
