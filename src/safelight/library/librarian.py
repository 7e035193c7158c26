"""The librarian: answers every question of `questions.py`, for whoever asks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from safelight.clock import Clock, Entropy
from safelight.identity.ids import AccountId
from safelight.identity.principal import Caller
from safelight.library.customer_desk import CustomerDesk
from safelight.library.digest_locks import DigestLocks
from safelight.library.finder import Finder
from safelight.library.gallery_desk import GalleryDesk
from safelight.library.intake import Intake
from safelight.library.originals import Originals
from safelight.library.photo_desk import PhotoDesk
from safelight.library.ports import BlobStore, Darkroom, LibraryStore
from safelight.library.questions import (
    AddCustomer,
    AddGallery,
    AddPhotos,
    ChangeCustomer,
    ChangeGallery,
    ChangePhoto,
    ChangePhotos,
    CountLibrary,
    DeleteCustomer,
    DeleteGallery,
    DeletePhoto,
    DeleteTrashed,
    FetchOriginal,
    FetchThumbnail,
    FillGallery,
    GetCustomer,
    GetGallery,
    GetPhoto,
    HasPhoto,
    ListAlbums,
    ListCustomers,
    ListDays,
    ListGalleries,
    ListNotifications,
    ListPhotos,
    ReadNotification,
)
from safelight.library.thumbnails import Thumbnails
from safelight.library.visibility import Asker, asker_of

# The question's type and the answer's go together; a table of them all can only say `Any`.
Handler = Callable[[Caller, Any], Awaitable[object]]


class Librarian:
    """Whether the caller's credential covers a question at all was asked before (`guard.py`); here
    is decided whose things it may see and change with it."""

    def __init__(
        self,
        *,
        store: LibraryStore,
        blobs: BlobStore,
        darkroom: Darkroom,
        clock: Clock,
        entropy: Entropy,
        work_folder: Path,
        quota: int,
    ) -> None:
        """`work_folder` must be there, and be the same for every process over `store`; `quota` is
        in bytes, for each owner."""
        locks = DigestLocks(work_folder / ".digests")
        finder = Finder(store)
        thumbnails = Thumbnails(
            store=store, blobs=blobs, darkroom=darkroom, locks=locks, work_folder=work_folder
        )
        self._originals = Originals(store=store, blobs=blobs, locks=locks)
        self._intake = Intake(
            store=store,
            originals=self._originals,
            darkroom=darkroom,
            finder=finder,
            clock=clock,
            entropy=entropy,
            quota=quota,
        )
        self._photos = PhotoDesk(
            store=store,
            blobs=blobs,
            finder=finder,
            thumbnails=thumbnails,
            clock=clock,
            quota=quota,
        )
        self._galleries = GalleryDesk(store=store, finder=finder, clock=clock, entropy=entropy)
        self._customers = CustomerDesk(store=store, clock=clock, entropy=entropy)

    def handlers(self) -> dict[type, Handler]:
        """What answers each type of question. Every one raises NotFound for what the caller may
        not see, and Unauthenticated for nobody where the question is about the caller's own."""
        answers: dict[type, Callable[[Asker, Any], Awaitable[object]]] = {
            ListPhotos: self._photos.list_photos,
            GetPhoto: self._photos.get,
            HasPhoto: self._photos.has,
            AddPhotos: self._intake.add,
            ChangePhotos: self._photos.change_all,
            ChangePhoto: self._photos.change,
            DeletePhoto: self._intake.delete,
            DeleteTrashed: self._intake.delete_trashed,
            FetchOriginal: self._photos.fetch_original,
            FetchThumbnail: self._photos.fetch_thumbnail,
            ListDays: self._photos.list_days,
            CountLibrary: self._photos.count,
            ListGalleries: self._galleries.list_galleries,
            ListAlbums: self._galleries.list_albums,
            FillGallery: self._galleries.fill,
            GetGallery: self._galleries.get,
            AddGallery: self._galleries.add,
            ChangeGallery: self._galleries.change,
            DeleteGallery: self._galleries.delete,
            ListCustomers: self._customers.list_customers,
            GetCustomer: self._customers.get,
            AddCustomer: self._customers.add,
            ChangeCustomer: self._customers.change,
            DeleteCustomer: self._customers.delete,
            ListNotifications: self._customers.list_notifications,
            ReadNotification: self._customers.read_notification,
        }
        return {kind: _for_caller(answer) for kind, answer in answers.items()}

    async def remove_all_of(self, account_id: AccountId) -> None:
        """Everything that the account holds; what it put into an organization stays there."""
        await self._intake.remove_all_of(account_id)

    async def sweep_orphans(self) -> int:
        """Remove blobs that a crash left without a row; how many. Safe beside uploads."""
        return await self._originals.sweep()


def _for_caller(answer: Callable[[Asker, Any], Awaitable[object]]) -> Handler:
    async def answered(caller: Caller, asked: Any) -> object:
        return await answer(asker_of(caller), asked)

    return answered
