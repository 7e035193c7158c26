"""What can be asked about the server itself: whether it is ready, and what it has counted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import msgspec

from safelight.authentication.recognition import Recognition
from safelight.errors import SafelightError
from safelight.server.metrics import Metrics


class ShowReadiness(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple[str, ...]: what cannot be used right now, and why; empty when all is well."""


class ShowMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """-> bytes, in Prometheus' text format."""


ServerQuestion = ShowReadiness | ShowMetrics


class Condition:
    """`checks` name what the server cannot do without; each raises when it cannot be used, and may
    take `patience` seconds: whoever asks for readiness wants an answer, not a wait."""

    def __init__(
        self,
        *,
        checks: Mapping[str, Callable[[], Awaitable[None]]],
        metrics: Metrics,
        patience: float = 2.0,
    ) -> None:
        self._checks = checks
        self._metrics = metrics
        self._patience = patience

    def handlers(self) -> dict[type, Callable[[Recognition, object], Awaitable[object]]]:
        return {ShowReadiness: self._show_readiness, ShowMetrics: self._show_metrics}

    async def _show_readiness(self, asker: Recognition, asked: object) -> tuple[str, ...]:
        reasons = []
        for name, check in self._checks.items():
            try:
                async with asyncio.timeout(self._patience):
                    await check()
            except SafelightError as error:
                reasons.append(f"{name}: {error.message}")
            except TimeoutError:
                reasons.append(f"{name}: no answer within {self._patience:g} seconds.")
        return tuple(reasons)

    async def _show_metrics(self, asker: Recognition, asked: object) -> bytes:
        return self._metrics.render()
