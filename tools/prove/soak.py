"""Thousands of calls through the client, over a way on which much goes wrong: no session is lost,
no write is doubled or lost unseen, and nothing is sent before its time.

Pauses are not slept: both sides go by a clock that the client's pauses turn. What was sent is
counted where it arrives, and what was written is read from the server in the end.
"""

from __future__ import annotations

import asyncio
import inspect
import multiprocessing
import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx2
from tests.client.services import SERVICES, Service

from safelight import auth
from safelight.client.async_client import AsyncClient
from safelight.client.client import Client
from safelight.client.pacing import Patience
from safelight.client.things import NewCustomer
from safelight.errors import SafelightError, Throttled, Unauthenticated, Unavailable
from safelight.testing.services import PASSWORD, USERNAME, PhotoServices, open_services
from tools.prove.proof import Broken, Effort, Tally, require
from tools.prove.trouble import LONGEST_ASKED, Trouble

CALLS = 10_000
"""Through each class of `safelight.auth`; Pixieset's two apps, and PhotoShelter's token and cookie,
count as two."""

_TIMEOUT = httpx2.Timeout(10, read=0.5)
_LATE_SECONDS = 0.7
_MOST_WAITED = timedelta(seconds=120)
_PATIENCE = Patience(tries=8, most=_MOST_WAITED)
_SETTLED_SECONDS = 30
_SHIFTS = (Client, AsyncClient, Client, AsyncClient)
"""A client for each, one after the other: the sign-in goes through all of them, and so does a
`Retry-After`."""


@dataclass(frozen=True)
class Write:
    """`path` is how the path of its request ends. `do` adds something by a name, and `names` gives
    all that there is."""

    path: str
    do: Callable[[Any, str], Any]
    names: Callable[[Client], Iterator[str]]


def _gallery(path: str) -> Write:
    return Write(
        path,
        lambda client, name: client.galleries.add(name),
        lambda client: (each.name for each in client.galleries.list()),
    )


_WRITES = {
    "studio": Write(
        "/api/v1/clients/",
        lambda client, name: client.customers.add(NewCustomer(first_name=name)),
        lambda client: (each.first_name for each in client.customers.list()),
    ),
    "photoshelter-token": _gallery("/mem/gallery/insert"),
    "photoshelter-cookie": _gallery("/mem/gallery/insert"),
    "librephotos": _gallery("/api/albums/user/edit/"),
    "safelight": _gallery("/v1/galleries"),
}
"""What can be written through the client, where something can."""


class Passing:
    """Stands still but for the pauses that somebody takes."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(seconds=self._seconds)

    def elapsed(self) -> float:
        return self._seconds

    def pause(self, seconds: float) -> None:
        self._seconds += seconds

    async def pause_async(self, seconds: float) -> None:
        self.pause(seconds)


@dataclass
class Said:
    """What the client said of its writes: done, in doubt, or refused before anything happened."""

    done: set[str] = field(default_factory=set)
    in_doubt: set[str] = field(default_factory=set)
    refused: set[str] = field(default_factory=set)


def prove(effort: Effort) -> Tally:
    """All services, as many at once as there are processors."""
    one = partial(soak, calls=effort.times(CALLS), seed=effort.seed)
    tally = Tally()
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as processes:
        for counted in processes.map(one, SERVICES):
            tally += counted
    return tally


def soak(name: str, *, calls: int, seed: int) -> Tally:
    """One service. Raises Broken when a session, a write or a wait is not what it has to be."""
    passing = Passing()
    with (
        tempfile.TemporaryDirectory(prefix="safelight-prove-") as folder,
        open_services(Path(folder) / "data", clock=passing, elapsed=passing.elapsed) as services,
    ):
        run = _Run(SERVICES[name], services, passing, seed)
        run.call_often(calls)
        run.judge()
        return run.tally


class _Run:
    """One sign-in, on the way to one service."""

    def __init__(
        self, service: Service, services: PhotoServices, passing: Passing, seed: int
    ) -> None:
        self.tally: Tally = Tally()
        self._service = service
        self._services = services
        self._passing = passing
        self._drawn = Random(f"{service.name} {seed}")  # noqa: S311  # a choice of tests, no secret
        self._write = _WRITES.get(service.name)
        self._trouble = Trouble(
            services,
            service,
            self._drawn,
            write_path=self._write.path if self._write is not None else "",
            turn=passing.pause,
            late=_LATE_SECONDS,
        )
        self._organization = ""
        if service.name.startswith("photoshelter"):
            self._organization = services.add_organization("Harbour")
        self._auth = self._build()
        self._said = Said()

    def _build(self) -> auth.SessionAuth:
        return self._service.build(
            self._services.url,
            self._services.photoshelter.api_key,
            credentials=(USERNAME, PASSWORD),
            clock=self._passing,
            **({"organization": self._organization} if self._organization else {}),
        )

    # --- the calls ----------------------------------------------------------------------------

    def call_often(self, calls: int) -> None:
        for place, kind in enumerate(_SHIFTS):
            first, last = (calls * end // len(_SHIFTS) for end in (place, place + 1))
            asyncio.run(self._work_shift(kind, range(first, last)))

    async def _work_shift(self, kind: type[Client | AsyncClient], numbers: range) -> None:
        if kind is Client:
            with Client(self._auth, sleep=self._passing.pause, **self._settings()) as client:
                await self._call_each(client, numbers)
            return
        sleep = self._passing.pause_async
        async with AsyncClient(self._auth, sleep=sleep, **self._settings()) as async_client:
            await self._call_each(async_client, numbers)

    def _settings(self) -> dict[str, Any]:
        return {"patience": _PATIENCE, "timeout": _TIMEOUT, "clock": self._passing}

    async def _call_each(self, client: Client | AsyncClient, numbers: range) -> None:
        for number in numbers:
            writes = self._write is not None and self._drawn.random() < 0.5
            self._trouble.order(writes=writes)
            self.tally["calls"] += 1
            try:
                if writes:
                    await self._write_one(client, f"number {number}")
                else:
                    await self._read(client)
            except Throttled as error:
                self._wait_long(error.retry_after)
            except Unauthenticated as error:
                raise Broken(self._says(f"the session is lost: {error!r}")) from error

    async def _read(self, client: Client | AsyncClient) -> None:
        """It is answered, whatever happens on the way; a long wait alone is the caller's."""
        try:
            response = await _come(client.get(self._service.path))
        except Unavailable as error:
            raise Broken(self._says(f"a read fails: {error!r}")) from error
        if response.status_code == 429:
            return  # and the next call meets Throttled
        require(response.status_code == 200, self._says(f"GET gives {response.status_code}"))
        bound = self._organization in response.text
        require(bound, self._says("the session acts for its organization no more"))

    async def _write_one(self, client: Client | AsyncClient, name: str) -> None:
        assert self._write is not None
        try:
            await _come(self._write.do(client, name))
        except Throttled:
            self._said.refused.add(name)
            raise
        except Unavailable:  # Unanswered, or an answer that says nothing about a write
            self._said.in_doubt.add(name)
        else:
            self._said.done.add(name)

    def _wait_long(self, asked: timedelta) -> None:
        require(asked > _MOST_WAITED, self._says(f"a wait of {asked} is left to the caller"))
        self._passing.pause(asked.total_seconds())

    # --- afterwards ---------------------------------------------------------------------------

    def judge(self) -> None:
        """Against what arrived at the server, and what is there now."""
        way = self._services.way
        way.forget()
        until = time.monotonic() + _SETTLED_SECONDS
        while way.under_way and time.monotonic() < until:
            time.sleep(0.01)  # what nobody waits for any more may still be written
        require(not way.early, self._says(f"before the time that was asked for: {way.early[:3]}"))
        made = way.count("POST", self._service.sign_in)
        allowed = self._trouble.sign_ins_allowed()
        require(made <= allowed, self._says(f"{made} sign-ins where {allowed} do"))
        self._passing.pause(LONGEST_ASKED)
        with Client(self._auth, sleep=self._passing.pause, **self._settings()) as client:
            try:
                if self._write is not None:
                    self._compare(Counter(self._write.names(client)))
            except SafelightError as error:
                raise Broken(self._says(f"in the end: {error!r}")) from error
        self.tally += self._trouble.tally
        self.tally["faults"] += len(way.spoilt)
        self.tally["sign-ins"] += made

    def _compare(self, kept: Counter[str]) -> None:
        said = self._said
        doubled = [name for name, count in kept.items() if count > 1]
        require(not doubled, self._says(f"written twice: {doubled[:5]}"))
        lost = said.done - kept.keys()
        require(not lost, self._says(f"said to be written, and is not: {sorted(lost)[:5]}"))
        made_up = kept.keys() - said.done - said.in_doubt
        require(not made_up, self._says(f"written though refused: {sorted(made_up)[:5]}"))
        # Most writes must get through all the same, or the rest would show little.
        require(len(said.done) >= 2 * len(said.in_doubt), self._says("few writes are sure"))
        self.tally["writes done"] += len(said.done)
        self.tally["writes said to be in doubt"] += len(said.in_doubt)
        self.tally["writes refused"] += len(said.refused)

    def _says(self, what: str) -> str:
        return f"{self._service.name}: {what}"


async def _come(value: Any) -> Any:
    """What a blocking client gave, or what an async one is about to give."""
    return await value if inspect.isawaitable(value) else value
