"""Many calls over a way on which much goes wrong: no session is lost, no write is doubled, nothing
is sent before its time. What goes wrong is drawn by a seed that the test's name tells."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

import httpx2
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.things import NewCustomer
from safelight.errors import Unavailable
from safelight.testing.faults import Answer

CALLS = 150

Write = Callable[[safelight.Client, str], object]
Names = Callable[[safelight.Client], list[str]]

WRITES: dict[str, tuple[Write, Names]] = {
    "studio": (
        lambda client, name: client.customers.add(NewCustomer(first_name=name)),
        lambda client: [each.first_name for each in client.customers.list()],
    ),
    **{
        service: (
            lambda client, name: client.galleries.add(name),
            lambda client: [each.name for each in client.galleries.list()],
        )
        for service in ("photoshelter-token", "photoshelter-cookie", "librephotos", "safelight")
    },
}


def faults(service: str) -> list[Answer]:
    """What may meet a request."""
    found = [
        Answer(status=429, headers={"retry-after": "0"}),
        Answer(status=429),
        Answer(status=502, body=b"<h1>Bad Gateway</h1>"),
        Answer(status=503, headers={"retry-after": "0"}),
        Answer(status=200, body=b'{"status": "ok"', breaks=True),
        Answer(status=200, body=b'{"status": "ok"', breaks=True, after=True),
        Answer(status=504, after=True),
        Answer(status=401),
    ]
    if service in ("studio", "galleries"):
        found.append(Answer(status=419))
    return found


@pytest.mark.parametrize("service", list(SERVICES))
@pytest.mark.parametrize("seed", [1, 2])
def test_no_session_is_lost_and_no_write_doubled(ada: Ada, service: str, seed: int) -> None:
    chance = random.Random(f"{service} {seed}")
    path = SERVICES[service].path
    write, read_names = WRITES.get(service, (None, None))
    done: set[str] = set()
    unknown: set[str] = set()
    with safelight.Client(
        ada.at(service),
        patience=ada.quick,
        clock=ada.house.clock,
        timeout=httpx2.Timeout(10),
    ) as client:
        for number in range(CALLS):
            if chance.random() < 0.4:
                ada.way.order("*", "", chance.choice(faults(service)))
            if chance.random() < 0.02:
                ada.house.settle()
                ada.house.clock.advance(SERVICES[service].over)
            if write is None or chance.random() < 0.5:
                assert client.get(path).status_code == 200
                continue
            name = f"number {number}"
            try:
                write(client, name)
                done.add(name)
            except Unavailable:  # Unanswered, or an answer that says nothing about a write
                unknown.add(name)
        ada.way.forget()
        if read_names is not None:
            names = Counter(read_names(client))
            assert max(names.values()) == 1
            assert done <= set(names) <= done | unknown
            assert len(done) > CALLS / 5
    assert ada.way.early == []
