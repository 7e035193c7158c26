"""How many requests a caller may send: the limit behind `throttle.requests_per_minute`."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta

from safelight.authentication.recognition import Recognition
from safelight.errors import Quota, Throttled
from safelight.server.http import Allowance

_MINUTE = timedelta(minutes=1)
_MOST_CALLERS = 100_000


class RequestRate:
    """At most `per_minute` requests within a minute that begins with a caller's first one; 0 sets
    no limit. Counted in this process alone: each worker has a count of its own.
    """

    def __init__(self, per_minute: int) -> None:
        self._limit = per_minute
        self._quota = Quota("requests", per_minute, _MINUTE)
        self._minutes: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        """When each caller's minute began, oldest first, and its requests since."""

    def admit(self, recognition: Recognition, address: str, now: datetime) -> Allowance | None:
        """Count a request of whoever was recognised, else of its address: made-up credentials
        share one count. What is left then, or None without a limit. Raises Throttled with the
        rest of the minute."""
        if not self._limit:
            return None
        caller = _name_of(recognition, address)
        began, count = self._minutes.get(caller, (now, 0))
        if now - began >= _MINUTE:
            del self._minutes[caller]
            began, count = now, 0
        if count >= self._limit:
            raise Throttled(
                began + _MINUTE - now,
                "Too many requests. Try again later.",
                quota=self._quota,
            )
        self._minutes[caller] = (began, count + 1)
        self._forget(now)
        return Allowance(self._quota, self._limit - count - 1, began + _MINUTE - now)

    def _forget(self, now: datetime) -> None:
        """Drop the callers whose minute is over, and the oldest ones when there are too many."""
        while self._minutes:
            caller, (began, _) = next(iter(self._minutes.items()))
            if now - began < _MINUTE and len(self._minutes) <= _MOST_CALLERS:
                return
            del self._minutes[caller]


def _name_of(recognition: Recognition, address: str) -> str:
    principal = recognition.caller.principal
    if principal is None:
        return address
    return principal.session_id or principal.token_id or principal.account_id
