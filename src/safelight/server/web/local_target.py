"""Where a page may send a browser: to a path of this origin, and nowhere else. Pure."""

from __future__ import annotations

import re

HOME = "/"

# One slash, and neither a second one nor a backslash after it, which browsers take for a host. No
# blank, control character or backslash anywhere: browsers drop some and turn others into slashes
# (WHATWG URL §4.4), so that what is checked would not be what is followed.
_PATH = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]*)?")
_LONGEST = 2000


def local_target(text: str | None) -> str:
    """`text` if it is a path on this origin, with its query; else the index page."""
    if text is None or len(text) > _LONGEST or not _PATH.fullmatch(text):
        return HOME
    return text
