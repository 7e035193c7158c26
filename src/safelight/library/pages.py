"""Lists by the window. Pure."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from safelight.library.ports import Window

T = TypeVar("T")


def one_more(window: Window) -> Window:
    """The window to read, so that it shows whether anything follows."""
    return msgspec.structs.replace(window, limit=window.limit + 1)


def cut(found: list[T], window: Window) -> tuple[tuple[T, ...], T | None]:
    """What was asked for of what `one_more` found; and the last of it, if something follows."""
    items = tuple(found[: max(0, window.limit)])
    return items, items[-1] if items and len(found) > len(items) else None
