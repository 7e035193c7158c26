"""The gate of `safelight proxy`: an app's pages come in with a cookie of ours, and get no other.

What a browser has to show, in this order: our own name, an origin that was named, the fact that the
page itself asks (Fetch Metadata), the cookie, for a write the CSRF token, and a path that is
allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import NamedTuple

import msgspec

from safelight.cli.browser_app.app_files import MOUNT, AppFiles
from safelight.cli.browser_app.browsers import Browser, Browsers
from safelight.cli.browser_app.origins import CSRF_HEADER, SENT_BACK, SENT_ON, Origins
from safelight.cli.browser_app.rules import Rules
from safelight.cli.forwarding.asked import SAFE, Asked, plain_path
from safelight.cli.forwarding.gate import Fields, Reply
from safelight.errors import (
    CsrfMismatch,
    ForeignOrigin,
    MalformedRequest,
    MethodNotAllowed,
    NotFound,
)
from safelight.secret import Secret

OWN = "/.safelight/"
_SESSION = f"{OWN}session"
_MODULE = f"{OWN}browser.js"
_MOST_CODE_BYTES = 4096
_JSON = ("content-type", "application/json")
_NO_STORE = ("cache-control", "no-store")

_ALWAYS: Fields = (
    ("vary", "Origin, Cookie"),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
)
_LOCKED: Fields = (
    ("content-security-policy", "sandbox; default-src 'none'; frame-ancestors 'none'"),
)
"""A page that the service answers with, or a picture that is one, runs no script in our origin."""


class Terms(NamedTuple):
    """`cookie` is the name of the browser's cookie; `files` are an app's that is served here."""

    origins: Origins
    rules: Rules
    cookie: str
    most_bytes: int
    files: AppFiles | None = None


class _Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str


class _State(msgspec.Struct, frozen=True, kw_only=True):
    csrf_token: str
    expires_at: str


class BrowserApp:
    """`on_let_in` is called when a link was used up, and there is a new one."""

    def __init__(self, terms: Terms, browsers: Browsers, on_let_in: Callable[[], None]) -> None:
        self.most_bytes: int = terms.most_bytes
        self._terms = terms
        self._origins = terms.origins
        self._browsers = browsers
        self._on_let_in = on_let_in

    def answer(self, asked: Asked, read_body: Callable[[int], bytes]) -> Reply | None:
        self._origins.require_own_host(asked)
        self._origins.require_known(asked)
        path = plain_path(asked.target)
        if asked.method == "OPTIONS":
            return self._origins.preflight(asked, self._methods_of(path))
        if path.startswith(OWN):
            return self._answer_own(asked, path, read_body)
        if self._terms.files is not None and _is_mounted(path):
            return self._terms.files.read(asked, path)
        self._origins.require_page(asked)
        self._require_browser(asked)
        for method in asked.methods:
            self._terms.rules.require(method, path)
        return None

    def is_sent_on(self, name: str) -> bool:
        return name in SENT_ON

    def is_sent_back(self, name: str) -> bool:
        return name in SENT_BACK

    def adds(self, asked: Asked) -> Fields:
        is_app_file = self._terms.files is not None and _is_mounted(asked.target)
        return (*_ALWAYS, *(() if is_app_file else _LOCKED), *self._origins.granted(asked))

    # --- what is ours -------------------------------------------------------------------------

    def _methods_of(self, path: str) -> frozenset[str]:
        if path == _SESSION:
            return frozenset({"GET", "POST", "DELETE"})
        return SAFE if path == _MODULE else self._terms.rules.methods_of(path)

    def _answer_own(self, asked: Asked, path: str, read_body: Callable[[int], bytes]) -> Reply:
        if path == _MODULE and asked.method in SAFE:
            source = resources.files(__package__).joinpath("browser.js").read_bytes()
            kind = ("content-type", "text/javascript; charset=utf-8")
            return Reply(200, (kind, ("cache-control", "no-cache")), source)
        if path != _SESSION:
            raise NotFound
        self._origins.require_page(asked)
        match asked.method:
            case "POST":
                return self._let_in(asked, read_body(_MOST_CODE_BYTES))
            case "GET" | "HEAD":
                browser = self._browsers.require(self._tokens(asked))
                return Reply(200, (_JSON, _NO_STORE), _state(browser))
            case "DELETE":
                self._require_browser(asked)
                self._browsers.forget(self._tokens(asked))
                return Reply(204, (("set-cookie", self._cookie(asked, "", 0)),))
            case _:
                raise MethodNotAllowed(("DELETE", "GET", "HEAD", "POST"), asked.method)

    def _let_in(self, asked: Asked, content: bytes) -> Reply:
        """JSON alone: a form of another page can send anything else without being asked first."""
        if asked.header("content-type").partition(";")[0].strip().lower() != "application/json":
            raise ForeignOrigin("The code comes as JSON (Content-Type: application/json).")
        try:
            code = msgspec.json.decode(content, type=_Code).code
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise MalformedRequest(
                'This should be {"code": …}, as it stands in the link.'
            ) from None
        token, browser = self._browsers.let_in(Secret(code))
        self._on_let_in()
        seconds = round(self._browsers.lifetime.total_seconds())
        cookie = self._cookie(asked, token.reveal(), seconds)
        return Reply(200, (_JSON, _NO_STORE, ("set-cookie", cookie)), _state(browser))

    def _cookie(self, asked: Asked, value: str, seconds: int) -> str:
        """For a page of another site it is kept apart for each site that shows it (CHIPS): there
        browsers refuse other cookies. It is never for a page to read."""
        crosses = asked.header("sec-fetch-site") == "cross-site"
        reach = "SameSite=None; Partitioned" if crosses else "SameSite=Strict"
        name = self._terms.cookie
        return f"{name}={value}; Path=/; Secure; HttpOnly; {reach}; Max-Age={seconds}"

    # --- what a browser shows -----------------------------------------------------------------

    def _require_browser(self, asked: Asked) -> None:
        """Raises NotLetIn, and CsrfMismatch for a write without the token."""
        browser = self._browsers.require(self._tokens(asked))
        if not SAFE.issuperset(asked.methods) and Secret(asked.header(CSRF_HEADER)) != browser.csrf:
            raise CsrfMismatch(
                f"A change needs {CSRF_HEADER} with the csrf_token that GET {_SESSION} gives."
            )

    def _tokens(self, asked: Asked) -> tuple[Secret, ...]:
        """A browser may have one of its own and one for a site that shows it."""
        pairs = (each.strip().partition("=") for each in asked.header("cookie").split(";"))
        return tuple(Secret(value) for name, _, value in pairs if name == self._terms.cookie)


def _is_mounted(target: str) -> bool:
    path = target.partition("?")[0]
    return path == MOUNT or path.startswith(f"{MOUNT}/")


def _state(browser: Browser) -> bytes:
    until = browser.until.isoformat(timespec="seconds").replace("+00:00", "Z")
    return msgspec.json.encode(_State(csrf_token=browser.csrf.reveal(), expires_at=until))
