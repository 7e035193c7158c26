"""Getting a session in the place of one that is over: by one for all who wait. Steps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import httpx2
from msgspec.structs import replace

from safelight.client.errors import KeepingFailed
from safelight.client.events import Event, Happened
from safelight.client.grant import Grant
from safelight.client.holding import Holding
from safelight.client.keeping import Kept
from safelight.client.signing import Signing
from safelight.client.steps import Steps, finish, take
from safelight.client.wire import Wire
from safelight.clock import Clock
from safelight.errors import Reason, SafelightError, Unauthenticated, Unavailable
from safelight.exchange import Renew

SIGNED_OUT = "Signed out. Sign in again first."

_MOST_UNPROVEN = 3
_UNPROVEN_PAUSE = timedelta(seconds=60)
"""When three sessions in a row were refused at their first use, something else is wrong, and a
fourth waits so long."""


class Renewing:
    """Whoever has the turn renews, or signs in; whoever waited for it takes what is there then."""

    def __init__(
        self,
        wire: Wire,
        holding: Holding,
        signing: Signing,
        clock: Clock,
        tell: Callable[[Event], None],
    ) -> None:
        self._wire = wire
        self._holding = holding
        self._signing = signing
        self._clock = clock
        self._tell = tell
        self._unproven_id = ""
        self._unproven = 0
        self._unkept_id = ""

    def replace(
        self, stale: Kept, like: httpx2.Request | None, *, because: SafelightError | None = None
    ) -> Steps[tuple[Kept, bool]]:
        """A session in the place of `stale`, and whether it was got here. One that somebody else
        has got meanwhile is never thrown away for another."""
        with self._holding.turn.claim() as claim:
            if not (yield from take(claim, partial(self._is_replaced, stale))):
                return self._adopt(self._holding.held), False
            if self._holding.is_signed_out:  # while we waited
                raise Unauthenticated(SIGNED_OUT)
            newest = yield from self._holding.newest()
            if _supersedes(newest, stale):
                return self._adopt(newest), False
            self._admit_another(stale, because)
            renewed = yield from self._renew(newest, like)
            if renewed is None:
                renewed = yield from self.sign_in(newest, like, again=True)
            return renewed, True

    def prolong(self, stale: Kept) -> Steps[bool]:
        """Whether there is a session in the place of `stale` without anybody's password."""
        with self._holding.turn.claim() as claim:
            if not (yield from take(claim, partial(self._is_replaced, stale))):
                return True
            newest = yield from self._holding.newest()
            if _supersedes(newest, stale):
                self._adopt(newest)
                return True
            return (yield from self._renew(newest, None)) is not None

    def renew_csrf(self, held: Kept, like: httpx2.Request) -> Steps[Kept]:
        """The held session with a CSRF token fetched anew, by one for all. Raises Unauthenticated
        when it turns out that the session itself is over."""
        with self._holding.turn.claim() as claim:
            if not (yield from take(claim, partial(self._has_other_csrf, held))):
                return self._holding.held
            now = self._holding.held
            if now.grant is None or self._has_other_csrf(held):
                return now
            base = now.grant
            renewed = yield from self._signing.run(self._wire.refresh_csrf(base), like)
            assert isinstance(renewed, Grant)
            fresh = renewed
            self._holding.amend(
                now.id,
                # A cookie that moved meanwhile is newer than the one that went with this.
                lambda grant: (
                    fresh if grant is base else replace(grant, csrf_token=fresh.csrf_token)
                ),
            )
            self.tell(Happened.CSRF_RENEWED, now)
            return self._holding.held

    def _has_other_csrf(self, used: Kept) -> bool:
        """A cookie that moved is no new CSRF token."""
        now = self._holding.held
        if now.id != used.id or now.grant is None or used.grant is None:
            return True
        return now.grant.csrf_token != used.grant.csrf_token

    def _is_replaced(self, stale: Kept) -> bool:
        return _supersedes(self._holding.held, stale)

    # --- with the turn ------------------------------------------------------------------------

    def sign_in(self, before: Kept, like: httpx2.Request | None, *, again: bool) -> Steps[Kept]:
        """By password. `again`: it is nobody's express wish."""
        try:
            grant = yield from self._signing.sign_in(before, like, again=again)
        except SafelightError as error:
            self.tell(Happened.REFUSED, before, error.message)
            if error.reason is Reason.BAD_PASSWORD:
                refused = yield from self._signing.refused()
                if refused is not None:
                    yield from self.keep(self._holding.mark_refused(before, refused))
            raise
        return (yield from self.hold(grant, before, Happened.SIGNED_IN))

    def hold(self, grant: Grant, before: Kept, what: Happened) -> Steps[Kept]:
        renews = what is Happened.RENEWED
        yield from self.keep(self._holding.replace(grant, before, renews=renews))
        made = self._holding.held
        self._unproven_id, self._unproven = made.id, self._unproven + 1
        self.tell(what, made)
        return made

    def _renew(self, newest: Kept, like: httpx2.Request | None) -> Steps[Kept | None]:
        command = self._wire.renewal(newest.grant) if newest.grant is not None else None
        if command is None:
            return None
        yield from self._holding.require_room(newest)
        return (yield from finish(self._spend(command, newest, like)))

    def _spend(
        self, command: Renew, newest: Kept, like: httpx2.Request | None
    ) -> Steps[Kept | None]:
        grant = yield from self._signing.renew(command, newest.grant, like)
        if grant is None:
            return None
        return (yield from self.hold(grant, newest, Happened.RENEWED))

    def _adopt(self, newest: Kept) -> Kept:
        held = self._holding.held
        if newest.id != held.id or newest.age > held.age:
            self._holding.hold(newest)
        self.tell(Happened.ADOPTED, newest)
        return newest

    # --- the breaker --------------------------------------------------------------------------

    def prove(self, id: str) -> None:
        """The session that `id` names was taken by the service."""
        if id == self._unproven_id:
            self._unproven_id, self._unproven = "", 0

    def _admit_another(self, stale: Kept, because: SafelightError | None) -> None:
        """Raises `because` when session after session was refused at its first use."""
        if because is None or stale.id != self._unproven_id or self._unproven < _MOST_UNPROVEN:
            return
        if self._clock.now() < stale.renewed_at + _UNPROVEN_PAUSE:
            raise because

    # --- besides ------------------------------------------------------------------------------

    def keep(self, keeping: Steps[object]) -> Steps[None]:
        """What cannot be written down now (a full disk, somebody else's turn without end) is good
        here all the same. It is told once of each session."""
        try:
            yield from keeping
        except (KeepingFailed, Unavailable) as error:
            held = self._holding.held
            if held.id != self._unkept_id:
                self._unkept_id = held.id
                self.tell(Happened.NOT_KEPT, held, error.message)

    def tell(self, what: Happened, kept: Kept, detail: str = "") -> None:
        self._tell(
            Event(what=what, service=self._wire.service, generation=kept.generation, detail=detail)
        )


def _supersedes(newest: Kept, stale: Kept) -> bool:
    """Whether somebody else got a session meanwhile, or a newer cookie of the same."""
    return newest.grant is not None and (newest.id != stale.id or newest.age > stale.age)
