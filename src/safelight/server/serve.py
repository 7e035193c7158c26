"""One request from arrival to answer: the main flow of the whole system."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

import msgspec

from safelight.authentication.authenticator import Authenticator
from safelight.authentication.recent import Recent, RequestKey
from safelight.authentication.recognition import NOBODY, Recognition, Recognizer
from safelight.clock import Clock
from safelight.errors import (
    CsrfMismatch,
    MethodNotAllowed,
    SafelightError,
    Unauthenticated,
)
from safelight.exchange import Command, LogIn, LogOut, Outcome, Presented, Renew, Visit
from safelight.identity.realm import Carrier, Realm
from safelight.library.digest_locks import DigestLocks
from safelight.library.ports import BlobStore
from safelight.server.body import read_body
from safelight.server.cors import share, write_options
from safelight.server.denials import denial_of, write_rate
from safelight.server.forms import StagingArea, discard_files, stage_form
from safelight.server.guard import Guard
from safelight.server.http import Caching, Reply, Request
from safelight.server.metrics import Metrics
from safelight.server.preconditions import IF_MATCH, require_match, require_reply_matches
from safelight.server.request_rate import RequestRate
from safelight.server.routes import Route, Routes
from safelight.server.wire import (
    CREDENTIAL_HEADERS,
    Asked,
    Body,
    CommandEndpoint,
    Endpoint,
    FixedEndpoint,
    Forgery,
    PublicEndpoint,
    ResourceEndpoint,
    Several,
    WireProtocol,
)

Chunks = AsyncIterator[bytes]
Answer = Callable[[Recognition, Any], Awaitable[object]]

_SHARED = frozenset({Caching.PUBLIC, Caching.IMMUTABLE})


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """In bytes: a body that is read to memory, and one file of an upload."""

    body: int
    file: int


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a request needs, put together by `bootstrap.py`."""

    routes: Routes
    guard: Guard
    recognizer: Recognizer
    authenticator: Authenticator
    answers: Mapping[type, Answer]
    blobs: BlobStore
    staging: StagingArea
    clock: Clock
    limits: Limits
    metrics: Metrics
    rate: RequestRate
    turns: DigestLocks
    recent: Recent
    close: Callable[[], Awaitable[None]]


async def serve(request: Request, chunks: Chunks, site: Site) -> Reply:
    """The answer to `request`, whose body arrives in `chunks`. Raises nothing that is ours."""
    route = site.routes.match(request)
    protocol = route.protocol
    request.realm = protocol.realm.name
    if request.method == "OPTIONS" and isinstance(route.error, MethodNotAllowed):
        reply = write_options(request, route.error.allow, protocol.allowed_origins)
    else:
        reply = await _follow(route, request, chunks, site)
    if request.allowance is not None and reply.status != HTTPStatus.TOO_MANY_REQUESTS:
        write_rate(reply, *request.allowance)
    if b"origin" in request.headers:
        share(request, reply, protocol.allowed_origins)
    return reply


async def _follow(route: Route, request: Request, chunks: Chunks, site: Site) -> Reply:
    protocol, endpoint = route.protocol, route.endpoint
    if endpoint is None:
        return protocol.write_denial(denial_of(route.error or SafelightError()), request)
    recognition = NOBODY
    now = site.clock.now()
    try:
        if isinstance(endpoint, FixedEndpoint):
            return _write_fixed(endpoint, request)
        if isinstance(endpoint, CommandEndpoint):
            command, recognition = await _read_command(
                request, chunks, site, protocol, endpoint, now
            )
            outcome = await _perform(site, command, recognition, protocol.realm, request, now)
            reply = endpoint.write(outcome, request)
            reply.caching = Caching.SECRET
            recognition = NOBODY if isinstance(command, LogOut) else recognition
        else:
            if request.method not in ("GET", "HEAD") and endpoint.body is not Body.UPLOAD:
                request.body = await read_body(request, chunks, site.limits.body)
            recognition = await _recall(site, route, endpoint, request, now)
            if recognition.must_change:
                site.guard.require_own_password(recognition, protocol.realm, endpoint)
            reply = await _ask(request, chunks, site, endpoint, recognition)
    except SafelightError as error:
        site.metrics.refusals[request.realm, error.code] += 1
        reply = protocol.write_denial(denial_of(error), request)
        if isinstance(error, Unauthenticated):
            return reply
    if protocol.realm.requires_api_key and reply.caching in _SHARED:
        reply.caching = Caching.PRIVATE  # a shared cache would ask nobody for the key
    due = recognition.renewal_due
    if recognition.session is not None and (due is None or now >= due):
        renewal = site.authenticator.renewal_for(
            recognition, protocol.read_csrf_cookie(request), now
        )
        protocol.write_renewal(renewal, reply, request)
    return reply


def _write_fixed(endpoint: FixedEndpoint, request: Request) -> Reply:
    reply = endpoint.reply(request)
    if IF_MATCH in request.headers:
        require_reply_matches(request, reply)
    return reply


async def _recall(
    site: Site,
    route: Route,
    endpoint: ResourceEndpoint | PublicEndpoint,
    request: Request,
    now: datetime,
) -> Recognition:
    """Who is asking: remembered from an equal request, else read, admitted and recognised."""
    protocol = route.protocol
    key = _key_of(route, request)
    if key is not None:
        recent = site.recent.get(key, now)
        if recent is not None:
            _count(site, recent, request, now)
            return recent
    count = site.recent.count()
    presented = protocol.read_credentials(request)
    await _admit(site, protocol, endpoint, presented, request, now)
    recognition = await _recognize(site, protocol, endpoint, presented, request, now)
    if key is not None:
        csrf = protocol.read_csrf_cookie(request)
        due = site.authenticator.renewal_due(recognition, csrf, now)
        recognition = msgspec.structs.replace(recognition, renewal_due=due)
        site.recent.keep(key, recognition, count, now)
    return recognition


def _key_of(route: Route, request: Request) -> RequestKey | None:
    """All that decides who is asking; None when the request may be more than its headers: a write,
    credentials in the address, a header that occurs twice."""
    headers = request.headers
    if not route.recallable or request.query_string or len(headers) != len(request.raw_headers):
        return None
    return (id(route), request.scheme, request.peer, *map(headers.get, CREDENTIAL_HEADERS))


async def _recognize(
    site: Site,
    protocol: WireProtocol,
    endpoint: ResourceEndpoint | PublicEndpoint,
    presented: Presented,
    request: Request,
    now: datetime,
) -> Recognition:
    if isinstance(endpoint, ResourceEndpoint):
        return await _identify(site, protocol, presented, request, now)
    try:
        return await _identify(site, protocol, presented, request, now)
    except Unauthenticated:
        if any(each.carrier is not Carrier.COOKIE for each in presented.credentials):
            raise  # shown on purpose, so it must be good (LP-41)
        caller = await site.recognizer.require_application(presented, protocol.realm, now)
        return Recognition(caller=caller)


async def _admit(
    site: Site,
    protocol: WireProtocol,
    endpoint: Endpoint,
    presented: Presented,
    request: Request,
    now: datetime,
) -> None:
    """A session that is over is told before a token that is missing: a client that knows only 401
    can so sign in again (PX-18)."""
    site.guard.admit_transport(request, endpoint, presented)
    try:
        site.guard.admit(request, endpoint, protocol, presented, now)
    except CsrfMismatch:
        await _identify(site, protocol, presented, request, now)
        raise


async def _identify(
    site: Site, protocol: WireProtocol, presented: Presented, request: Request, now: datetime
) -> Recognition:
    """Who is asking, counted: against the caller's own rate, or against its address's."""
    try:
        recognition = await site.recognizer.identify(
            presented, protocol.realm, visit_of(request), now
        )
    except Unauthenticated:
        _count(site, NOBODY, request, now)
        raise
    _count(site, recognition, request, now)
    return recognition


def _count(site: Site, recognition: Recognition, request: Request, now: datetime) -> None:
    """Against the limit of requests a minute. Raises Throttled."""
    request.allowance = site.rate.admit(recognition, request.address, now)


async def _read_command(
    request: Request,
    chunks: Chunks,
    site: Site,
    protocol: WireProtocol,
    endpoint: CommandEndpoint,
    now: datetime,
) -> tuple[Command, Recognition]:
    """What is commanded, and by whom. A command that needs no session is not asked for one."""
    if request.method not in ("GET", "HEAD"):
        request.body = await read_body(request, chunks, site.limits.body)
    presented = protocol.read_credentials(request)
    await _admit(site, protocol, endpoint, presented, request, now)
    realm = protocol.realm
    if realm.requires_api_key:
        caller = await site.recognizer.require_application(presented, realm, now)
        recognition = Recognition(caller=caller)
    else:
        recognition = NOBODY
    if endpoint.session_first:
        recognition = await _identify(site, protocol, presented, request, now)
        if recognition.session is None:
            raise Unauthenticated
        site.guard.require_own_password(recognition, realm, endpoint)
        return endpoint.read(request), recognition
    command = endpoint.read(request)
    needs_session = not isinstance(command, LogIn | Renew) and not (
        isinstance(command, LogOut) and command.refresh_token is not None
    )
    if needs_session:
        try:
            recognition = await _identify(site, protocol, presented, request, now)
        except Unauthenticated:
            if not (isinstance(command, LogOut) and command.lenient):
                raise
    else:
        _count(site, recognition, request, now)
    site.guard.require_own_password(recognition, realm, endpoint)
    if endpoint.needs is not None:
        site.guard.require(recognition.caller, endpoint.needs)
    return command, recognition


async def _perform(
    site: Site,
    command: Command,
    recognition: Recognition,
    realm: Realm,
    request: Request,
    now: datetime,
) -> Outcome:
    """What comes of a command. Sign-ins are counted by their result."""
    if IF_MATCH in request.headers and recognition.session is not None:
        await _require_match(request, site, recognition)
    visit = visit_of(request)
    if not isinstance(command, LogIn):
        return await site.authenticator.perform(command, recognition, realm, visit, now)
    try:
        outcome = await site.authenticator.perform(command, recognition, realm, visit, now)
    except SafelightError as error:
        site.metrics.sign_ins[realm.name, error.code] += 1
        raise
    site.metrics.sign_ins[realm.name, "accepted"] += 1
    return outcome


async def _ask(
    request: Request,
    chunks: Chunks,
    site: Site,
    endpoint: ResourceEndpoint | PublicEndpoint,
    recognition: Recognition,
) -> Reply:
    """Of all changes with an `If-Match` at one address, each is made before the next is looked at:
    two that name the same tag are never both made."""
    if isinstance(endpoint, ResourceEndpoint):
        site.guard.require(recognition.caller, endpoint.needs)
    if endpoint.guard is Forgery.SAFE:
        reply = endpoint.write(await answer(site, recognition, endpoint.read(request)), request)
        if IF_MATCH in request.headers:
            require_reply_matches(request, reply)
        return reply
    recognition = msgspec.structs.replace(recognition, visit=visit_of(request))
    if IF_MATCH not in request.headers:
        return await _change(request, chunks, site, endpoint, recognition)
    async with site.turns.held((blake2b(request.path.encode()).hexdigest(),)):
        await _require_match(request, site, recognition)
        return await _change(request, chunks, site, endpoint, recognition)


async def _change(
    request: Request,
    chunks: Chunks,
    site: Site,
    endpoint: ResourceEndpoint | PublicEndpoint,
    recognition: Recognition,
) -> Reply:
    """What came of a change is kept by nobody, and has no ETag: asked again, it would be done
    again."""
    if endpoint.body is Body.UPLOAD:
        result = await _take_upload(request, chunks, site, endpoint, recognition)
    else:
        result = await answer(site, recognition, endpoint.read(request))
    reply = endpoint.write(result, request)
    reply.caching = Caching.SECRET
    return reply


async def _require_match(request: Request, site: Site, recognition: Recognition) -> None:
    """Raises PreconditionFailed unless the `If-Match` of a change names the ETag that its caller
    would be given right now for the same address; what a GET of it raises, too."""
    asked = request.as_get()
    route = site.routes.match(asked)
    endpoint = route.endpoint
    if not route.recallable or not isinstance(endpoint, ResourceEndpoint | PublicEndpoint):
        require_match(request, None)
        return
    asked.realm = request.realm
    if isinstance(endpoint, ResourceEndpoint):
        site.guard.require(recognition.caller, endpoint.needs)
    shown = await answer(site, recognition, endpoint.read(asked))
    require_reply_matches(request, endpoint.write(shown, asked))


async def _take_upload(
    request: Request,
    chunks: Chunks,
    site: Site,
    endpoint: ResourceEndpoint | PublicEndpoint,
    recognition: Recognition,
) -> object:
    """The body is read only now: nobody without the right to makes us store anything."""
    form = await stage_form(request, chunks, site.staging, site.limits.file)
    request.form = form
    try:
        return await answer(site, recognition, endpoint.read(request))
    finally:
        discard_files(form)


async def answer(site: Site, asker: Recognition, asked: Asked) -> object:
    if isinstance(asked, Several):
        return tuple([await answer(site, asker, each) for each in asked.questions])
    return await site.answers[type(asked)](asker, asked)


def visit_of(request: Request) -> Visit:
    return Visit(address=request.address, user_agent=request.header(b"user-agent") or "")
