"""What the server says of itself: settings, counts, and a queue that is never busy. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from safelight.authentication.affairs import CallerView, SetupView, ShowCaller, ShowSetup
from safelight.identity.permission import Scope
from safelight.library.questions import CountLibrary, LibraryCount
from safelight.server.http import Reply, Request, json_reply
from safelight.server.protocols.librephotos.accept import negotiated
from safelight.server.protocols.librephotos.pages import (
    PageQuery,
    PageSizes,
    Paginated,
    paginate,
    read_page,
)
from safelight.server.protocols.librephotos.records import SimpleUser
from safelight.server.wire import AnyEndpoint, PublicEndpoint, ResourceEndpoint

_JOB_SIZES = PageSizes(usual=20, most=50)


class SiteSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What clients read before anybody signs in; what Safelight does not have is empty."""

    allow_registration: bool
    allow_upload: bool = True
    skip_patterns: str = ""
    heavyweight_process: int | None = None
    map_api_provider: str = ""
    map_api_key: str = ""
    captioning_model: str = ""
    llm_model: str = ""


class FirstTimeSetup(msgspec.Struct, frozen=True, rename="camel"):
    is_first_time_setup: bool


class Stats(msgspec.Struct, frozen=True, kw_only=True):
    """Ten integers and no more: a client refuses an eleventh."""

    num_photos: int
    num_missing_photos: int = 0
    num_faces: int = 0
    num_people: int = 0
    num_unknown_faces: int = 0
    num_labeled_faces: int = 0
    num_inferred_faces: int = 0
    num_albumauto: int = 0
    num_albumdate: int
    num_albumuser: int


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """A background job. There are none: what Safelight does, it does at once."""

    id: int
    job_id: str
    job_type: int
    job_type_str: str
    queued_at: datetime
    started_at: datetime | None
    started_by: SimpleUser
    finished: bool
    finished_at: datetime | None
    failed: bool
    progress_current: int
    progress_target: int


class Queue(msgspec.Struct, frozen=True, kw_only=True):
    status: bool = True
    queue_can_accept_job: bool = True
    job_detail: None = None


def server_info_endpoints() -> tuple[AnyEndpoint, ...]:
    return (
        PublicEndpoint(
            method="GET",
            path="/api/sitesettings",
            read=negotiated(lambda request: ShowSetup()),
            write=_write_settings,
            summary="What this server allows",
            gives=SiteSettings,
        ),
        PublicEndpoint(
            method="GET",
            path="/api/firsttimesetup",
            read=negotiated(lambda request: ShowSetup()),
            write=_write_setup,
            summary="Whether no admin exists yet",
            gives=FirstTimeSetup,
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/stats",
            needs=Scope.PHOTOS_READ,
            read=negotiated(lambda request: CountLibrary()),
            write=_write_stats,
            summary="How much the caller's library holds",
            gives=Stats,
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/jobs",
            needs=Scope.ACCOUNT_READ,
            read=negotiated(_read_jobs),
            write=_write_jobs,
            summary="Background jobs: always none",
            query=PageQuery,
            gives=Paginated[Job],
        ),
        ResourceEndpoint(
            method="GET",
            path="/api/rqavailable",
            needs=Scope.ACCOUNT_READ,
            read=negotiated(lambda request: ShowCaller()),
            write=lambda _, request: json_reply(Queue()),
            summary="Whether the queue takes a job: always",
            gives=Queue,
        ),
    )


def _write_settings(view: SetupView, request: Request) -> Reply:
    return json_reply(SiteSettings(allow_registration=view.allow_registration))


def _write_setup(view: SetupView, request: Request) -> Reply:
    return json_reply(FirstTimeSetup(view.is_first))


def _write_stats(count: LibraryCount, request: Request) -> Reply:
    return json_reply(
        Stats(num_photos=count.photos, num_albumdate=count.days, num_albumuser=count.galleries)
    )


def _read_jobs(request: Request) -> ShowCaller:
    read_page(request, _JOB_SIZES)
    return ShowCaller()


def _write_jobs(_: CallerView, request: Request) -> Reply:
    none: tuple[Job, ...] = ()
    return json_reply(paginate(none, 0, request, _JOB_SIZES))
