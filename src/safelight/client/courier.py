"""One request to its answer, over pauses, failures and redirects. Steps (`steps.py`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar

import httpx2

from safelight.client import redirects
from safelight.client.addresses import same_origin
from safelight.client.answers import require_own
from safelight.client.bodies import can_repeat
from safelight.client.errors import Unanswered, Unreachable, UnsafeRedirect
from safelight.client.pacing import SAFE_METHODS, Pace, in_doubt
from safelight.client.steps import FAILURES, Discard, Failure, Pause, Send, Steps
from safelight.client.wire import Wire
from safelight.errors import MalformedRequest, SafelightError, Throttled, Unavailable

Value = TypeVar("Value")


class Carry(Protocol):
    def __call__(self, request: httpx2.Request, *, whole: bool) -> Steps[httpx2.Response]: ...


_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)
"""Failures before the first byte went out."""


class Courier:
    """`carry` sends a request once, as whoever is signed in. `on_pause` is told of every pause.
    Redirects stay in the origin of `within`, if that is given."""

    def __init__(
        self,
        carry: Carry,
        pace: Pace,
        on_pause: Callable[[timedelta], None],
        within: httpx2.URL | None = None,
    ) -> None:
        self._carry = carry
        self._pace = pace
        self._on_pause = on_pause
        self._within = within

    def deliver(self, request: httpx2.Request, *, whole: bool) -> Steps[httpx2.Response]:
        """The answer to a request, whatever its status; with `whole` its body is read.

        Raises what a sign-in raises, Unreachable, Unavailable, Throttled, UnsafeRedirect, and
        Unanswered for a write of which nobody knows whether it happened.
        """
        for _ in range(redirects.MOST_HOPS):
            response = yield from self._send(request, whole)
            try:
                following = redirects.follow(request, response)
            except UnsafeRedirect:
                yield Discard(response)
                raise
            if following is None:
                return response
            yield Discard(response)
            if self._within is not None and not same_origin(following.url, self._within):
                raise UnsafeRedirect(f"The service redirects to {following.url.host}.")
            request = following
        raise UnsafeRedirect("The service redirects without end.")

    def call(self, steps: Steps[Value], wire: Wire) -> Steps[Value]:
        """A typed call, whose requests are delivered; a refusal is thrown into it as its error."""
        answer: object = None
        failure: SafelightError | None = None
        while True:
            try:
                step = steps.send(answer) if failure is None else steps.throw(failure)
            except StopIteration as done:
                result: Value = done.value
                return result
            answer = failure = None
            if not isinstance(step, Send):
                answer = yield step
                continue
            try:
                response = yield from self.deliver(step.request, whole=True)
                denial = wire.read_denial(response)
                if denial is None:
                    require_own(response)
                answer, failure = response, in_doubt(denial, step.request, response)
            except SafelightError as error:
                failure = error

    def explained(self, steps: Steps[Value]) -> Steps[Value]:
        """Other steps, in their time, whose failures to send are told in our own words."""
        yield from self._wait(self._pace.pause_before())
        try:
            return (yield from steps)
        except FAILURES as error:
            request = _failed(error)
            if request is None:
                raise Unavailable(f"The service did not answer: {_words(error)}.") from None
            raise explain(error, request) from None

    def patiently(self, make: Callable[[], Steps[Value]]) -> Steps[Value]:
        """Steps that can be repeated without harm, such as a sign-in, over pauses and failures."""
        failures = 0
        while True:
            failures += 1
            try:
                return (yield from self.explained(make()))
            except (Unavailable, Throttled) as error:
                yield from self._wait(self._pause_after(None, error, failures))

    def pause_after(self, failures: int) -> float:
        """Seconds, for whoever tries again by itself."""
        return self._pace.back_off(failures).total_seconds()

    def _send(self, request: httpx2.Request, whole: bool) -> Steps[httpx2.Response]:
        failures = 0
        while True:
            pause = self._pace.pause_before()
            if pause:
                yield from self._wait(pause)
            failures += 1
            try:
                response = yield from self._carry(request, whole=whole)
            except (*FAILURES, Unavailable, Throttled) as error:
                yield from self._wait(self._pause_after(request, error, failures))
                continue
            wanted = self._pace.pause_after(request, response, failures)
            if wanted is None:
                return response
            yield Discard(response)
            yield from self._wait(wanted)

    def _wait(self, pause: timedelta) -> Steps[None]:
        if pause > timedelta(0):
            self._on_pause(pause)
            yield Pause(pause.total_seconds())

    def _pause_after(
        self, request: httpx2.Request | None, error: Exception, failures: int
    ) -> timedelta:
        """How long to wait before another try; raises, in our own words, when there is none. No
        `request`: nothing but a sign-in failed."""
        if isinstance(error, Throttled):  # the sign-in was
            self._pace.hold_back(error.retry_after)
            if error.retry_after <= self._pace.patience.most and failures < self._tries:
                return max(error.retry_after, self._pace.back_off(failures))
            raise error
        if failures < self._tries and (request is None or _is_harmless(request, error)):
            return self._pace.back_off(failures)
        if request is None or isinstance(error, SafelightError):
            raise error
        assert isinstance(error, FAILURES)
        raise explain(error, request) from None

    @property
    def _tries(self) -> int:
        return self._pace.patience.tries


def explain(error: Failure, request: httpx2.Request) -> SafelightError:
    """httpx2's error in our own words. They name the origin, never the query. The error, which is
    their context, has the request no more: a tool that looks into errors would show its headers."""
    told = _explained(error, request)
    if _failed(error) is not None:
        error.request = httpx2.Request(request.method, request.url.copy_with(query=None))
    return told


def _explained(error: Failure, request: httpx2.Request) -> SafelightError:
    place = f"{request.url.scheme}://{request.url.netloc.decode('ascii')}"
    if isinstance(error, _NOT_SENT):
        return Unreachable(f"{place} cannot be reached: {_words(error)}. {_advice(error)}")
    if isinstance(error, httpx2.LocalProtocolError):
        return MalformedRequest(
            "The request cannot be sent: its headers, or the length of its body, are not what HTTP "
            "allows. Look for the end of a line in what was given."
        )
    if _failed(error) is request and request.method not in SAFE_METHODS:
        return Unanswered()
    return Unavailable(f"{place} did not answer: {_words(error)}.")


def _is_harmless(request: httpx2.Request, error: Exception) -> bool:
    """Whether it is certain that the request changed nothing, or that twice is as good as once."""
    if isinstance(error, httpx2.LocalProtocolError):
        return False
    if request.method in SAFE_METHODS:
        return True
    if not can_repeat(request):
        return False
    # What failed may have been the sign-in: then the request was refused, or never sent.
    if isinstance(error, (*_NOT_SENT, Unavailable)):
        return True
    return isinstance(error, FAILURES) and _failed(error) is not request


def _failed(error: Failure) -> httpx2.Request | None:
    try:
        return error.request
    except RuntimeError:
        return None


def _advice(error: Failure) -> str:
    """What to do about a connection that did not come about."""
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            "Check the address. If its certificate is by an authority of your own, name that one's "
            "file in SSL_CERT_FILE."
        )
    if "[SSL" in text:
        return "Check the address: HTTPS is not what is spoken there."
    return "Check the address and the network."


def _words(error: Failure) -> str:
    """The library's own, but for those that may quote what was sent, or what came."""
    if isinstance(error, httpx2.DecodingError):
        return "what came cannot be unpacked"
    if isinstance(error, httpx2.ProtocolError):
        return "what was said is not HTTP, or it broke off"
    text = str(error).strip().rstrip(".")
    if text:
        return text[:200]
    return "no answer in time" if isinstance(error, httpx2.TimeoutException) else "it broke off"
