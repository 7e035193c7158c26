"""What goes wrong in the soak (`soak.py`): drawn for each call, and counted."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.client.services import Service

from safelight.testing.faults import CREDENTIAL_HEADERS, Answer, Without
from safelight.testing.services import PhotoServices
from tools.prove.proof import Tally

_CHANCE = 0.3
"""Of a call that something goes wrong with."""
_REFUSED_CHANCE = 0.05
_END_CHANCE = 0.2
"""Of a session that ends among what goes wrong."""
_LATE_CHANCE = 0.01
"""Of an answer that comes too late: each is really waited for."""
_MOST_AT_ONCE = 3
"""How much goes wrong with one call; the client tries more often."""
LONGEST_ASKED = 600
"""Seconds: more than the client waits."""
_PAUSES = (0, 1, 7, 60, 119, LONGEST_ASKED)
_LITTLE = 40.0
_MUCH = 3600.0


class Trouble:
    """`turn` moves the clock of both sides on; what is late comes after `late` true seconds."""

    def __init__(
        self,
        services: PhotoServices,
        service: Service,
        drawn: Random,
        *,
        write_path: str,
        turn: Callable[[float], None],
        late: float,
    ) -> None:
        self.tally: Tally = Tally()
        self._services = services
        self._way = services.way
        self._service = service
        self._drawn = drawn
        self._write_path = write_path
        self._turn = turn
        self._late = late
        self._ahead = 0.0
        self._ends = 0
        self._has_cookies = service.name in ("studio", "galleries", "photoshelter-cookie")
        self._has_csrf = service.name == "studio"

    def order(self, *, writes: bool) -> None:
        """For the next call, unless something is still waiting for one."""
        drawn = self._drawn
        if self._way.waiting or drawn.random() >= _CHANCE:
            return
        if drawn.random() < _LATE_CHANCE:
            self.tally["timeouts"] += 1
            self._way.delay(self._late, after=drawn.random() < 0.5)
            return
        if drawn.random() < _REFUSED_CHANCE:
            # Alone: where the sign-in fails then, the session before may still do.
            self._refuse(writes)
            return
        if drawn.random() < _END_CHANCE:
            drawn.choice((self._expire, self._idle, self._set_far))()
        if self._has_csrf and writes and drawn.random() < 0.2:
            self.tally["419"] += 1  # once a call: after a second one the token is not at fault
            self._way.refuse_csrf()
        for _ in range(drawn.randint(1, _MOST_AT_ONCE)):
            drawn.choice(self._choices())()

    def sign_ins_allowed(self) -> int:
        """One to begin with, one for each end of a session, and one for each that may have been in
        vain: its request failed, or the one after it that binds it to an organization."""
        paths = (self._service.sign_in, "/authenticate")
        vain = sum(seen.method == "POST" and seen.path.endswith(paths) for seen in self._way.spoilt)
        return 1 + self._ends + vain

    # --- the session --------------------------------------------------------------------------

    def _refuse(self, writes: bool) -> None:
        """A 401 though the session lives."""
        self._end("401")
        method, path = ("POST", self._write_path) if writes else ("GET", self._service.path)
        self._way.order(method, path, Without(CREDENTIAL_HEADERS))

    def _expire(self) -> None:
        self._end("sessions ended")
        self._services.expire_sessions()

    def _idle(self) -> None:
        self._end("idle limits passed")
        self._turn(self._service.over)

    def _set_far(self) -> None:
        self.tally["clocks set far off"] += 1
        self._ends += self._service.over <= 4 * _MUCH  # so long nobody is there
        self._set_clock(self._drawn.uniform(-_MUCH, _MUCH), most=_MUCH)

    def _end(self, what: str) -> None:
        self._ends += 1
        self.tally[what] += 1

    def _set_clock(self, ahead: float, *, most: float) -> None:
        """Time passes first, so that the server's clock is never set back: whoever ends all
        sessions "later" than now, keeps everybody out until then."""
        self._turn(2 * most + max(self._ahead - ahead, 0))
        self._services.clock.skew(ahead)
        self._ahead = ahead

    # --- the way ------------------------------------------------------------------------------

    def _choices(self) -> list[Callable[[], None]]:
        found = [self._limit, self._limit, self._limit_by_date, self._limit_without, self._busy]
        found += [self._fail, self._fail_after, self._truncate, self._reset, self._set_near]
        if self._has_cookies:
            found.append(self._rotate)
        return found

    def _limit(self) -> None:
        self.tally["429 with seconds"] += 1
        self._way.limit_rate(self._drawn.choice(_PAUSES))

    def _limit_by_date(self) -> None:
        self.tally["429 with a date"] += 1
        self._way.limit_rate(self._drawn.randint(0, 110), as_date=True)

    def _limit_without(self) -> None:
        self.tally["429 without a time"] += 1
        self._way.limit_rate()

    def _busy(self) -> None:
        self.tally["503 with seconds"] += 1
        self._way.order("*", "", Answer(503, {"retry-after": str(self._drawn.randint(0, 60))}))

    def _fail(self) -> None:
        self.tally["502"] += 1
        self._way.fail()

    def _fail_after(self) -> None:
        self.tally["504 after the work"] += 1
        self._way.fail(504, after=True)

    def _truncate(self) -> None:
        self.tally["answers cut off"] += 1
        self._way.truncate()

    def _reset(self) -> None:
        self.tally["connections reset"] += 1
        self._way.reset(after=self._drawn.random() < 0.5)

    def _rotate(self) -> None:
        self.tally["cookies rotated"] += 1
        self._way.rotate_cookies()

    def _set_near(self) -> None:
        """Nobody's session is over for that."""
        self.tally["clocks set"] += 1
        near = self._drawn.uniform(-_LITTLE, _LITTLE)
        self._set_clock(max(-_MUCH, min(self._ahead + near, _MUCH)), most=_LITTLE)
