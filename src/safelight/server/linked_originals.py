"""Links to originals that need no cookie: signed for one session, good while it lasts (PX-48).

Between the library, which knows who may see a photo, and authentication, which signs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec

from safelight.authentication.keys import KeyRing
from safelight.authentication.link import LinkClaims
from safelight.authentication.recognition import Recognition, Recognizer
from safelight.clock import Clock
from safelight.errors import NotFound, PermissionDenied, Unauthenticated
from safelight.library.questions import ByNumber, FetchOriginal, GetPhoto, PhotoRef

Handler = Callable[[Recognition, Any], Awaitable[Any]]

LINK_LIFE = timedelta(minutes=5)


class LinkOriginal(msgspec.Struct, frozen=True, kw_only=True):
    """-> str: the signed part of a link to the photo's original. NotFound for a photo that the
    asker may not see, PermissionDenied without a session for the link to live by."""

    photo: PhotoRef


class FetchLinked(msgspec.Struct, frozen=True, kw_only=True):
    """-> PhotoFile. NotFound for a link that is over, forged, or whose session has ended."""

    signed: str


class LinkedOriginals:
    """`answers` are those of the library, by question."""

    def __init__(
        self,
        *,
        answers: Mapping[type, Handler],
        recognizer: Recognizer,
        keys: KeyRing,
        clock: Clock,
    ) -> None:
        self._answers = answers
        self._recognizer = recognizer
        self._keys = keys
        self._clock = clock

    def handlers(self) -> dict[type, Handler]:
        return {LinkOriginal: self._link, FetchLinked: self._fetch}

    async def _link(self, asker: Recognition, asked: LinkOriginal) -> str:
        photo = await self._answers[GetPhoto](asker, GetPhoto(photo=asked.photo))
        if asker.session is None:
            raise PermissionDenied("A link needs a session to live by.")
        return self._keys.sign_link(
            LinkClaims(
                photo_number=photo.number,
                session_id=asker.session.id,
                expires_at=self._clock.now() + LINK_LIFE,
            )
        )

    async def _fetch(self, asker: Recognition, asked: FetchLinked) -> object:
        """As the link's session stands now: what its account may no longer see, it doesn't get."""
        now = self._clock.now()
        claims = self._keys.read_link(asked.signed, now)
        if claims is None:
            raise NotFound
        try:
            holder = await self._recognizer.revive(claims.session_id, now)
        except Unauthenticated:
            raise NotFound from None
        original = FetchOriginal(photo=ByNumber(claims.photo_number))
        return await self._answers[FetchOriginal](holder, original)
