"""What texts that people write may be. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

import msgspec

from safelight.errors import InvalidFields


class TextRule(msgspec.Struct, frozen=True, kw_only=True):
    """In characters, both inclusive, without the space around. With `lines`, line breaks and tabs
    may be in it."""

    longest: int
    shortest: int = 0
    lines: bool = False


def require_texts(rules: Mapping[str, TextRule], given: Mapping[str, str | None]) -> dict[str, str]:
    """The texts of `given` that are not None, without the space around them.

    Raises InvalidFields, which names every field whose rule in `rules` is broken.
    """
    texts = {field: text.strip() for field, text in given.items() if text is not None}
    faults = {
        field: (fault,)
        for field, text in texts.items()
        if (fault := _fault_of(text, rules[field])) is not None
    }
    if faults:
        raise InvalidFields(faults)
    return texts


def _fault_of(text: str, rule: TextRule) -> str | None:
    if len(text) < rule.shortest:
        return "This must not be empty."
    if len(text) > rule.longest:
        return f"This may have at most {rule.longest} characters."
    breaks = "\r\n\t" if rule.lines else ""
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in breaks for each in text):
        return "This holds characters that cannot be shown."
    return None
