"""Time and chance, handed in: nothing else in Safelight asks for either."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

Entropy = Callable[[int], bytes]
"""`entropy(n)` gives n unpredictable bytes from the operating system's generator."""

system_entropy: Entropy = secrets.token_bytes


class Clock(Protocol):
    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)
