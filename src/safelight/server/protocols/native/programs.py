"""`/v1/applications` and `/v1/tokens`: what programs identify themselves and their people with."""

from __future__ import annotations

from datetime import timedelta

from safelight.authentication.affairs import (
    AddApplication,
    AddToken,
    ListApplications,
    ListTokens,
    NewApplication,
    NewToken,
    RemoveApplication,
    RemoveToken,
)
from safelight.authentication.ports import StoredToken
from safelight.identity.application import Application
from safelight.identity.ids import ApplicationId, TokenId
from safelight.identity.permission import Scope
from safelight.server.http import Caching, Reply, Request
from safelight.server.protocols.native import given, taken
from safelight.server.protocols.native.accounts import names_of
from safelight.server.protocols.native.bodies import (
    created,
    no_content,
    read_body,
    read_query,
    record_of,
)
from safelight.server.protocols.native.listings import write_part
from safelight.server.wire import AnyEndpoint, ResourceEndpoint


def _read_applications(request: Request) -> ListApplications:
    read_query(request, taken.PageQuery)
    return ListApplications()


def _write_applications(applications: tuple[Application, ...], request: Request) -> Reply:
    return write_part(applications, _show_application, request)


def _show_application(application: Application) -> given.Application:
    return given.Application(
        id=application.id,
        name=application.name,
        created_at=application.created_at,
        last_used_at=application.last_used_at,
    )


def _read_add_application(request: Request) -> AddApplication:
    return AddApplication(name=read_body(request, taken.NewApplication).name)


def _write_added_application(added: NewApplication, request: Request) -> Reply:
    application = added.application
    shown = given.AddedApplication(
        id=application.id,
        name=application.name,
        created_at=application.created_at,
        last_used_at=application.last_used_at,
        api_key=added.api_key.reveal(),
    )
    return created(shown, f"/v1/applications/{application.id}", Caching.SECRET)


def _read_remove_application(request: Request) -> RemoveApplication:
    return RemoveApplication(id=ApplicationId(record_of(request, "A").id))


def _read_tokens(request: Request) -> ListTokens:
    read_query(request, taken.PageQuery)
    return ListTokens()


def _write_tokens(tokens: tuple[StoredToken, ...], request: Request) -> Reply:
    return write_part(tokens, _show_token, request)


def _show_token(token: StoredToken) -> given.Token:
    return given.Token(
        id=token.id,
        name=token.name,
        scopes=names_of(token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
    )


def _read_add_token(request: Request) -> AddToken:
    body = read_body(request, taken.NewToken)
    seconds = body.expires_in_seconds
    return AddToken(
        name=body.name,
        scopes=frozenset(body.scopes),
        life=None if seconds is None else timedelta(seconds=seconds),
    )


def _write_added_token(added: NewToken, request: Request) -> Reply:
    token = added.stored
    shown = given.AddedToken(
        id=token.id,
        name=token.name,
        scopes=names_of(token.scopes),
        created_at=token.created_at,
        expires_at=token.expires_at,
        last_used_at=token.last_used_at,
        secret=added.secret.reveal(),
    )
    return created(shown, f"/v1/tokens/{token.id}", Caching.SECRET)


def _read_remove_token(request: Request) -> RemoveToken:
    return RemoveToken(id=TokenId(request.params["id"]))


ENDPOINTS: tuple[AnyEndpoint, ...] = (
    ResourceEndpoint(
        method="GET",
        path="/v1/applications",
        read=_read_applications,
        write=_write_applications,
        needs=Scope.APPLICATIONS_READ,
        summary="List the caller's applications",
        query=taken.PageQuery,
        gives=given.Page[given.Application],
    ),
    ResourceEndpoint(
        method="POST",
        path="/v1/applications",
        read=_read_add_application,
        write=_write_added_application,
        needs=Scope.APPLICATIONS_WRITE,
        summary="Register an application; its API key is shown once",
        takes=taken.NewApplication,
        gives=given.AddedApplication,
        success=201,
    ),
    ResourceEndpoint(
        method="DELETE",
        path="/v1/applications/{id}",
        read=_read_remove_application,
        write=no_content,
        needs=Scope.APPLICATIONS_WRITE,
        summary="Remove an application and its key",
        success=204,
    ),
    ResourceEndpoint(
        method="GET",
        path="/v1/tokens",
        read=_read_tokens,
        write=_write_tokens,
        needs=Scope.TOKENS_READ,
        summary="List the caller's personal access tokens",
        query=taken.PageQuery,
        gives=given.Page[given.Token],
    ),
    ResourceEndpoint(
        method="POST",
        path="/v1/tokens",
        read=_read_add_token,
        write=_write_added_token,
        needs=Scope.TOKENS_WRITE,
        summary="Make a personal access token; its secret is shown once",
        takes=taken.NewToken,
        gives=given.AddedToken,
        success=201,
    ),
    ResourceEndpoint(
        method="DELETE",
        path="/v1/tokens/{id}",
        read=_read_remove_token,
        write=no_content,
        needs=Scope.TOKENS_WRITE,
        summary="Revoke a personal access token",
        success=204,
    ),
)
