"""A sign-in that stays: when it is renewed, by whom, and what is sent once more.

Everything here is steps (`steps.py`); `auth.py` and `client.py` drive it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx2
from msgspec import Raw

from safelight.client.addresses import has_name, is_loopback, origin_of
from safelight.client.answers import find_json, is_success, refusal
from safelight.client.bodies import can_repeat
from safelight.client.errors import KeepingFailed, NotRepeated, NotTheService, means_over
from safelight.client.events import Event, Happened
from safelight.client.grant import Grant
from safelight.client.holding import Holding
from safelight.client.keeping import Kept
from safelight.client.leaks import CREDENTIALS, credentials_in, credentials_of, hush
from safelight.client.pacing import in_doubt
from safelight.client.renewing import SIGNED_OUT, Renewing
from safelight.client.sendable import is_sendable, require_sendable_grant
from safelight.client.signing import Signing
from safelight.client.steps import Discard, Read, Send, Steps, TakeTurn, send
from safelight.client.wire import Wire
from safelight.clock import Clock
from safelight.errors import (
    CsrfMismatch,
    MalformedRequest,
    PlainHttpRefused,
    SafelightError,
    Throttled,
    Unauthenticated,
    Unavailable,
)
from safelight.exchange import LogOut, SelectOrganization
from safelight.identity.ids import OrganizationId

_AHEAD = timedelta(seconds=5)
"""An access token with less left than this is renewed before it is used (LP-86)."""

EPOCH = "safelight_epoch"
"""Where a request says whose answers may serve it: the name of the sign-in that it is made with."""
OWN = "safelight_own"
"""Where it says what the caller had put on it of cookies and credentials before the session did."""

_SPENT = "The session is over, and this body cannot be sent again: repeat the call then."
_MOST_ADOPTIONS = 3

_CREDENTIALS = frozenset(name.encode() for name in CREDENTIALS)


class Session:
    """One account on one service, for any number of threads and tasks.

    Raises PlainHttpRefused for an address that would carry secrets in the clear.
    """

    def __init__(
        self,
        wire: Wire,
        holding: Holding,
        signing: Signing,
        clock: Clock,
        *,
        allow_plain_http: bool = False,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        if wire.url.scheme != "https" and not is_loopback(wire.url) and not allow_plain_http:
            raise PlainHttpRefused("The address has to begin with https://.")
        self.wire = wire
        self.holding = holding
        self.listeners: list[Callable[[Event], None]] = []
        if on_event is not None:
            self.listeners.append(on_event)
        self._signing = signing
        self._renewing = Renewing(wire, holding, signing, clock, self.tell)
        self.clock: Clock = clock
        self._origin = origin_of(wire.url)

    # --- a request ----------------------------------------------------------------------------

    def carry(self, request: httpx2.Request, *, whole: bool = False) -> Steps[httpx2.Response]:
        """Send a request as this account; the last answer to it, with `whole` its body is read.

        Raises what a sign-in raises, ExpiredCredential when the session is over and cannot be
        helped, and Throttled before the time that the service asked for. To another origin the
        request goes as it is, without any credential.
        """
        if origin_of(request.url) != self._origin:
            return (yield from _pass_on(request, whole=whole))
        if OWN not in request.extensions:  # it is when the request is sent once more
            request.extensions[OWN] = [
                pair for pair in request.headers.raw if pair[0].lower() in _CREDENTIALS
            ]
        try:
            held, trial = (yield from self._require_live(request)), _Trial()
            while True:
                assert held.grant is not None
                self.wire.write_credentials(held.grant, request)
                request.extensions[EPOCH] = held.epoch
                # Somebody else may have been told to wait while this request waited for a session.
                self.holding.quiet.heed(self.clock.now())
                response: httpx2.Response = yield Send(request, whole)
                if not whole and self.wire.wants_body(response):
                    yield Read(response)
                self.holding.quiet.note(response, self.clock)
                denial = self.wire.read_denial(response)
                if denial is None or not means_over(denial):
                    yield from self._absorb(held, response)
                if denial is None:
                    return response
                if not whole:
                    yield Read(response)  # its connection is free for what helps, whatever comes
                remedied = yield from self._remedied(held, denial, trial, request)
                if remedied is None:
                    return response
                yield Discard(response)
                held = remedied
        except SafelightError as error:
            self.hush(error, request)
            raise

    def _require_live(self, like: httpx2.Request) -> Steps[Kept]:
        held = self.holding.held
        if held.grant is None:
            held = yield from self.holding.load()
        if held.grant is None:
            return (yield from self._first(held, like))
        if not self._is_over(held.grant, _AHEAD):
            return held
        try:
            return (yield from self._renewing.replace(held, like))[0]
        except (KeepingFailed, Unavailable):
            # What keeps it from being renewed is nothing to the request while the token is good.
            if self._is_over(held.grant, timedelta(0)):
                raise
            return held

    def _first(self, held: Kept, like: httpx2.Request | None) -> Steps[Kept]:
        """A session where there is none: somebody else's, or a new one."""
        if self.holding.is_signed_out:
            raise Unauthenticated(SIGNED_OUT)
        return (yield from self._renewing.replace(held, like))[0]

    def _is_over(self, grant: Grant, ahead: timedelta) -> bool:
        return grant.expires_at is not None and grant.expires_at <= self.clock.now() + ahead

    def _absorb(self, held: Kept, response: httpx2.Response) -> Steps[None]:
        """Take in what an answer renews. It also proves that the session is good."""
        self._renewing.prove(held.id)
        if held.grant is None or self.wire.read_renewal(held.grant, response) is held.grant:
            return
        due = self.holding.amend(held.id, lambda grant: self._renewed(grant, response))
        if due:
            yield from self._renewing.keep(self.holding.keep_amended(waits=False))

    def _renewed(self, grant: Grant, response: httpx2.Response) -> Grant:
        """The same one when what the answer renews could not be sent."""
        renewed = self.wire.read_renewal(grant, response)
        return renewed if renewed is grant or is_sendable(renewed) else grant

    def _remedied(
        self, held: Kept, denial: SafelightError, trial: _Trial, request: httpx2.Request
    ) -> Steps[Kept | None]:
        try:
            return (yield from self._remedy(held, denial, trial, request))
        except Throttled as error:
            # Whoever waits and sends it once more would send what is spent.
            _require_repeatable(request, f"{error.message} {_SPENT}")
            raise

    def _remedy(
        self, held: Kept, denial: SafelightError, trial: _Trial, request: httpx2.Request
    ) -> Steps[Kept | None]:
        """What to send the request with once more; None when the answer is the caller's.

        401 and 419 prove that nothing happened, so a write is repeated after them, too.
        """
        if isinstance(denial, CsrfMismatch) and not trial.has_csrf:
            trial.has_csrf = True
            try:
                renewed = yield from self._renewing.renew_csrf(held, request)
                _require_repeatable(request)
                return self._require_held(renewed)
            except Unauthenticated as over:
                denial = over
        if not means_over(denial):
            return None
        if trial.has_signed_in or trial.adoptions == _MOST_ADOPTIONS:
            raise denial
        self._require_held(self.holding.held)
        newer, is_own = yield from self._renewing.replace(held, request, because=denial)
        trial.has_signed_in = is_own
        trial.adoptions += not is_own
        _require_repeatable(request)
        return newer

    def _require_held(self, held: Kept) -> Kept:
        """A request under way does not undo a sign-out beside it."""
        if self.holding.is_signed_out or held.grant is None:
            raise Unauthenticated(SIGNED_OUT)
        return held

    # --- at the caller's wish -----------------------------------------------------------------

    def sign_in(self, *, force: bool = False) -> Steps[Kept]:
        """A live session: the kept one when it still is, unless `force`. Raises what a sign-in
        raises."""
        held = yield from self.holding.load()
        if held.grant is not None and not force and (yield from self.is_live()):
            return self.holding.held
        with self.holding.turn.claim() as claim:
            yield TakeTurn(claim)
            newest = yield from self.holding.newest()
            if newest.id != held.id and newest.grant is not None and not force:
                self.holding.hold(newest)
            else:
                newest = yield from self._renewing.sign_in(newest, None, again=False)
            self.holding.is_signed_out = False
            return newest

    def ready(self) -> Steps[Grant]:
        """A grant, after a sign-in if there is none; whether it still counts, its use will tell."""
        held = yield from self.holding.load()
        if held.grant is None:
            held = yield from self._first(held, None)
        assert held.grant is not None
        return held.grant

    def adopt(self, grant: Grant) -> Steps[Kept]:
        """Hold a grant that came from elsewhere, such as a token of the caller's. Raises
        ConfigurationError for one that cannot be sent."""
        require_sendable_grant(grant)
        with self.holding.turn.claim() as claim:
            yield TakeTurn(claim)
            newest = yield from self.holding.newest()
            self.holding.is_signed_out = False
            return (yield from self._renewing.hold(grant, newest, Happened.SIGNED_IN))

    def is_live(self) -> Steps[bool]:
        """Whether the held session goes on, renewed if it has to be; nobody signs in for this.
        Raises Unavailable and NotTheService when the service does not tell."""
        held = yield from self.holding.load()
        if held.grant is None:
            return False
        if self._is_over(held.grant, timedelta(0)):
            return (yield from self._renewing.prolong(held))
        request = self.wire.liveness(held.grant)
        self.wire.write_credentials(held.grant, request)
        self.holding.quiet.heed(self.clock.now())
        response = yield from send(request, whole=True)
        self.holding.quiet.note(response, self.clock)
        denial = self.wire.read_denial(response)
        if denial is None:
            if not is_success(response) or find_json(response, Raw) is None:
                raise refusal(response) if response.is_redirect else NotTheService
            yield from self._absorb(held, response)
            return True
        if means_over(denial):
            return (yield from self._renewing.prolong(held))
        raise denial

    def sign_out(self) -> Steps[None]:
        """End the session at the service, then here. An outage ends nothing: it is raised."""
        with self.holding.turn.claim() as claim:
            yield TakeTurn(claim)
            is_private = self.holding.is_private
            ours = self.holding.held if is_private else (yield from self.holding.newest())
            if ours.grant is not None:
                yield from self._end(ours.grant)
            yield from self._drop(ours)

    def _end(self, grant: Grant) -> Steps[None]:
        try:
            command = LogOut(refresh_token=grant.refresh_token)
            yield from self._signing.carry_out(command, grant, None)
        except Unauthenticated as error:
            if not means_over(error):
                raise
            # It was over already.

    def forget(self) -> Steps[None]:
        """Drop what is held and kept here, without a word to the service."""
        with self.holding.turn.claim() as claim:
            yield TakeTurn(claim)
            yield from self._drop(self.holding.held)

    def abandon(self) -> Steps[None]:
        """End the held session at the service, and hold what is kept instead: for a sign-in that
        could not be kept. An outage is raised, once the kept one is held again."""
        with self.holding.turn.claim() as claim:
            yield TakeTurn(claim)
            grant = self.holding.held.grant
            yield from self.holding.return_to_kept()
            if grant is not None:
                yield from self._end(grant)

    def settle(self) -> Steps[None]:
        """Write down what the answers renewed last, at the end of a run. Who renews or signs in
        beside it comes to an end first."""
        yield from self._renewing.keep(self._await_others())
        yield from self._renewing.keep(self.holding.keep_amended(waits=True))

    def _await_others(self) -> Steps[None]:
        with self.holding.turn.claim() as claim:
            if self.holding.turn.is_taken:
                yield TakeTurn(claim)

    def _drop(self, kept: Kept) -> Steps[None]:
        yield from self.holding.drop()
        self._renewing.tell(Happened.SIGNED_OUT, kept)

    def select_organization(self, id: str | None) -> Steps[Kept]:
        """Act for an organization from now on, or for the account alone."""
        yield from self.sign_in()
        with self.holding.turn.claim() as claim:
            yield TakeTurn(claim)
            held = self.holding.held
            if held.grant is None:
                raise Unauthenticated(SIGNED_OUT)
            if id is None:
                command = SelectOrganization(organization_id=None)
                grant = yield from self._signing.perform(command, held.grant, None)
            else:
                grant = yield from self._signing.select(OrganizationId(id), held.grant, None)
            return (yield from self._renewing.hold(grant, held, Happened.ORGANIZATION))

    def denial_of(self, response: httpx2.Response) -> SafelightError | None:
        """The error that an answer stands for; None for a success."""
        denial = in_doubt(self.wire.read_denial(response), response.request, response)
        if denial is not None:
            self.hush(denial, response.request)
        return denial

    def hush(self, error: SafelightError, request: httpx2.Request) -> None:
        """Take what signs in out of what an error says: that of a request, and that which is
        held."""
        grant = self.holding.held.grant
        known = credentials_of(grant) | credentials_in(request.headers.multi_items())
        if grant is not None:  # an answer from elsewhere may repeat what its request had no more
            signed = httpx2.Request("GET", self.wire.url)
            self.wire.write_credentials(grant, signed)
            known |= credentials_in(signed.headers.multi_items())
        hush(error, known)

    def tell(self, event: Event) -> None:
        for listener in self.listeners:
            listener(event)


def _pass_on(request: httpx2.Request, *, whole: bool) -> Steps[httpx2.Response]:
    """As it is. Raises MalformedRequest for a host that no name service can be asked for."""
    if not has_name(request.url):
        raise MalformedRequest(f"{request.url.host} cannot be the name of a host.")
    return (yield from send(request, whole=whole))


def _require_repeatable(request: httpx2.Request, otherwise: str = "") -> None:
    if not can_repeat(request):
        raise NotRepeated(otherwise or None) from None


class _Trial:
    """What was tried for one request: each remedy helps once."""

    def __init__(self) -> None:
        self.has_csrf = False
        self.has_signed_in = False
        self.adoptions = 0
