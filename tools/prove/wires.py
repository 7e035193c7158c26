"""Whatever is sent to a wire, it answers as that wire does; and what it refuses changes nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from random import Random
from urllib.parse import unquote

from hypothesis import HealthCheck, Phase, given, seed, settings

from safelight.server.routes import Route
from safelight.server.wire import CommandEndpoint, Forgery
from tools.prove.draft import Draft, Sent, Spoiling, draft_of, spoilings, spoilt
from tools.prove.furnished import Answer, FurnishedHouse, furnished_house
from tools.prove.hostile import NASTY_HEADERS
from tools.prove.hostile_request import shelf_of
from tools.prove.inventory import EVERYTHING_ON, EndpointReader, endpoint_readers
from tools.prove.proof import Effort, Tally, require
from tools.prove.wire_shapes import require_refused, require_sound

_SPOILT_ONCE = 250
_SPOILT_OFTEN = 100
"""Requests to each endpoint in a whole run, with one thing wrong and with several."""

_CONDITIONS = (b"if-modified-since", b"if-none-match", b"if-range", b"range")
"""Headers that decide how a file is sent: few endpoints, so each value is tried on each."""

_SETTINGS = {
    **{name.removeprefix("SAFELIGHT_"): value for name, value in EVERYTHING_ON.items()},
    "LIBRARY__UPLOAD_LIMIT_BYTES": "20000",
}


class Wires:
    """The server that is asked, and what came of it."""

    def __init__(self, furnished: FurnishedHouse, faults: list[str], tally: Tally) -> None:
        self._furnished = furnished
        self._faults = faults
        self._tally = tally
        self._site = furnished.house.call(furnished.house.app.site)

    def try_endpoint(self, found: EndpointReader, effort: Effort) -> None:
        """Raises Broken, for the smallest request that shows it."""
        draft = draft_of(self._furnished, found)
        shelf = shelf_of(found.function, found.endpoint.takes, found.endpoint.query)
        answer = self.try_one(draft)
        require(
            answer.status < 400,
            f"{found.name}: tools/prove/rightful.py says what a rightful caller sends, and it is"
            f" answered with {answer.status} {answer.body!r:.200}",
        )
        drawn = Random(effort.seed)  # noqa: S311  # a choice of tests, no secret
        if (answer.header(b"content-type") or b"").startswith(b"image/"):
            pairs = list(product(_CONDITIONS, NASTY_HEADERS))
            for pair in drawn.sample(pairs, effort.times(len(pairs))):
                self.try_one(replace(draft, headers=(pair,)))
        ways = spoilings(self._furnished, draft, shelf)
        for _ in range(effort.times(_SPOILT_ONCE)):
            self.try_one(drawn.choice(ways).chosen(draft, drawn))
        self._spoil_often(draft, ways, effort)
        self._tally["endpoints"] += 1

    def _spoil_often(self, draft: Draft, ways: list[Spoiling], effort: Effort) -> None:
        @seed(effort.seed)
        @settings(
            max_examples=effort.times(_SPOILT_OFTEN),
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
        )
        @given(spoilt(draft, ways))
        def run(drawn: Draft) -> None:
            self.try_one(drawn)

        run()

    def try_one(self, draft: Draft) -> Answer:
        furnished = self._furnished
        sent = draft.write(furnished)
        what = f"{sent} as {draft.credential}"
        answer = furnished.ask(sent.method, sent.path, sent.query, list(sent.headers), sent.body)
        self._tally["requests"] += 1
        self._tally[f"answers {answer.status // 100}xx"] += 1
        try:
            require(not self._faults, f"{what}: {self._faults}")
            require_sound(what, answer)
            route = self._route_of(sent)
            if answer.status >= 400 and sent.method != "HEAD":
                # What is no request of HTTP's (RFC 9112 §3.2) is refused before it is any wire's.
                is_none = answer.header(b"connection") == b"close"
                realm = "web" if is_none else route.protocol.realm.name
                require_refused(what, realm, unquote(sent.path.decode("latin-1")), answer)
            if answer.status >= 400 or _is_safe(route):
                self._require_unchanged(what, answer)
            return answer
        finally:
            self._faults.clear()
            if furnished.has_committed() or furnished.files() != furnished.initial.files:
                furnished.put_back()

    def _route_of(self, sent: Sent) -> Route:
        """Where a request comes to, which an odd path or host may have changed."""
        scope = self._furnished.scope(sent.method, sent.path, sent.query, list(sent.headers))
        request = self._furnished.house.app._read_request(scope)  # noqa: SLF001  # as it is read
        return self._site.routes.match(request)

    def _require_unchanged(self, what: str, answer: Answer) -> None:
        """A refusal leaves no file and no row; a safe request no more than a thumbnail, even when
        the asked part of it does not exist."""
        furnished = self._furnished
        files = furnished.files()
        if answer.status < 400 or answer.status == 416:
            files = {
                name: size
                for name, size in files.items()
                if name in furnished.initial.files or not name.startswith("blobs/thumbnails/")
            }
        require(
            files == furnished.initial.files,
            f"{what}: answered {answer.status}, and the files are {files},"
            f" not {furnished.initial.files}",
        )
        if furnished.has_committed():
            furnished.house.settle()
            changed = furnished.changed_rows()
            require(not changed, f"{what}: answered {answer.status}, and changed {changed}")


def _is_safe(route: Route) -> bool:
    """Whether the wire has the request change nothing, whatever it is answered."""
    endpoint = route.endpoint
    if endpoint is None:
        return True
    return endpoint.guard is Forgery.SAFE and not isinstance(endpoint, CommandEndpoint)


def prove(effort: Effort) -> Tally:
    tally = Tally()
    with opened(tally) as wires:
        for endpoint in endpoint_readers():
            wires.try_endpoint(endpoint, effort)
    return tally


@contextmanager
def opened(tally: Tally) -> Iterator[Wires]:
    with furnished_house(**_SETTINGS) as furnished, faults_logged() as faults:
        yield Wires(furnished, faults, tally)


@contextmanager
def faults_logged() -> Iterator[list[str]]:
    """What the server logs as its own fault meanwhile."""
    found: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(self.format(record))

    listener = Listener(logging.ERROR)
    logger = logging.getLogger("safelight")
    logger.addHandler(listener)
    try:
        yield found
    finally:
        logger.removeHandler(listener)
