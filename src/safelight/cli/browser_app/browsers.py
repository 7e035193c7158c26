"""The browsers that have been let in: each once, by a code that only this user was told."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from safelight.client.errors import NotLetIn
from safelight.clock import Clock, Entropy
from safelight.secret import Secret

_BYTES = 32
_MOST = 64
"""Older ones have to be let in again."""


class Browser(NamedTuple):
    """`csrf` goes with each of its writes; on `until` it is no longer in."""

    csrf: Secret
    until: datetime


class Browsers:
    """Safe to share between threads. Nothing of this outlives the process."""

    def __init__(self, lifetime: timedelta, clock: Clock, entropy: Entropy) -> None:
        self.lifetime = lifetime
        self._clock = clock
        self._entropy = entropy
        self._inside = threading.Lock()
        self._known: dict[bytes, Browser] = {}
        self._code = self._draw()

    @property
    def code(self) -> Secret:
        """What lets the next browser in, once."""
        return self._code

    def let_in(self, code: Secret) -> tuple[Secret, Browser]:
        """A new browser, with the token that it is known by. Raises NotLetIn for a code that is
        not the current one."""
        with self._inside:
            if code != self._code:
                raise NotLetIn("This link was used already, or is another proxy's.")
            self._code = self._draw()
            token = self._draw()
            browser = Browser(self._draw(), self._clock.now() + self.lifetime)
            self._forget_old()
            self._known[token.digest()] = browser
            return token, browser

    def require(self, tokens: Iterable[Secret]) -> Browser:
        """Raises NotLetIn unless one of the tokens is a browser's that is in."""
        with self._inside:
            for token in tokens:
                browser = self._known.get(token.digest())
                if browser is not None and self._clock.now() < browser.until:
                    return browser
        raise NotLetIn

    def forget(self, tokens: Iterable[Secret]) -> None:
        with self._inside:
            for token in tokens:
                self._known.pop(token.digest(), None)

    def _forget_old(self) -> None:
        now = self._clock.now()
        lasting = [each for each in self._known.items() if now < each[1].until]
        self._known = dict(lasting[-(_MOST - 1) :])

    def _draw(self) -> Secret:
        drawn = self._entropy(_BYTES)
        return Secret(base64.urlsafe_b64encode(drawn).rstrip(b"=").decode("ascii"))
