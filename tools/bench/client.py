"""What the client library costs beside bare httpx2, and how long the command takes to start.

`python -m tools.bench.client URL EMAIL PASSWORD KEY ROUNDS` signs in to the server at URL with each
protocol and asks the same thing again and again, in turns: through `safelight.Client`, and through
`httpx2.Client` with the very headers that the first one sends. What counts is the processor time of
this process.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import NamedTuple

import httpx2

import safelight
from safelight import auth
from safelight.client.cache import AnswerCache
from safelight.client.setting import HEADERS
from tools.bench.load import LOAD_CORE
from tools.running import COMMAND

_CALLS = 300
_TURNS = 4
"""A turn is short, and anything else on the machine is all of its time: so many make a round."""
_STARTS = 11

Pair = tuple[float, float]


class Kind(NamedTuple):
    """A protocol signed in to, and what is asked there."""

    name: str
    auth: auth.SessionAuth
    url: str
    path: str
    keeps_answers: bool = False


def client_costs(url: str, email: str, password: str, key: str, rounds: int) -> dict[str, Pair]:
    """The processor time of a GET in microseconds, bare and through the client, of each protocol,
    blocking and async; measured in a process of its own on the load's core."""
    command = [
        *("taskset", "-c", LOAD_CORE, sys.executable, "-m", "tools.bench.client"),
        *(url, email, password, key, str(_TURNS * rounds)),
    ]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found: dict[str, Pair] = {name: (bare, ours) for name, bare, ours in json.loads(printed)}
    return found


def start_ms(*words: str, **variables: str) -> float:
    """How long a command takes from its start to its end, in milliseconds: the median of some."""
    with tempfile.TemporaryDirectory() as folder:
        surroundings = {**os.environ, "SAFELIGHT_CONFIG_DIR": folder, **variables}
        readings = []
        for _ in range(_STARTS):
            started = time.perf_counter()
            subprocess.run([*COMMAND, *words], env=surroundings, check=True, capture_output=True)
            readings.append((time.perf_counter() - started) * 1e3)
    return statistics.median(readings)


def _kinds(url: str, who: tuple[str, str], key: str) -> list[Kind]:
    studio, galleries = f"{url}/studio", f"{url}/galleries"
    return [
        Kind(
            "Pixieset Studio",
            auth.Pixieset("studio", studio, credentials=who),
            studio,
            "/studio/api/v1/notifications/all",
        ),
        Kind(
            "Pixieset Galleries",
            auth.Pixieset("galleries", galleries, credentials=who),
            galleries,
            "/galleries/api/v1/user",
        ),
        Kind(
            "PhotoShelter, token",
            auth.PhotoShelter(url, api_key=key, credentials=who),
            url,
            "/psapi/v3/mem/user/session",
        ),
        Kind(
            "PhotoShelter, cookie",
            auth.PhotoShelter(url, api_key=key, mode="cookie", credentials=who),
            url,
            "/psapi/v3/mem/user/session",
        ),
        Kind("LibrePhotos", auth.LibrePhotos(url, credentials=who), url, "/api/albums/user/list/"),
        Kind(
            "Recorder Monitor",
            auth.RecorderMonitor(url, credentials=who),
            url,
            f"/api/users/{who[0]}",
        ),
        Kind("Safelight", auth.Safelight(url, credentials=who), url, "/v1/account"),
        Kind(
            "Safelight, answers kept",
            auth.Safelight(url, credentials=who),
            url,
            "/v1/account",
            keeps_answers=True,
        ),
    ]


def _headers_of(kind: Kind) -> dict[str, str]:
    """What the client sends with this request: the same, so that the server does the same."""
    grant = kind.auth.session.holding.held.grant
    assert grant is not None
    request = httpx2.Request("GET", f"{_origin(kind.url)}{kind.path}", headers=HEADERS)
    kind.auth.session.wire.write_credentials(grant, request)
    return {name: value for name, value in request.headers.items() if name != "host"}


def _jar() -> CookieJar:
    """The usual one, which keeps nothing: the headers have the cookies already."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def _origin(url: str) -> str:
    return str(httpx2.URL(url).copy_with(path="/")).rstrip("/")


@contextmanager
def _cache_of(kind: Kind) -> Generator[AnswerCache | None]:
    """As `Client.from_profile` has one."""
    with tempfile.TemporaryDirectory() as folder:
        yield AnswerCache(Path(folder)) if kind.keeps_answers else None


def _measure(kind: Kind, rounds: int) -> Pair:
    whole = f"{_origin(kind.url)}{kind.path}"
    with _cache_of(kind) as cache, safelight.Client(kind.auth, cache=cache) as ours:
        ours.sign_in()
        with httpx2.Client(headers=_headers_of(kind), cookies=_jar()) as bare:

            def block(get: Callable[[str], httpx2.Response]) -> float:
                started = time.process_time()
                for _ in range(_CALLS):
                    get(whole).raise_for_status()
                return (time.process_time() - started) / _CALLS * 1e6

            block(bare.get), block(ours.get)
            return _medians([(block(bare.get), block(ours.get)) for _ in range(rounds)])


async def _measure_async(kind: Kind, rounds: int) -> Pair:
    whole = f"{_origin(kind.url)}{kind.path}"
    async with AsyncExitStack() as open_ones:
        cache = open_ones.enter_context(_cache_of(kind))
        ours = await open_ones.enter_async_context(safelight.AsyncClient(kind.auth, cache=cache))
        await ours.sign_in()
        bare = await open_ones.enter_async_context(
            httpx2.AsyncClient(headers=_headers_of(kind), cookies=_jar())
        )

        async def block(get: Callable[[str], Awaitable[httpx2.Response]]) -> float:
            started = time.process_time()
            for _ in range(_CALLS):
                (await get(whole)).raise_for_status()
            return (time.process_time() - started) / _CALLS * 1e6

        await block(bare.get), await block(ours.get)
        return _medians([(await block(bare.get), await block(ours.get)) for _ in range(rounds)])


def _medians(pairs: list[Pair]) -> Pair:
    """The bare reading's median, and that times the median of the ratios: turns that lie side by
    side are disturbed alike."""
    bare = statistics.median(each for each, _ in pairs)
    return bare, bare * statistics.median(ours / each for each, ours in pairs)


def main(url: str, email: str, password: str, key: str, rounds: int) -> None:
    who = (email, password)
    found = [(kind.name, *_measure(kind, rounds)) for kind in _kinds(url, who, key)]
    found += [
        (f"{kind.name}, async", *asyncio.run(_measure_async(kind, rounds)))
        for kind in _kinds(url, who, key)
    ]
    print(json.dumps(found))


if __name__ == "__main__":
    address, name, secret, api_key, count = sys.argv[1:]
    main(address, name, secret, api_key, int(count))
