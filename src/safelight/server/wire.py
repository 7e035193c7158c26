"""What a wire protocol is: a name, a realm, a table of endpoints, and how it reads and writes.

A codec turns bytes into meaning and meaning into bytes, and decides nothing. None of its functions
is async, none sees a store: a test of one is "this request, that value".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from enum import Enum
from http import HTTPStatus
from typing import Any, Protocol

import msgspec

from safelight.authentication.affairs import Affair
from safelight.errors import SafelightError
from safelight.exchange import Command, Credential, Outcome, Presented, Renewal
from safelight.identity.account import Account
from safelight.identity.permission import Scope
from safelight.identity.realm import Realm
from safelight.library.questions import Question
from safelight.secret import Secret
from safelight.server.condition import ServerQuestion
from safelight.server.http import Reply, Request
from safelight.server.linked_originals import FetchLinked, LinkOriginal


class Several(msgspec.Struct, frozen=True, kw_only=True):
    """-> tuple of their answers, in order: one thing, and what is shown with it. The first that
    fails is the answer's failure."""

    questions: tuple[Question | Affair, ...]


Asked = Question | Several | Affair | ServerQuestion | LinkOriginal | FetchLinked
"""Anything that can be asked: of the library, of the account's own affairs, of the server."""


class Forgery(Enum):
    """How a request that a browser was tricked into is told from a wanted one."""

    SAFE = "changes nothing"
    GUARDED = "own origin, and the CSRF token if the realm has one"
    UNTOKENED = "own origin alone: a sign-in, which an old cookie must not get in the way of"
    NAVIGABLE = "a GET that changes state: refused when Sec-Fetch-Site says cross-site"
    TOKEN_ONLY = "a GET that changes state: never with a cookie"


class Body(Enum):
    """What is read before the endpoint's reader sees the request."""

    NONE = "none"
    SMALL = "small"
    UPLOAD = "upload"


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`path` begins with a slash, has no trailing one, and names its parameters in braces.

    `confidential`: its body holds a secret, so plain HTTP will not do, whoever sends it. Commands
    always are.

    `even_before_change`: open to a session whose password somebody else chose.

    `summary`, `query` (a Struct, one field a parameter), `takes`, `gives` (a type or None) and
    `success` (a status) describe it in an OpenAPI document.
    """

    method: str
    path: str
    forgery: Forgery | None = None
    confidential: bool = False
    even_before_change: bool = False
    summary: str = ""
    query: type[msgspec.Struct] | None = None
    takes: Any = None
    gives: Any = None
    success: int = 200

    @property
    def guard(self) -> Forgery:
        if self.forgery is not None:
            return self.forgery
        return Forgery.SAFE if self.method in ("GET", "HEAD") else Forgery.GUARDED


class CommandEndpoint(Endpoint, frozen=True, kw_only=True):
    """Signs in, out, or changes what a session is. `read` raises MalformedRequest only.

    With `session_first`, nobody without a session is told what is wrong with the body (RM-17).
    With `needs`, a credential that lacks that scope is refused.
    """

    read: Callable[[Request], Command]
    write: Callable[[Outcome, Request], Reply]
    session_first: bool = False
    needs: Scope | None = None


class ResourceEndpoint(Endpoint, frozen=True, kw_only=True):
    """Needs a principal with the scope `needs`. The result's type follows from the question's, so
    `write` takes Any: the one seam that types do not cover."""

    read: Callable[[Request], Asked]
    write: Callable[[Any, Request], Reply]
    needs: Scope
    body: Body = Body.SMALL


class PublicEndpoint(Endpoint, frozen=True, kw_only=True):
    """Asks without needing a principal: public is said, never left out. A credential that is
    presented explicitly must still be good; a cookie that is not counts as none."""

    read: Callable[[Request], Asked]
    write: Callable[[Any, Request], Reply]
    body: Body = Body.SMALL


class FixedEndpoint(Endpoint, frozen=True, kw_only=True):
    """Answered from the request alone: a help text, a form, a preflight."""

    reply: Callable[[Request], Reply]


AnyEndpoint = CommandEndpoint | ResourceEndpoint | PublicEndpoint | FixedEndpoint


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal: the error, and the status that it has where a wire does not say otherwise."""

    status: HTTPStatus
    error: SafelightError
    retry_after: timedelta | None = None


class Landing(Protocol):
    """A wire whose sign-in sends its callers to the index page, and that speaks to them there,
    since a script that follows the redirect sees no other answer (RM-16)."""

    def read_arrival(self, request: Request) -> Secret | None:
        """The token that its caller may have been given just now."""
        ...

    def write_arrival(
        self, account: Account, token: Secret | None, page: Reply, request: Request
    ) -> Reply:
        """`page`, or what the caller wants in its stead, with the token if it may be shown."""
        ...


CREDENTIAL_HEADERS = (
    b"authorization",
    b"cookie",
    b"jsession",
    b"x-ps-api-key",
    b"x-ps-auth-token",
    b"accept",
    b"host",
    b"origin",
    b"referer",
    b"sec-fetch-site",
)
"""Every header that any protocol's `read_credentials` looks at. A new one has to be named here."""


class WireProtocol(Protocol):
    """One protocol on one realm."""

    @property
    def realm(self) -> Realm: ...
    @property
    def endpoints(self) -> Sequence[AnyEndpoint]: ...
    @property
    def allowed_origins(self) -> frozenset[str]:
        """Foreign origins whose scripts may use this protocol with credentials."""
        ...

    def read_credentials(self, request: Request) -> Presented:
        """Raises MalformedCredential or ConflictingCredentials; validity is not asked."""
        ...

    def read_own(self, request: Request) -> tuple[Credential, ...]:
        """The credentials in carriers that only this protocol uses, for the native API, which
        takes every protocol's."""
        ...

    def read_csrf_cookie(self, request: Request) -> Secret | None:
        """The CSRF token that its cookie holds, where the wire has one."""
        ...

    def write_denial(self, denial: Denial, request: Request) -> Reply: ...
    def write_renewal(self, renewal: Renewal, reply: Reply, request: Request) -> None:
        """Adds what the answer carries anew."""
        ...
