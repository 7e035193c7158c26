"""Getting a grant: by renewal, by password, and bound to the organization again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import httpx2
import msgspec

from safelight.client import refusals
from safelight.client.answers import date_of
from safelight.client.errors import NotTheService, OrganizationUnclear, means_over
from safelight.client.grant import ONLY, Credentials, Grant
from safelight.client.keeping import Kept, Refused
from safelight.client.leaks import credentials_in, credentials_of, hush
from safelight.client.quiet import Quiet
from safelight.client.sendable import is_sendable, require_sendable
from safelight.client.steps import Steps, run, send
from safelight.client.wire import Flow, Wire
from safelight.clock import Clock
from safelight.errors import (
    ExpiredCredential,
    MethodNotAllowed,
    NotFound,
    SafelightError,
    Unauthenticated,
)
from safelight.exchange import Command, Ended, LogIn, LogOut, Renew, SelectOrganization
from safelight.identity.ids import OrganizationId
from safelight.identity.realm import Carrier
from safelight.secret import Secret

CredentialSource = Callable[[], Credentials | None]


class Signing:
    """`organization` is bound after the first sign-in, later ones bind what was bound. Nothing is
    begun before `quiet` is over."""

    def __init__(
        self,
        wire: Wire,
        credentials: CredentialSource,
        clock: Clock,
        carrier: Carrier,
        organization: str | None,
        quiet: Quiet,
    ) -> None:
        self._wire = wire
        self._credentials = credentials
        self._clock = clock
        self._carrier = carrier
        self._organization = organization
        self._quiet = quiet
        self._refusals = refusals.Refusals()

    def renew(
        self, command: Renew, grant: Grant | None, like: httpx2.Request | None
    ) -> Steps[Grant | None]:
        """The session prolonged without the password; None when it is over."""
        try:
            return (yield from self.perform(command, grant, like))
        except Unauthenticated as error:
            if not means_over(error):
                raise
            return None

    def sign_in(self, before: Kept, like: httpx2.Request | None, *, again: bool) -> Steps[Grant]:
        """A new session by the password. With `again` it is nobody's express wish, so what was
        refused before is not sent: the error of then is raised. `before` is what is kept."""
        credentials = yield from run(self._credentials)
        if credentials is None:
            if before.grant is None:
                raise Unauthenticated("Nobody is signed in. Sign in first.")
            raise ExpiredCredential("The session is over. Sign in again.")
        require_sendable(credentials)
        yield from self._heed(before.refused, credentials, again)
        # What the session before was bound to, else what was asked for at the beginning (PS-67).
        wanted = before.grant.organization_id if before.grant is not None else self._organization
        try:
            command = LogIn(
                identifier=credentials.identifier,
                password=credentials.password,
                carrier=self._carrier,
                organization_id=OrganizationId(wanted) if wanted else None,
            )
            grant = yield from self._log_in(command, before.grant, like)
            if not wanted or wanted == grant.organization_id:
                return grant
            return (yield from self.select(wanted, grant, like))
        except SafelightError as error:
            self._refusals.remember(credentials, error, self._clock.now())
            raise

    def _log_in(
        self, command: LogIn, before: Grant | None, like: httpx2.Request | None
    ) -> Steps[Grant]:
        """Raises NotTheService where there is no sign-in: whatever answers there is something else,
        or what is wanted is below or above it."""
        try:
            return (yield from self.perform(command, before, like))
        except (NotFound, MethodNotAllowed):
            raise NotTheService(
                f"There is no sign-in of this service at {self._wire.url}. Check the address."
            ) from None

    def refused(self) -> Steps[Refused | None]:
        """The mark of a password that was refused, for other processes; None if it was not."""
        credentials = self._refusals.refused_password
        if credentials is None:
            return None
        return (yield from run(lambda: refusals.mark(credentials)))

    def _heed(self, refused: Refused | None, credentials: Credentials, again: bool) -> Steps[None]:
        if not again:
            self._refusals.forget()
        self._refusals.heed(credentials, self._clock.now())
        if again and refused is not None:
            yield from run(lambda: refusals.heed_mark(refused, credentials))

    def select(self, organization: str, grant: Grant, like: httpx2.Request | None) -> Steps[Grant]:
        """The grant, bound to an organization; to none of several that nobody named (PS-66)."""
        if organization == ONLY:
            organization = _sole(grant)
        command = SelectOrganization(organization_id=OrganizationId(organization))
        return (yield from self.perform(command, grant, like))

    # --- flows --------------------------------------------------------------------------------

    def perform(
        self, command: Command, grant: Grant | None, like: httpx2.Request | None
    ) -> Steps[Grant]:
        outcome = yield from self.carry_out(command, grant, like)
        return cast(Grant, outcome)

    def carry_out(
        self, command: Command, grant: Grant | None, like: httpx2.Request | None
    ) -> Steps[Grant | Ended]:
        """Carry out a command. What it has of secrets is not in what it raises."""
        try:
            return (yield from self.run(self._wire.perform(command, grant), like))
        except SafelightError as error:
            hush(error, credentials_of(grant), _spoken(command))
            raise

    def run(self, flow: Flow, like: httpx2.Request | None) -> Steps[Grant | Ended]:
        """Send what a flow asks for, dressed as the caller's own request is.

        Raises Throttled before the time that the service asked for: whoever had the turn before may
        have been told to wait.
        """
        self._quiet.heed(self._clock.now())
        request = next(flow)
        while True:
            _dress(request, like)
            response = yield from send(request, whole=True)
            self._quiet.note(response, self._clock)
            # A caller's client that follows redirects has left the answer behind.
            own = next((each for each in response.history if each.request is request), response)
            try:
                request = flow.send(own)
            except StopIteration as done:
                outcome: Grant | Ended = done.value
                return self._examined(outcome, own) if isinstance(outcome, Grant) else outcome
            except SafelightError as error:
                hush(error, credentials_in(own.request.headers.multi_items()))
                raise

    def _examined(self, grant: Grant, response: httpx2.Response) -> Grant:
        """Raises NotTheService for a token that no request could carry."""
        if not is_sendable(grant):
            raise NotTheService("The service gave a token that cannot be sent. Check the address.")
        return self._set_clock(grant, response)

    def _set_clock(self, grant: Grant, response: httpx2.Response) -> Grant:
        """`expires_at` by this machine's clock, whatever the service's is. None when both cannot
        be made to agree: the service will say when the token is over."""
        if grant.expires_at is None:
            return grant
        now = self._clock.now()
        told = date_of(response)
        expires_at = grant.expires_at - (told - now if told is not None else timedelta(0))
        return msgspec.structs.replace(grant, expires_at=expires_at if expires_at > now else None)


def _spoken(command: Command) -> list[Secret]:
    """What a command sends in a body."""
    match command:
        case LogIn(password=Secret() as secret):
            return [secret]
        case Renew(refresh_token=Secret() as secret):
            return [secret]
        case LogOut(refresh_token=Secret() as secret):
            return [secret]
        case _:
            return []


def _sole(grant: Grant) -> str:
    offers = grant.organizations
    if len(offers) == 1:
        return offers[0].id
    if not offers:
        raise OrganizationUnclear("The account belongs to no organization.")
    listed = ", ".join(f"{each.id} ({each.name})" for each in offers)
    raise OrganizationUnclear(f"The account belongs to several organizations: {listed}.")


def _dress(request: httpx2.Request, like: httpx2.Request | None) -> None:
    """The caller's time limits, and the caller's name."""
    if like is None:
        return
    if "timeout" in like.extensions:
        request.extensions.setdefault("timeout", like.extensions["timeout"])
    if "user-agent" in like.headers:
        request.headers.setdefault("user-agent", like.headers["user-agent"])
