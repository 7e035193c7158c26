"""Requests and replies: the values that codecs read and write.

Reading is lazy, since most requests need a header or two. Header names and cookies are handled as
bytes: what a browser sends must not be trimmed or folded by rules other than RFC 6265's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import NamedTuple
from urllib.parse import parse_qsl

import msgspec

from safelight.errors import ConflictingCredentials, MalformedRequest, Quota
from safelight.library.ports import BlobKey
from safelight.library.questions import Upload

_MOST_FIELDS = 1000
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of a form body, in order, and the files that were staged from it."""

    fields: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, Upload], ...] = ()

    def get(self, name: str) -> str | None:
        """The last value of a field, as PHP reads forms; None when it is absent."""
        return next((value for key, value in reversed(self.fields) if key == name), None)


class Allowance(NamedTuple):
    """How much of a quota is left to whoever asks, and when it begins anew."""

    quota: Quota
    left: int
    reset: timedelta


class Request:
    """One request. `address` is the client's, after trusted proxies; `peer` who is connected.

    `mount` and `realm` are the path prefix and the realm of the protocol that answers, `params` the
    path's parameters, `body` the bytes of a body that was read, `form` the parsed
    form of an upload. `path` is decoded and without a trailing slash. `public_origin` is what the
    settings call this server's own, "" to go by the request itself. `allowance` is set when the
    request was counted against a limit.
    """

    __slots__ = (
        "_cookies", "_query", "_repeated_cookies", "address", "allowance", "body", "form",
        "headers", "host", "id", "method", "mount", "params", "path", "peer", "public_origin",
        "query_string", "raw_headers", "realm", "scheme",
    )  # fmt: skip

    def __init__(
        self,
        *,
        method: str,
        path: str,
        query_string: bytes,
        raw_headers: list[tuple[bytes, bytes]],
        scheme: str,
        host: str,
        peer: str,
        address: str,
        id: str,
    ) -> None:
        self.method: str = method
        self.path: str = path
        self.query_string: bytes = query_string
        self.raw_headers: list[tuple[bytes, bytes]] = raw_headers
        self.headers: dict[bytes, bytes] = dict(raw_headers)
        self.scheme: str = scheme
        self.host: str = host
        self.peer: str = peer
        self.address: str = address
        self.id: str = id
        self.mount: str = ""
        self.public_origin: str = ""
        self.allowance: Allowance | None = None
        self.realm: str = ""
        self.params: dict[str, str] = {}
        self.body: bytes = b""
        self.form: Form | None = None
        self._cookies: dict[bytes, bytes] | None = None
        self._repeated_cookies: frozenset[bytes] = frozenset()
        self._query: list[tuple[str, str]] | None = None

    def as_get(self) -> Request:
        """A GET of the same address with the same headers, from the same client."""
        return Request(
            method="GET",
            path=self.path,
            query_string=self.query_string,
            raw_headers=self.raw_headers,
            scheme=self.scheme,
            host=self.host,
            peer=self.peer,
            address=self.address,
            id=self.id,
        )

    @property
    def is_secure(self) -> bool:
        return self.scheme == "https"

    @property
    def origin(self) -> str:
        """The server's own origin as the client sees it: `https://photos.example`."""
        return self.public_origin or f"{self.scheme}://{self.host}"

    def is_own(self, origin: str) -> bool:
        """Whether `origin` is this server: by its settings, or by the request itself."""
        return origin in (f"{self.scheme}://{self.host}", self.public_origin or None)

    @property
    def base_url(self) -> str:
        """The origin, and the path prefix that the protocol is mounted under, if any."""
        return f"{self.origin}{self.mount}"

    def header(self, name: bytes) -> str | None:
        """The value of a header (`name` in lower case), decoded as Latin-1; None when absent."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def sole_header(self, name: bytes) -> str | None:
        """Likewise, for one that carries a credential: two different values are refused."""
        value = self.headers.get(name)
        if value is None:
            return None
        if len(self.headers) != len(self.raw_headers) and any(
            key == name and other != value for key, other in self.raw_headers
        ):
            raise ConflictingCredentials(f"Header {name.decode()} occurs with two values.")
        return value.decode("latin-1")

    def cookie(self, name: str) -> str | None:
        """The value of a cookie. Raises ConflictingCredentials when the name occurs twice."""
        if b"cookie" not in self.headers:
            return None
        if self._cookies is None:
            self._cookies, self._repeated_cookies = read_cookies(
                value for key, value in self.raw_headers if key == b"cookie"
            )
        key = name.encode()
        if key in self._repeated_cookies:
            raise ConflictingCredentials(f"The cookie {name} occurs twice.")
        value = self._cookies.get(key)
        return None if value is None else value.decode("latin-1")

    @property
    def query(self) -> list[tuple[str, str]]:
        """The pairs of the query in order. Raises MalformedRequest for broken encoding."""
        if self._query is None:
            self._query = read_pairs(self.query_string)
        return self._query

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter (PX-45); None when it is absent."""
        if not self.query_string:
            return None
        return next((value for key, value in reversed(self.query) if key == name), None)

    def sole_parameter(self, name: str) -> str | None:
        """Likewise, for one that carries a credential: two different values are refused."""
        if not self.query_string:
            return None
        values = {value for key, value in self.query if key == name}
        if len(values) > 1:
            raise ConflictingCredentials(f"The parameter {name} occurs with two values.")
        return values.pop() if values else None

    @property
    def media_type(self) -> str:
        """The body's content type without parameters, in lower case; "" when there is none."""
        value = self.headers.get(b"content-type", b"")
        return value.partition(b";")[0].strip().decode("latin-1").lower()

    @property
    def wants_html(self) -> bool:
        """Whether a browser navigates here rather than a program."""
        return b"text/html" in self.headers.get(b"accept", b"")

    @property
    def wants_json(self) -> bool:
        """Whether JSON is asked for by name, and a page is not."""
        return not self.wants_html and b"json" in self.headers.get(b"accept", b"")


def read_cookies(
    headers: Iterable[bytes],
) -> tuple[dict[bytes, bytes], frozenset[bytes]]:
    """The cookies of `Cookie` headers, and the names that occur more than once.

    Pairs are split at `;`, with or without a blank (PX-63); only SP and HTAB are trimmed, so that
    no other blank can smuggle a name past a browser's rules. Parts without `=` are skipped.
    """
    cookies: dict[bytes, bytes] = {}
    repeated: set[bytes] = set()
    for header in headers:
        for part in header.split(b";"):
            name, equals, value = part.partition(b"=")
            if not equals:
                continue
            name = name.strip(b" \t")
            if name in cookies:
                repeated.add(name)
            cookies[name] = value.strip(b" \t")
    return cookies, frozenset(repeated)


def read_pairs(encoded: bytes) -> list[tuple[str, str]]:
    """The pairs of a query or a urlencoded body, UTF-8. Raises MalformedRequest."""
    try:
        return parse_qsl(
            encoded.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=_MOST_FIELDS,
            errors="strict",
        )
    except UnicodeDecodeError:
        raise MalformedRequest("The parameters are not valid UTF-8.") from None
    except ValueError:
        raise MalformedRequest(f"There are more than {_MOST_FIELDS} parameters.") from None


class Caching(Enum):
    """How an answer may be kept: see `app.finish`."""

    SECRET = (b"cache-control", b"no-store")
    PRIVATE = (b"cache-control", b"private, no-cache")
    PUBLIC = (b"cache-control", b"public, max-age=300")
    IMMUTABLE = (b"cache-control", b"public, max-age=31536000, immutable")


class BlobBody(msgspec.Struct, frozen=True):
    """A part of a blob, streamed: bytes `start` up to and without `stop`."""

    key: BlobKey
    start: int
    stop: int


class Cookie(msgspec.Struct, frozen=True, kw_only=True):
    """A `Set-Cookie`. `secure` follows the request's scheme; `max_age` in seconds, 0 expires it.

    Without `domain` only the host that sets it gets it back; with one, every host below it, too.
    """

    name: str
    value: str
    secure: bool
    http_only: bool = True
    same_site: str | None = "Lax"
    max_age: int | None = None
    path: str = "/"
    domain: str | None = None

    def render(self) -> bytes:
        parts = [f"{self.name}={self.value}", f"Path={self.path}"]
        if self.domain is not None:
            parts.append(f"Domain={self.domain}")
        if self.max_age is not None:
            parts.append(f"Max-Age={self.max_age}")
            if self.max_age == 0:
                parts.append("Expires=Thu, 01 Jan 1970 00:00:00 GMT")
        if self.http_only:
            parts.append("HttpOnly")
        if self.secure:
            parts.append("Secure")
        if self.same_site is not None:
            parts.append(f"SameSite={self.same_site}")
        return "; ".join(parts).encode("latin-1")


class Reply(msgspec.Struct, kw_only=True):
    """An answer. `headers` are name and value as sent; names in lower case."""

    status: int = 200
    body: bytes | BlobBody = b""
    media_type: bytes = b"application/json"
    headers: list[tuple[bytes, bytes]] = msgspec.field(default_factory=list)
    cookies: list[Cookie] = msgspec.field(default_factory=list)
    caching: Caching = Caching.PRIVATE

    def set_header(self, name: str, value: str) -> None:
        """Raises UnicodeEncodeError for text that no header can carry."""
        self.headers.append((name.lower().encode("ascii"), value.encode("latin-1")))


_encoder = msgspec.json.Encoder()


def json_reply(value: object, status: int = 200, caching: Caching = Caching.PRIVATE) -> Reply:
    return Reply(status=status, body=_encoder.encode(value), caching=caching)


def redirect(location: str, status: int = 303) -> Reply:
    reply = Reply(status=status, media_type=b"", caching=Caching.SECRET)
    reply.set_header("location", location)
    return reply


def html_reply(page: str, status: int = 200) -> Reply:
    """A page. Under `no-referrer` a browser would send the page's own forms with `Origin: null`
    (Fetch §3.2), which the guard must refuse; `same-origin` tells nobody else anything either."""
    return Reply(
        status=status,
        body=page.encode(),
        media_type=b"text/html; charset=utf-8",
        headers=[(b"referrer-policy", b"same-origin")],
        caching=Caching.SECRET,
    )
