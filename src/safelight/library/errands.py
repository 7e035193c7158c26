"""Work that is finished even when whoever asked for it leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Errands:
    """What changes rows and blobs together must not stop half-way because a browser closed its
    connection."""

    def __init__(self) -> None:
        # asyncio itself holds tasks but weakly.
        self._under_way: set[asyncio.Task[Any]] = set()

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`, which goes on if this is cancelled. Raises what it raises."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)
