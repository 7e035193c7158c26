"""Uploads in parts: LibrePhotos' clients send a photo in pieces of a megabyte."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from safelight.clock import Clock
from safelight.errors import (
    Gone,
    NotFound,
    OffsetMismatch,
    QuotaExceeded,
    TooLarge,
    Unavailable,
)
from safelight.identity.ids import AccountId
from safelight.identity.principal import Caller
from safelight.library.photo import Photo
from safelight.library.ports import LibraryStore, PartialUpload, PartialUploads
from safelight.library.questions import AddChunk, AddPhotos, CompleteUpload, Upload, UploadProgress
from safelight.library.visibility import asker_of, require_owner

LIFE = timedelta(days=1)
"""How long an unfinished upload waits for its next part."""

KEPT = timedelta(days=2)
"""How long its file lies there: for a day more it is said to have expired, not to be unknown."""

_MOST_OPEN = 100


class ChunkedUploads:
    """Whose an upload is, the credential says; never the request's body (LP-77)."""

    def __init__(
        self,
        *,
        partials: PartialUploads,
        store: LibraryStore,
        add_photos: Callable[[Caller, Any], Awaitable[Any]],
        clock: Clock,
        limit: int,
        quota: int,
    ) -> None:
        """`add_photos` answers AddPhotos. `limit` bounds one photo, and `quota` what its owner
        holds, unfinished uploads included; both in bytes."""
        self._partials = partials
        self._store = store
        self._add_photos = add_photos
        self._clock = clock
        self._limit = limit
        self._quota = quota

    def handlers(self) -> dict[type, Callable[[Caller, Any], Awaitable[object]]]:
        return {AddChunk: self._add, CompleteUpload: self._complete}

    async def _add(self, caller: Caller, asked: AddChunk) -> UploadProgress:
        owner, now = require_owner(asker_of(caller)), self._clock.now()
        account_id = owner.account_id
        waiting = await self._waiting(account_id, now)
        size = 0
        if asked.upload_id is not None:
            size = (await self._require(account_id, asked.upload_id, now)).size
        if size != asked.offset:
            raise OffsetMismatch(size)
        added = asked.file.size
        if size + added > self._limit:
            raise TooLarge(f"A photo may have at most {self._limit} bytes.", self._limit)
        held = await self._store.used_bytes(owner) + sum(each.size for each in waiting)
        if held + added > self._quota:
            raise QuotaExceeded
        upload_id = asked.upload_id or await self._begin(account_id, waiting, now)
        try:
            size = await self._partials.append(
                account_id, upload_id, asked.file.path, offset=size, at=now
            )
        except Unavailable:
            if asked.upload_id is None:  # nobody has learned of it, so nobody can go on with it
                await self._partials.remove(account_id, upload_id)
            raise
        return UploadProgress(upload_id=upload_id, offset=size, expires_at=now + LIFE)

    async def _complete(self, caller: Caller, asked: CompleteUpload) -> Photo:
        """The parts are kept only when there is a point in trying again."""
        owner = require_owner(asker_of(caller))
        account_id, upload_id = owner.account_id, asked.upload_id
        await self._require(account_id, upload_id, self._clock.now())
        whole = await self._partials.hand_over(account_id, upload_id, md5=asked.md5.lower())
        upload = Upload(
            path=whole.path,
            name=asked.name,
            size=whole.size,
            sha256=whole.sha256,
            md5=whole.md5,
        )
        try:
            photos: tuple[Photo, ...] = await self._add_photos(caller, AddPhotos(files=(upload,)))
        except Unavailable:
            raise
        except Exception:
            await self._partials.remove(account_id, upload_id)
            raise
        await self._partials.remove(account_id, upload_id)
        return photos[0]

    async def _waiting(self, account_id: AccountId, now: datetime) -> list[PartialUpload]:
        """The account's unfinished uploads, after those that are long over were removed."""
        waiting = []
        for each in await self._partials.of_account(account_id):
            if now - each.changed_at < KEPT:
                waiting.append(each)
            else:
                await self._partials.remove(account_id, each.id)
        return waiting

    async def _begin(
        self, account_id: AccountId, waiting: list[PartialUpload], now: datetime
    ) -> str:
        if len(waiting) >= _MOST_OPEN:
            raise QuotaExceeded(f"At most {_MOST_OPEN} uploads may be unfinished at once.")
        return (await self._partials.begin(account_id, now)).id

    async def _require(self, account_id: AccountId, id: str, now: datetime) -> PartialUpload:
        upload = await self._partials.find(account_id, id)
        if upload is None:
            raise NotFound
        if now - upload.changed_at >= LIFE:
            raise Gone
        return upload
