"""What ends at one place is over at every worker for the very next request, however busy it is."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

from tools.prove.kinds import EVERY, PASSWORDS, SESSIONS, Credential, Make, Person, personal_token
from tools.prove.pinned import Pinned, one_of_each
from tools.prove.proof import Effort, Tally, require
from tools.prove.scene import WORKERS, Scene

_NEW_PASSWORD = "quite another sentence"
_HAMMERS = 2
"""Connections to each worker that show the credentials over and over."""


class Hammer:
    """Shows credentials to the workers without a pause, and remembers when each was last taken."""

    def __init__(self, port: int) -> None:
        self._connections = [each for _ in range(_HAMMERS) for each in one_of_each(port, WORKERS)]
        self._shown: Sequence[Credential] = ()
        self._last_good: list[dict[Credential, float]] = []
        self._stopping = Event()
        self.requests = 0
        self._threads = [Thread(target=self._work, args=(each,)) for each in self._connections]
        for thread in self._threads:
            thread.start()

    def show(self, credentials: Sequence[Credential]) -> None:
        """These from now on."""
        self._shown = credentials

    def require_refused_since(self, instant: float, credentials: Sequence[Credential]) -> None:
        """No request that began after `instant` was answered as if a credential were good."""
        for each in credentials:
            began = max(found.get(each, 0.0) for found in self._last_good)
            require(
                began < instant,
                f"{each.kind} was over, and {(began - instant) * 1000:.2f} ms later still good",
            )

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        for connection in self._connections:
            connection.close()

    def _work(self, connection: Pinned) -> None:
        last_good: dict[Credential, float] = {}
        self._last_good.append(last_good)
        while not self._stopping.is_set():
            for each in self._shown or (None,):
                if each is None:
                    time.sleep(0.001)
                    continue
                began = time.monotonic()
                try:
                    got = each.shown_to(connection)
                except (OSError, http.client.HTTPException):
                    return
                self.requests += 1
                if got.status not in each.refused:
                    last_good[each] = began


@contextmanager
def hammering(found: Scene, tally: Tally) -> Iterator[Hammer]:
    hammer = Hammer(found.server.port)
    try:
        yield hammer
    finally:
        hammer.stop()
        tally["requests meanwhile"] += hammer.requests


Act = Callable[[Scene, Person, Pinned, Credential], None]
"""Ends what it ends, at the worker that it is given or in the third process. The credential is one
of the person's own, on the native wire."""


def ends_are_heeded(found: Scene, effort: Effort, tally: Tally) -> None:
    """Every act against every kind of credential, and thousands of the shortest ones."""
    with hammering(found, tally) as hammer:
        for name, (kinds, act) in ACTS.items():
            for number in range(effort.times(40)):
                person = found.add_person(f"{name.replace(' ', '-')}{number}")
                _try_act(found, hammer, person, name, kinds, act)
                tally["ends of every kind"] += len(kinds)
        _sessions_come_and_go(found, hammer, effort, tally)
        _accounts_come_and_go(found, hammer, effort, tally)


def _try_act(
    found: Scene, hammer: Hammer, person: Person, name: str, kinds: Sequence[Make], act: Act
) -> None:
    one, other = found.workers
    (own,) = kinds_of((SESSIONS[-2],), person, one)
    credentials = [each for make in kinds for each in make(other, person)]
    for _ in range(2):  # the second time they are remembered
        for each in credentials:
            each.require_good(one)
            each.require_good(other)
    shown = [each for each in credentials if each.may_be_repeated]
    hammer.show(shown)
    time.sleep(0.01)
    act(found, person, one, own)
    ended = time.monotonic()
    for each in credentials:
        each.require_over(other, name)
        each.require_over(one, name)
    hammer.show(())
    hammer.require_refused_since(ended, shown)
    found.operator.forget_failures()


def kinds_of(kinds: Sequence[Make], person: Person, worker: Pinned) -> list[Credential]:
    return [each for make in kinds for each in make(worker, person)]


def _end_all(found: Scene, person: Person, worker: Pinned, own: Credential) -> None:
    got = worker.ask("DELETE", "/v1/sessions", own.headers)
    require(got.status in (200, 204), f"DELETE /v1/sessions gets {got.status}")


def _change_password(found: Scene, person: Person, worker: Pinned, own: Credential) -> None:
    asked = {"current": person.password, "new": _NEW_PASSWORD}
    got = worker.send_json("PUT", "/v1/account/password", asked, own.headers)
    require(got.status in (200, 204), f"PUT /v1/account/password gets {got.status} {got.body!r}")


def _suspend(found: Scene, person: Person, worker: Pinned, own: Credential) -> None:
    found.operator.suspend(person.username)


def _set_password(found: Scene, person: Person, worker: Pinned, own: Credential) -> None:
    found.operator.set_password(person.username, _NEW_PASSWORD)


def _delete(found: Scene, person: Person, worker: Pinned, own: Credential) -> None:
    found.operator.delete(person.username)


ACTS: dict[str, tuple[Sequence[Make], Act]] = {
    "all ended": (SESSIONS, _end_all),
    "suspended": (EVERY, _suspend),
    "deleted": (EVERY, _delete),
    "password set": (PASSWORDS, _set_password),
    "password changed": (PASSWORDS, _change_password),
}


# --- thousands of times -----------------------------------------------------------------------


def _sessions_come_and_go(found: Scene, hammer: Hammer, effort: Effort, tally: Tally) -> None:
    """A session is good at both workers, ends at one of them or beside them, and is over."""
    account = found.operator.add_account("coming-and-going")
    for number in range(effort.times(3000)):
        opened = found.operator.open_session(account)
        shown = Credential("session", {"authorization": f"Bearer {opened.token}"}, "/v1/account")
        one, other = found.workers[:: 1 if number % 2 else -1]
        shown.require_good(one)
        shown.require_good(other)
        hammer.show((shown,))
        if number % 3 == 0:
            found.operator.end_session(opened.id)
        else:
            got = one.ask("DELETE", "/v1/sessions/current", shown.headers)
            require(got.status == 204, f"DELETE /v1/sessions/current gets {got.status}")
        ended = time.monotonic()
        shown.require_over(other, "ended")
        shown.require_over(one, "ended")
        hammer.require_refused_since(ended, (shown,))
        tally["sessions ended"] += 1
    hammer.show(())


def _accounts_come_and_go(found: Scene, hammer: Hammer, effort: Effort, tally: Tally) -> None:
    """A personal token stops with its account, and works again with it."""
    person = found.add_person("suspended-again")
    (token,) = personal_token(found.workers[0], person)
    hammer.show((token,))
    for _ in range(effort.times(1500)):
        for worker in found.workers:
            token.require_good(worker)
        found.operator.suspend(person.username)
        ended = time.monotonic()
        for worker in found.workers:
            token.require_over(worker, "suspended")
        hammer.require_refused_since(ended, (token,))
        found.operator.resume(person.username)
        tally["accounts suspended"] += 1
    hammer.show(())
