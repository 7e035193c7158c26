"""A library over real stores, people who ask it, and pictures to bring."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.pictures.samples import picture
from tests.stores.library.records import found_studio
from tests.stores.records import NOW, Worker, add_account, open_worker

from safelight.clock import system_entropy
from safelight.identity.account import Account
from safelight.identity.ids import OrganizationId
from safelight.identity.organization import Role
from safelight.identity.principal import Caller, Principal
from safelight.library.librarian import Librarian
from safelight.library.photo import Photo, Visibility
from safelight.library.ports import BlobKey, BlobStore, Darkroom, Picture, ThumbnailKind, Window
from safelight.library.questions import AddGallery, AddPhotos, ById, GalleryRef, GetPhoto, Upload
from safelight.pictures.darkroom import VipsDarkroom
from safelight.stores.blobs.filesystem import FilesystemBlobs
from safelight.stores.sql.library import SqlLibrary

ALL = Window(limit=100)
QUOTA = 1_000_000


class TickingClock:
    """Every look at it is a second after the last."""

    def __init__(self) -> None:
        self._seconds = itertools.count(1)

    def now(self) -> datetime:
        return NOW + timedelta(seconds=next(self._seconds))


class CountingDarkroom:
    """A darkroom that keeps a tally of the thumbnails it makes."""

    def __init__(self, inner: Darkroom) -> None:
        self._inner = inner
        self.made: list[ThumbnailKind] = []

    async def examine(self, path: Path) -> Picture:
        return await self._inner.examine(path)

    async def thumbnail(self, path: Path, kind: ThumbnailKind, into: Path) -> None:
        self.made.append(kind)
        await self._inner.thumbnail(path, kind, into)


class WatchedBlobs:
    """A blob store that calls `kept` after each `keep`."""

    def __init__(self, inner: BlobStore) -> None:
        self._inner = inner

    async def kept(self, key: BlobKey) -> None:
        """For a test to replace."""

    async def keep(self, key: BlobKey, path: Path) -> None:
        await self._inner.keep(key, path)
        await self.kept(key)

    async def size(self, key: BlobKey) -> int | None:
        return await self._inner.size(key)

    def read(self, key: BlobKey, start: int, stop: int) -> AsyncIterator[bytes]:
        return self._inner.read(key, start, stop)

    async def fetch(self, key: BlobKey, into: Path) -> None:
        await self._inner.fetch(key, into)

    async def remove(self, key: BlobKey) -> bool:
        return await self._inner.remove(key)

    def keys(self, prefix: str) -> AsyncIterator[BlobKey]:
        return self._inner.keys(prefix)


class Process:
    """What one server process has open over a data folder."""

    def __init__(self, folder: Path) -> None:
        (folder / "work").mkdir(exist_ok=True)
        self.worker: Worker = open_worker(folder / "safelight.db")
        self.store = SqlLibrary(self.worker.database)
        self._files = FilesystemBlobs(folder / "blobs")
        self.blobs = WatchedBlobs(self._files)
        self._vips = VipsDarkroom(threads=2)
        self.darkroom = CountingDarkroom(self._vips)
        self.librarian = self.librarian_with(self.darkroom)

    def librarian_with(self, darkroom: Darkroom) -> Librarian:
        folder = self.worker.database.path.parent
        return Librarian(
            store=self.store,
            blobs=self.blobs,
            darkroom=darkroom,
            clock=TickingClock(),
            entropy=system_entropy,
            work_folder=folder / "work",
            quota=QUOTA,
        )

    async def ask(self, caller: Caller, question: Any) -> Any:
        return await self.librarian.handlers()[type(question)](caller, question)

    def close(self) -> None:
        self._vips.close()
        self._files.close()
        self.worker.database.close()


class Branch:
    """One data folder with two processes over it, the second only if it is asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.here = Process(folder)
        self._names = itertools.count(1)

    @cached_property
    def there(self) -> Process:
        return Process(self.folder)

    def close(self) -> None:
        self.here.close()
        if "there" in self.__dict__:
            self.there.close()

    async def ask(self, caller: Caller, question: Any) -> Any:
        return await self.here.ask(caller, question)

    async def add_person(self, username: str) -> Account:
        return await add_account(self.here.worker, username)

    async def add_studio(self, *members: Account) -> OrganizationId:
        return await found_studio(self.here.worker, *((each, Role.OWNER) for each in members))

    def stage(self, content: bytes, name: str = "a.jpg") -> Upload:
        path = self.folder / "work" / f"{next(self._names)}.staged"
        path.write_bytes(content)
        return Upload(
            path=path,
            name=name,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        )

    async def add(
        self,
        caller: Caller,
        *contents: bytes,
        gallery: GalleryRef | None = None,
        visibility: Visibility = Visibility.PRIVATE,
    ) -> tuple[Photo, ...]:
        files = tuple(self.stage(content) for content in contents)
        photos: tuple[Photo, ...] = await self.ask(
            caller, AddPhotos(files=files, gallery=gallery, visibility=visibility)
        )
        return photos

    async def add_gallery(self, caller: Caller, *photos: Photo, **more: Any) -> ById:
        refs = tuple(ById(photo.id) for photo in photos)
        gallery = await self.ask(caller, AddGallery(name="Wedding", photos=refs, **more))
        return ById(gallery.id)

    async def look_again(self, caller: Caller, photo: Photo) -> Photo:
        found: Photo = await self.ask(caller, GetPhoto(photo=ById(photo.id)))
        return found

    # --- what lies on the disk ----------------------------------------------------------------

    def originals(self) -> set[str]:
        """The digests whose blobs are there."""
        return {path.name for path in (self.folder / "blobs").glob("photos/*/*")}

    def thumbnails(self) -> set[str]:
        """`square/abcdef…` for each blob."""
        found = (self.folder / "blobs").glob("thumbnails/*/*/*")
        return {f"{path.parent.parent.name}/{path.stem}" for path in found}

    def rows(self) -> set[str]:
        """The digests that rows hold."""
        raw = self.here.worker.database.raw
        return {row[0] for row in raw.execute("SELECT digest FROM photo")}

    def work_files(self) -> list[str]:
        """What lies in the work folder and is no lock."""
        return [path.name for path in (self.folder / "work").iterdir() if path.name != ".digests"]


async def until(condition: Callable[[], object]) -> None:
    """Wait for what another thread or task brings about; pytest's timeout guards a hang."""
    while not condition():  # noqa: ASYNC110  # there is no event for a row in a file
        await asyncio.sleep(0.001)


def as_caller(account: Account, organization_id: OrganizationId | None = None) -> Caller:
    principal = Principal(
        account=account,
        organization_id=organization_id,
        scopes=frozenset(),
        realm="native",
        session_id=None,
        token_id=None,
        authenticated_at=NOW,
    )
    return Caller(principal=principal)


def a_jpeg(width: int = 40) -> bytes:
    """A small picture; another one for each width."""
    return picture(width=width, height=30)
