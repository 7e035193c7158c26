"""The composition root: settings to stores, keys and services, to a site."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import msgspec

from safelight.authentication.affairs import PhotoCount
from safelight.authentication.authenticator import Authenticator
from safelight.authentication.keys import KeyRing
from safelight.authentication.opaque_token import new_session_token
from safelight.authentication.password import PasswordHashing
from safelight.authentication.recent import Recent
from safelight.authentication.recognition import Recognition, Recognizer
from safelight.authentication.registrar import Registrar
from safelight.authentication.sign_in import PasswordCheck
from safelight.authentication.signed_sessions import SignedSessions
from safelight.authentication.tenancy import Tenancy
from safelight.authentication.throttle import ThrottleRule
from safelight.clock import Clock, Entropy, SystemClock, system_entropy
from safelight.config import Settings
from safelight.identity.ids import AccountId
from safelight.library.chunks import ChunkedUploads
from safelight.library.digest_locks import DigestLocks
from safelight.library.librarian import Librarian
from safelight.library.photo import Owner, Visibility
from safelight.library.ports import PhotoFilter
from safelight.library.questions import AddPhotos
from safelight.pictures.darkroom import VipsDarkroom
from safelight.realms import realms_of
from safelight.secret import Secret
from safelight.server.app import App
from safelight.server.condition import Condition
from safelight.server.guard import Guard
from safelight.server.linked_originals import LinkedOriginals
from safelight.server.metrics import Metrics
from safelight.server.protocols import mount_protocols
from safelight.server.request_rate import RequestRate
from safelight.server.serve import Limits, Site
from safelight.stores.blobs.filesystem import FilesystemBlobs
from safelight.stores.blobs.object_store import Bucket, ObjectStoreBlobs
from safelight.stores.blobs.partial_uploads import FilePartialUploads
from safelight.stores.blobs.staging import Staging
from safelight.stores.keys import FileKeys
from safelight.stores.sessions.sqlite import SqliteSessions
from safelight.stores.sql.accounts import SqlAccounts
from safelight.stores.sql.applications import SqlApplications
from safelight.stores.sql.attempts import SqlAttempts
from safelight.stores.sql.database import Database
from safelight.stores.sql.journal import SqlJournal
from safelight.stores.sql.library import SqlLibrary
from safelight.stores.sql.organizations import SqlOrganizations
from safelight.stores.sql.tokens import SqlTokens

DATABASE = "safelight.db"
KEYS = "keys"


class Stores(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in a data folder, opened."""

    folder: Path
    database: Database
    accounts: SqlAccounts
    organizations: SqlOrganizations
    applications: SqlApplications
    sessions: SqliteSessions
    tokens: SqlTokens
    attempts: SqlAttempts
    journal: SqlJournal
    library: SqlLibrary
    blobs: FilesystemBlobs | ObjectStoreBlobs
    staging: Staging
    partials: FilePartialUploads
    keys: FileKeys

    async def settle(self) -> None:
        """Write down last uses that are not yet. Before `close`, where any request was served."""
        for store in (self.sessions, self.tokens, self.applications):
            await store.settle()

    def close(self) -> None:
        self.database.close()
        self.blobs.close()


def open_stores(folder: Path, settings: Settings, clock: Clock, entropy: Entropy) -> Stores:
    """Open a prepared data folder."""
    database = Database(folder / DATABASE)
    return Stores(
        folder=folder,
        database=database,
        accounts=SqlAccounts(database, entropy),
        organizations=SqlOrganizations(database),
        applications=SqlApplications(database),
        sessions=SqliteSessions(database, entropy),
        tokens=SqlTokens(database),
        attempts=SqlAttempts(database),
        journal=SqlJournal(database),
        library=SqlLibrary(database),
        blobs=_open_blobs(folder, settings),
        staging=Staging(folder / "incoming", entropy, keep_free=settings.library.keep_free_bytes),
        partials=FilePartialUploads(folder / "incoming" / "parts", folder / "incoming", entropy),
        keys=FileKeys(folder / KEYS, entropy, clock, database.generation.count),
    )


def _open_blobs(folder: Path, settings: Settings) -> FilesystemBlobs | ObjectStoreBlobs:
    s3 = settings.library.s3
    if not s3.url:
        return FilesystemBlobs(folder / "blobs", keep_free=settings.library.keep_free_bytes)
    return ObjectStoreBlobs(
        Bucket(
            url=s3.url,
            endpoint=s3.endpoint,
            region=s3.region,
            access_key=s3.access_key_id,
            secret_key=Secret(s3.secret_access_key),
        )
    )


def make_hashing(settings: Settings, entropy: Entropy) -> PasswordHashing:
    return PasswordHashing(
        memory_kib=settings.passwords.memory_kib,
        passes=settings.passwords.passes,
        threads=settings.passwords.threads or processors(),
        waiting=settings.passwords.waiting,
        dummy_password=new_session_token(entropy),
    )


def processors() -> int:
    """How many of the machine's processors this process may use: more hashes than that at once
    only push one another out of its caches."""
    affinity = getattr(os, "sched_getaffinity", None)  # not everywhere
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class OpenedLibrary(msgspec.Struct, frozen=True, kw_only=True):
    librarian: Librarian
    darkroom: VipsDarkroom


def open_library(
    stores: Stores, settings: Settings, clock: Clock, entropy: Entropy
) -> OpenedLibrary:
    darkroom = VipsDarkroom(pixel_limit=settings.library.pixel_limit)
    librarian = Librarian(
        store=stores.library,
        blobs=stores.blobs,
        darkroom=darkroom,
        clock=clock,
        entropy=entropy,
        work_folder=stores.folder / "incoming",
        quota=settings.library.quota_bytes,
    )
    return OpenedLibrary(librarian=librarian, darkroom=darkroom)


def open_site(stores: Stores, settings: Settings, clock: Clock, entropy: Entropy) -> Site:
    """Put everything together over opened stores."""
    realms = realms_of(settings)
    keys = KeyRing(stores.keys)
    hashing = make_hashing(settings, entropy)
    passwords = PasswordCheck(
        accounts=stores.accounts,
        attempts=stores.attempts,
        hashing=hashing,
        rule=ThrottleRule(
            account_failures=settings.throttle.account_failures,
            address_failures=settings.throttle.address_failures,
            window=timedelta(seconds=settings.throttle.window_seconds),
        ),
    )
    library = open_library(stores, settings, clock, entropy)
    registrar = Registrar(
        realms=realms,
        accounts=stores.accounts,
        sessions=stores.sessions,
        keys=keys,
        hashing=hashing,
        passwords=passwords,
        clock=clock,
        entropy=entropy,
        allow_registration=settings.realms.librephotos.allow_registration,
        empty_library=library.librarian.remove_all_of,
        count_photos=_counting_photos(stores.library),
    )
    tenancy = Tenancy(
        accounts=stores.accounts,
        organizations=stores.organizations,
        applications=stores.applications,
        tokens=stores.tokens,
        clock=clock,
        entropy=entropy,
    )

    metrics = Metrics(worker=str(os.getpid()))
    condition = Condition(checks=_checks_of(stores), metrics=metrics)

    async def close() -> None:
        hashing.close()
        library.darkroom.close()
        await stores.settle()
        stores.close()

    recognizer = Recognizer(
        realms=realms,
        accounts=stores.accounts,
        organizations=stores.organizations,
        applications=stores.applications,
        sessions=stores.sessions,
        tokens=stores.tokens,
        keys=keys,
        passwords=passwords,
    )
    library_answers = library.librarian.handlers()
    uploads = ChunkedUploads(
        partials=stores.partials,
        store=stores.library,
        add_photos=library_answers[AddPhotos],
        clock=clock,
        limit=settings.library.upload_limit_bytes,
        quota=settings.library.quota_bytes,
    )
    librarian = {
        kind: _without_session(answer)
        for kind, answer in (library_answers | uploads.handlers()).items()
    }
    links = LinkedOriginals(answers=librarian, recognizer=recognizer, keys=keys, clock=clock)
    return Site(
        turns=DigestLocks(stores.folder / "incoming" / ".digests"),
        routes=mount_protocols(realms, settings),
        guard=Guard(realms=realms, keys=keys, allow_plain_http=settings.server.allow_plain_http),
        recognizer=recognizer,
        authenticator=Authenticator(
            realms=realms,
            accounts=stores.accounts,
            organizations=stores.organizations,
            sessions=stores.sessions,
            signed=SignedSessions(
                accounts=stores.accounts,
                sessions=stores.sessions,
                keys=keys,
                entropy=entropy,
            ),
            keys=keys,
            hashing=hashing,
            passwords=passwords,
            entropy=entropy,
        ),
        answers={
            **condition.handlers(),
            **registrar.handlers(),
            **tenancy.handlers(),
            **librarian,
            **links.handlers(),
        },
        blobs=stores.blobs,
        staging=stores.staging,
        clock=clock,
        limits=Limits(
            body=settings.server.body_limit_bytes, file=settings.library.upload_limit_bytes
        ),
        rate=RequestRate(settings.throttle.requests_per_minute),
        metrics=metrics,
        recent=Recent(stores.database.generation.count),
        close=close,
    )


def _checks_of(stores: Stores) -> dict[str, Callable[[], Awaitable[None]]]:
    """What the server cannot do without."""

    async def staging() -> None:
        await asyncio.to_thread(stores.staging.check)

    async def keys() -> None:
        await asyncio.to_thread(stores.keys.check)

    return {
        "database": stores.database.check,
        "keys": keys,
        "photos": stores.blobs.check,
        "uploads": staging,
    }


def _counting_photos(library: SqlLibrary) -> Callable[[AccountId], Awaitable[PhotoCount]]:
    async def count(id: AccountId) -> PhotoCount:
        owner = Owner(account_id=id)
        photos = PhotoFilter(owner=owner, trashed=False)
        public = PhotoFilter(owner=owner, trashed=False, visibility=Visibility.PUBLIC)
        return PhotoCount(
            photos=await library.count_photos(photos), public=await library.count_photos(public)
        )

    return count


def _without_session(
    answer: Callable[..., Awaitable[object]],
) -> Callable[[Recognition, Any], Awaitable[Any]]:
    """The library knows callers, not sessions."""

    async def adapted(asker: Recognition, asked: Any) -> Any:
        return await answer(asker.caller, asked)

    return adapted


def make_app(
    folder: Path,
    settings: Settings,
    *,
    clock: Clock | None = None,
    opened: Callable[[], None] | None = None,
) -> App:
    """The ASGI application over a prepared data folder. The site opens in the worker, and `opened`
    is called once it has."""
    clock, entropy = clock or SystemClock(), system_entropy
    proxies = tuple(ip_network(each, strict=False) for each in settings.server.trusted_proxies)

    async def open_here() -> Site:
        stores = open_stores(folder, settings, clock, entropy)
        site = open_site(stores, settings, clock, entropy)
        logging.getLogger("safelight").info("started")
        if opened is not None:
            opened()
        return site

    return App(
        open_here,
        trusted_proxies=proxies,
        entropy=entropy,
        body_seconds=settings.server.body_seconds,
        access_log=settings.server.access_log,
    )
