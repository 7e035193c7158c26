"""Refusals as problem details (RFC 9457), with the headers that belong to each status. Pure."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

import msgspec

from safelight.errors import (
    InvalidFields,
    MethodNotAllowed,
    PermissionDenied,
    Throttled,
    WrongPassword,
)
from safelight.server.denials import whole_seconds, write_rate
from safelight.server.http import Caching, Reply, Request
from safelight.server.protocols.native.credentials import is_bearer_presented
from safelight.server.wire import Denial

MEDIA_TYPE = "application/problem+json"
_QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"


class FieldFault(msgspec.Struct, frozen=True, kw_only=True):
    field: str
    detail: str


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """`code` is what a program may switch on. `instance` ends in the id that the server's log has
    of the request. `errors` names the fields that are at fault."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: tuple[FieldFault, ...] | msgspec.UnsetType = msgspec.UNSET
    violated_policies: tuple[str, ...] | msgspec.UnsetType = msgspec.field(
        default=msgspec.UNSET, name="violated-policies"
    )


_encoder = msgspec.json.Encoder()


def write_problem(denial: Denial, request: Request) -> Reply:
    """The answer to a refused request."""
    error = denial.error
    # 401 asks for another credential, but here the one of the request is good.
    status = HTTPStatus.FORBIDDEN if isinstance(error, WrongPassword) else denial.status
    quota = error.quota if isinstance(error, Throttled) else None
    problem = Problem(
        type=_QUOTA_EXCEEDED if quota else "about:blank",
        title=status.phrase,
        status=status.value,
        detail=error.message,
        instance=f"{quote(request.path)}#{request.id}",
        code=error.code,
        errors=_faults_of(error) if isinstance(error, InvalidFields) else msgspec.UNSET,
        violated_policies=(quota.policy,) if quota else msgspec.UNSET,
    )
    reply = Reply(
        status=status.value,
        body=_encoder.encode(problem),
        media_type=MEDIA_TYPE.encode(),
        caching=Caching.SECRET,
    )
    _add_headers(reply, denial, request)
    return reply


def _faults_of(error: InvalidFields) -> tuple[FieldFault, ...]:
    return tuple(
        FieldFault(field=name, detail=fault)
        for name, faults in error.fields.items()
        for fault in faults
    )


def _add_headers(reply: Reply, denial: Denial, request: Request) -> None:
    error = denial.error
    if reply.status == 401:
        _challenge(reply, request)
    elif isinstance(error, PermissionDenied) and error.scope and is_bearer_presented(request):
        challenge = f'Bearer realm="safelight", error="insufficient_scope", scope="{error.scope}"'
        reply.set_header("www-authenticate", challenge)
    elif isinstance(error, MethodNotAllowed):
        reply.set_header("allow", ", ".join(error.allow))
    if denial.retry_after is not None:
        reply.set_header("retry-after", str(whole_seconds(denial.retry_after)))
        if isinstance(error, Throttled) and error.quota is not None:
            write_rate(reply, error.quota, 0, denial.retry_after)


def _challenge(reply: Reply, request: Request) -> None:
    """RFC 6750 §3. A browser is never challenged for Basic: it would open its password dialog."""
    if is_bearer_presented(request):
        reply.set_header("www-authenticate", 'Bearer realm="safelight", error="invalid_token"')
    else:
        reply.set_header("www-authenticate", 'Bearer realm="safelight"')
    if not _is_browser(request):
        reply.set_header("www-authenticate", 'Basic realm="safelight", charset="UTF-8"')


def _is_browser(request: Request) -> bool:
    headers = request.headers
    return (
        b"sec-fetch-mode" in headers
        or b"origin" in headers
        or request.wants_html
        or headers.get(b"user-agent", b"").startswith(b"Mozilla/")
    )
