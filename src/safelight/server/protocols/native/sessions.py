"""`/v1/sessions`: signing in and out, and what is signed in where."""

from __future__ import annotations

from safelight.authentication.affairs import EndSession, EndSessions, ListSessions, SessionView
from safelight.exchange import Grant, LogIn, LogOut, Outcome, SelectOrganization
from safelight.identity.ids import OrganizationId, SessionId
from safelight.identity.permission import Scope
from safelight.identity.realm import Carrier
from safelight.secret import Secret
from safelight.server.http import Caching, Reply, Request, json_reply
from safelight.server.protocols.native import given, taken
from safelight.server.protocols.native.bodies import (
    created,
    no_content,
    read_body,
    read_credentials_body,
    read_query,
)
from safelight.server.protocols.native.listings import write_part
from safelight.server.wire import AnyEndpoint, CommandEndpoint, Forgery, ResourceEndpoint

_PROTOCOL = "native"
_LONGEST_AGENT = 512


def _read_sign_in(request: Request) -> LogIn:
    body = read_credentials_body(request, taken.SignIn)
    return LogIn(
        identifier=body.identifier,
        password=Secret(body.password),
        carrier=Carrier.BEARER,
        organization_id=OrganizationId(body.organization_id) if body.organization_id else None,
    )


def _write_sign_in(outcome: Outcome, request: Request) -> Reply:
    assert isinstance(outcome, Grant)
    assert outcome.session_token is not None
    session = given.Session(
        id=outcome.session_id,
        protocol=_PROTOCOL,
        realm=_PROTOCOL,
        carrier=outcome.carrier.value,
        organization_id=outcome.organization_id,
        application_id=None,
        user_agent=(request.header(b"user-agent") or "")[:_LONGEST_AGENT],
        address=request.address,
        created_at=outcome.created_at,
        last_seen_at=outcome.created_at,
        current=True,
    )
    signed_in = given.SignedIn(token=outcome.session_token.reveal(), session=session)
    return created(signed_in, f"/v1/sessions/{outcome.session_id}", Caching.SECRET)


def _read_organization(request: Request) -> SelectOrganization:
    chosen = read_body(request, taken.ChosenOrganization).organization_id
    return SelectOrganization(organization_id=OrganizationId(chosen) if chosen else None)


def _read_sign_out(request: Request) -> LogOut:
    return LogOut()


def _read_list(request: Request) -> ListSessions:
    read_query(request, taken.PageQuery)
    return ListSessions()


def _write_list(sessions: tuple[SessionView, ...], request: Request) -> Reply:
    return write_part(sessions, _show, request)


def _show(view: SessionView) -> given.Session:
    session = view.session
    return given.Session(
        id=session.id,
        protocol=view.protocol,
        realm=session.realm,
        carrier=session.carrier.value,
        organization_id=session.organization_id,
        application_id=session.application_id,
        user_agent=session.user_agent,
        address=session.address,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
        current=view.current,
    )


def _read_end(request: Request) -> EndSession:
    return EndSession(id=SessionId(request.params["id"]))


def _read_end_all(request: Request) -> EndSessions:
    return EndSessions(keep_current=read_query(request, taken.KeepQuery).keep == "current")


def _write_ended(count: int, request: Request) -> Reply:
    return json_reply(given.Ended(ended=count))


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    CommandEndpoint(
        method="POST",
        path="/v1/sessions",
        forgery=Forgery.UNTOKENED,
        read=_read_sign_in,
        write=_write_sign_in,
        summary="Sign in",
        takes=taken.SignIn,
        gives=given.SignedIn,
        success=201,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/sessions",
        read=_read_list,
        write=_write_list,
        needs=Scope.SESSIONS_READ,
        summary="List the sessions of every protocol, the last used first",
        query=taken.PageQuery,
        gives=given.Page[given.Session],
    ),
    ResourceEndpoint(
        method="DELETE",
        path="/v1/sessions",
        read=_read_end_all,
        write=_write_ended,
        needs=Scope.SESSIONS_WRITE,
        summary="End every session, or with `keep=current` every other one",
        query=taken.KeepQuery,
        gives=given.Ended,
    ),
    ResourceEndpoint(
        method="DELETE",
        path="/v1/sessions/{id}",
        read=_read_end,
        write=no_content,
        needs=Scope.SESSIONS_WRITE,
        summary="End one session",
        success=204,
    ),
    CommandEndpoint(
        method="DELETE",
        path="/v1/sessions/current",
        even_before_change=True,
        read=_read_sign_out,
        write=no_content,
        needs=Scope.SESSIONS_WRITE,
        summary="Sign out",
        success=204,
    ),
    CommandEndpoint(
        method="PUT",
        path="/v1/sessions/current/organization",
        read=_read_organization,
        write=no_content,
        needs=Scope.SESSIONS_WRITE,
        summary="Act for an organization, or for none",
        takes=taken.ChosenOrganization,
        success=204,
    ),
)
