"""A client that calls thousands of times over a way on which much goes wrong: no session is lost,
no write is doubled or lost unseen, and nothing is sent before its time.

Time runs by the pauses that the client takes, so a `Retry-After` of a minute costs nothing. What
was sent is counted where it arrives, and what was written is read from the server in the end.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2

from safelight import auth
from safelight.client.client import Client
from safelight.client.pacing import Patience
from safelight.client.things import NewCustomer
from safelight.errors import Unavailable
from safelight.testing.services import PASSWORD, USERNAME, PhotoServices, open_services
from tools.prove.proof import Effort, Tally, require

CALLS = 10_000
_FAULTY = 0.3
_LATE_SECONDS = 0.2
_TIMEOUT = httpx2.Timeout(10, read=_LATE_SECONDS / 2)
_MOST_SKEW = 40.0
_SETTLED_SECONDS = 30


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


@dataclass(frozen=True)
class Kind:
    """`path` answers whoever is signed in; `sign_in` is where a sign-in is sent to. `write` adds
    something by a name, and `read` gives all names; None where there is nothing to write."""

    name: str
    path: str
    sign_in: str
    build: Callable[[PhotoServices, Passing], auth.SessionAuth]
    calls: int = CALLS
    write: Callable[[Client, str], object] | None = None
    read: Callable[[Client], Iterator[str]] | None = None
    has_csrf: bool = False


def _add_customer(client: Client, name: str) -> None:
    client.customers.add(NewCustomer(first_name=name))


def _customers(client: Client) -> Iterator[str]:
    return (each.first_name for each in client.customers.list())


def _add_gallery(client: Client, name: str) -> None:
    client.galleries.add(name)


def _galleries(client: Client) -> Iterator[str]:
    return (each.name for each in client.galleries.list())


_WHO = (USERNAME, PASSWORD)
_SESSION = "/psapi/v3/mem/user/session"

# A protocol with two kinds of sign-in shares its calls between them.
KINDS = (
    Kind(
        "pixieset studio",
        "/api/v1/notifications/all",
        "/studio/login",
        lambda found, passing: auth.Pixieset(
            "studio", f"{found.url}/studio", credentials=_WHO, clock=passing
        ),
        CALLS // 2,
        _add_customer,
        _customers,
        has_csrf=True,
    ),
    Kind(
        "pixieset galleries",
        "/api/v1/data/bootstrap",
        "/galleries/login",
        lambda found, passing: auth.Pixieset(
            "galleries", f"{found.url}/galleries", credentials=_WHO, clock=passing
        ),
        CALLS // 2,
    ),
    *(
        Kind(
            f"photoshelter {mode}",
            _SESSION,
            "/psapi/v3/mem/authenticate",
            lambda found, passing, mode=mode: auth.PhotoShelter(  # type: ignore[misc]
                found.url,
                api_key=found.photoshelter.api_key,
                mode=mode,
                credentials=_WHO,
                clock=passing,
            ),
            CALLS // 2,
            _add_gallery,
            _galleries,
        )
        for mode in ("token", "cookie")
    ),
    Kind(
        "librephotos",
        "/api/photos/",
        "/api/auth/token/obtain/",
        lambda found, passing: auth.LibrePhotos(found.url, credentials=_WHO, clock=passing),
        CALLS,
        _add_gallery,
        _galleries,
    ),
    Kind(
        "recorder monitor",
        f"/api/users/{USERNAME}",
        "/api/login",
        lambda found, passing: auth.RecorderMonitor(found.url, credentials=_WHO, clock=passing),
    ),
    Kind(
        "safelight",
        "/v1/account",
        "/v1/sessions",
        lambda found, passing: auth.Safelight(found.url, credentials=_WHO, clock=passing),
        CALLS,
        _add_gallery,
        _galleries,
    ),
)


def prove(effort: Effort) -> Tally:
    tally = Tally()
    for kind in KINDS:
        soak(kind, effort, tally)
    return tally


def soak(kind: Kind, effort: Effort, tally: Tally) -> None:
    """Raises Broken when a session, a write or a wait is not what it has to be."""
    with _run_of(kind, effort) as run:
        for number in range(effort.times(kind.calls)):
            run.call(number)
        run.judge()
        tally += run.tally


@contextmanager
def _run_of(kind: Kind, effort: Effort) -> Iterator[_Run]:
    passing = Passing()
    with (
        tempfile.TemporaryDirectory(prefix="safelight-prove-") as folder,
        open_services(Path(folder) / "data", clock=passing, elapsed=passing.elapsed) as services,
        Client(
            kind.build(services, passing),
            patience=Patience(tries=6),
            clock=passing,
            timeout=_TIMEOUT,
            sleep=passing.pause,
        ) as client,
    ):
        yield _Run(kind, services, client, passing, random.Random(f"{kind.name} {effort.seed}"))  # noqa: S311  # no secret is drawn


class _Run:
    """One client on the way to one service."""

    def __init__(
        self,
        kind: Kind,
        services: PhotoServices,
        client: Client,
        passing: Passing,
        chance: random.Random,
    ) -> None:
        self.tally: Tally = Tally()
        self._kind = kind
        self._services = services
        self._client = client
        self._passing = passing
        self._chance = chance
        self._done: set[str] = set()
        self._unknown: set[str] = set()
        self._sign_ins_allowed = 1

    def call(self, number: int) -> None:
        """Perhaps let something go wrong; then read or write, and note what is said of it."""
        self._spoil()
        self.tally["calls"] += 1
        if self._kind.write is None or self._chance.random() < 0.5:
            answer = self._client.get(self._kind.path)
            require(answer.status_code == 200, self._says(f"GET gives {answer.status_code}"))
            return
        name = f"number {number}"
        try:
            self._kind.write(self._client, name)
        except Unavailable:  # Unanswered, or an answer that says nothing about a write
            self._unknown.add(name)
        else:
            self._done.add(name)

    def judge(self) -> None:
        """Against what arrived at the server, and what is there now."""
        way = self._services.way
        way.forget()
        until = time.monotonic() + _SETTLED_SECONDS
        while way.under_way and time.monotonic() < until:
            time.sleep(0.01)  # what nobody waits for any more may still be written
        if self._kind.read is not None:
            names = Counter(self._kind.read(self._client))
            doubled = [name for name, count in names.items() if count > 1]
            require(not doubled, self._says(f"written twice: {doubled[:5]}"))
            lost = self._done - names.keys()
            require(not lost, self._says(f"said to be written, and is not: {sorted(lost)[:5]}"))
            made_up = names.keys() - self._done - self._unknown
            require(not made_up, self._says(f"written though refused: {sorted(made_up)[:5]}"))
            # Most writes must get through all the same, or the rest would show little.
            require(len(self._done) >= 2 * len(self._unknown), self._says("few writes are sure"))
        require(not way.early, self._says(f"before the time that was asked for: {way.early[:3]}"))
        sign_ins = way.count("POST", self._kind.sign_in)
        spoilt = sum(
            each.method == "POST" and each.path.endswith(self._kind.sign_in) for each in way.spoilt
        )
        allowed = self._sign_ins_allowed + spoilt
        require(sign_ins <= allowed, self._says(f"{sign_ins} sign-ins where {allowed} do"))
        self.tally["faults"] += len(way.spoilt)
        self.tally["sign-ins"] += sign_ins
        self.tally["writes done"] += len(self._done)
        self.tally["writes said to be in doubt"] += len(self._unknown)

    def _spoil(self) -> None:
        """One thing at a time: who is refused anew after a new sign-in is told so, and rightly."""
        services, chance = self._services, self._chance
        if chance.random() < 0.01:
            # Time passes first, so that the server's clock differs but is never set back: who
            # ends all sessions "later" than now, keeps everybody out until then.
            self._passing.pause(2 * _MOST_SKEW)
            services.clock.skew(chance.uniform(-_MOST_SKEW, _MOST_SKEW))
            self.tally["clocks set"] += 1
        if services.way.waiting:
            return
        if chance.random() < 0.01:
            services.expire_sessions()
            self._sign_ins_allowed += 1
            self.tally["sessions ended"] += 1
        elif chance.random() < 0.01:
            services.way.delay(_LATE_SECONDS, after=chance.random() < 0.5)
        elif chance.random() < _FAULTY:
            chance.choice(self._switches())()

    def _switches(self) -> list[Callable[[], None]]:
        way, chance = self._services.way, self._chance
        found: list[Callable[[], None]] = [
            lambda: way.limit_rate(chance.randint(0, 60)),
            lambda: way.limit_rate(chance.randint(1, 60), as_date=True),
            way.limit_rate,
            way.fail,
            lambda: way.fail(504, after=True),
            lambda: way.fail(503, times=2),
            way.truncate,
            way.reset,
            lambda: way.reset(after=True),
            self._refuse,
        ]
        if self._kind.has_csrf:
            found.append(way.refuse_csrf)
        return found

    def _refuse(self) -> None:
        """A 401 that a session gets though it lives on: a sign-in or a renewal is right."""
        self._services.way.refuse_session()
        self._sign_ins_allowed += 1

    def _says(self, what: str) -> str:
        return f"{self._kind.name}: {what}"
