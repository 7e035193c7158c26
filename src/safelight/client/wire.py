"""What each protocol's client half is: meaning to requests, answers to meaning. Pure."""

from __future__ import annotations

from collections.abc import Generator
from datetime import timedelta
from typing import Protocol

import httpx2

from safelight.client.grant import Grant
from safelight.errors import SafelightError
from safelight.exchange import Command, Ended, Renew

Flow = Generator[httpx2.Request, httpx2.Response, Grant | Ended]
"""Yields requests without credentials of the driver's; it is sent answers whose body is read."""


class Wire(Protocol):
    """No method sends, waits, or asks for the time."""

    @property
    def service(self) -> str:
        """The service's name in profiles and messages, such as `photoshelter`."""
        ...

    @property
    def url(self) -> httpx2.URL:
        """What paths are below. Credentials go to this origin alone."""
        ...

    @property
    def idle(self) -> timedelta:
        """How long a session may go unused, as far as anybody knows."""
        ...

    def perform(self, command: Command, grant: Grant | None) -> Flow:
        """Carry out a command. Raises the most exact error when it is refused, Unsupported when the
        wire has no such thing."""
        ...

    def write_credentials(self, grant: Grant, request: httpx2.Request) -> None:
        """Put the grant's credentials on a request, in the place of those that it has."""
        ...

    def wants_body(self, response: httpx2.Response) -> bool:
        """Whether `read_denial` has to see the body."""
        ...

    def read_denial(self, response: httpx2.Response) -> SafelightError | None:
        """The error that the answer stands for, if it is one. ExpiredCredential and its like say
        that the session is over, CsrfMismatch that the CSRF token is."""
        ...

    def read_renewal(self, grant: Grant, response: httpx2.Response) -> Grant:
        """The grant with what the answer renews; the same object when that is nothing."""
        ...

    def renewal(self, grant: Grant) -> Renew | None:
        """How a session that is over may live on without the password; None where it cannot."""
        ...

    def refresh_csrf(self, grant: Grant) -> Flow:
        """Fetch a CSRF token anew; Unsupported where there is none."""
        ...

    def liveness(self, grant: Grant) -> httpx2.Request:
        """The cheapest documented call that needs a session and keeps it alive."""
        ...
