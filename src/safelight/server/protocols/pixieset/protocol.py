"""The protocol's shape: what both realms share, from cookies to refusals."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from safelight.authentication.affairs import PageView, ShowPage
from safelight.config import Pixieset as PixiesetSettings
from safelight.errors import ConflictingCredentials, Unauthenticated
from safelight.exchange import (
    NOTHING_PRESENTED,
    Credential,
    Grant,
    LogIn,
    LogOut,
    Outcome,
    Presented,
    Renewal,
    SessionToken,
)
from safelight.identity.realm import Carrier, Realm
from safelight.secret import Secret
from safelight.server.http import (
    SAFE_METHODS,
    Caching,
    Reply,
    Request,
    json_reply,
    redirect,
)
from safelight.server.protocols.pixieset.cookies import (
    GALLERIES,
    STUDIO,
    CookieNames,
    SignInCookies,
    name_cookies,
)
from safelight.server.protocols.pixieset.errors import add_hints, word_refusal, write_refusal
from safelight.server.protocols.pixieset.galleries import galleries_endpoints
from safelight.server.protocols.pixieset.pages import Pages
from safelight.server.protocols.pixieset.sign_in import (
    asks_for_json,
    read_csrf_token,
    read_log_in,
    write_signed_in,
)
from safelight.server.protocols.pixieset.studio import studio_endpoints
from safelight.server.wire import (
    AnyEndpoint,
    CommandEndpoint,
    Denial,
    Forgery,
    PublicEndpoint,
)


class Pixieset:
    """Built by `studio` or `galleries`; the rest of the server sees a `WireProtocol`."""

    def __init__(
        self,
        realm: Realm,
        *,
        cookies: SignInCookies,
        pages: Pages,
        page_paths: tuple[str, ...],
        api: tuple[AnyEndpoint, ...],
        origins: frozenset[str],
    ) -> None:
        """`page_paths` are the addresses that a signed-in browser sees the home page at."""
        self._realm = realm
        self._cookies = cookies
        self._pages = pages
        self._origins = origins
        self._endpoints = (*self._sign_in_endpoints(page_paths), *pages.assets(), *api)

    @classmethod
    def studio(cls, realm: Realm, settings: PixiesetSettings, beside: PixiesetSettings) -> Pixieset:
        """`beside` are the settings of Galleries, whose cookies single sign-on sets, too."""
        return cls(
            realm,
            cookies=_cookies_of(
                realm,
                name_cookies("studio", STUDIO, settings),
                name_cookies("galleries", GALLERIES, beside),
            ),
            pages=Pages("Studio"),
            page_paths=("/", "/clients"),
            api=studio_endpoints(),
            origins=frozenset(settings.cors_origins),
        )

    @classmethod
    def galleries(
        cls, realm: Realm, settings: PixiesetSettings, beside: PixiesetSettings
    ) -> Pixieset:
        """`beside` are the settings of Studio."""
        return cls(
            realm,
            cookies=_cookies_of(
                realm,
                name_cookies("galleries", GALLERIES, settings),
                name_cookies("studio", STUDIO, beside),
            ),
            pages=Pages("Galleries"),
            page_paths=("/", "/collections"),
            api=galleries_endpoints(),
            origins=frozenset(settings.cors_origins),
        )

    @property
    def realm(self) -> Realm:
        return self._realm

    @property
    def endpoints(self) -> Sequence[AnyEndpoint]:
        return self._endpoints

    @property
    def allowed_origins(self) -> frozenset[str]:
        return self._origins

    # --- reading ------------------------------------------------------------------------------

    def read_credentials(self, request: Request) -> Presented:
        credentials = self.read_own(request)
        if not credentials:
            return NOTHING_PRESENTED
        # A token on a GET is ignored, right or wrong (PX-26).
        token = None if request.method in SAFE_METHODS else read_csrf_token(request)
        return Presented(credentials=credentials, csrf_token=token)

    def read_own(self, request: Request) -> tuple[Credential, ...]:
        token = self._cookies.read_session(request)
        if token is None:
            return ()
        return (SessionToken(realm=self._realm.name, carrier=Carrier.COOKIE, secret=token),)

    def read_csrf_cookie(self, request: Request) -> Secret | None:
        return self._cookies.read_csrf(request)

    # --- writing ------------------------------------------------------------------------------

    def write_denial(self, denial: Denial, request: Request) -> Reply:
        """JSON for programs; for browsers outside the API, a page, or the way to the form."""
        signing_in = request.method == "POST" and request.path == f"{request.mount}/login"
        refusal = word_refusal(denial, signing_in=signing_in)
        if not _is_navigation(request):
            reply = write_refusal(refusal)
        elif signing_in:
            reply = self._pages.refused_sign_in(refusal, request)
        elif isinstance(denial.error, Unauthenticated):
            return _to_sign_in(request)
        else:
            reply = self._pages.refused(refusal, request)
        if isinstance(denial.error, Unauthenticated):
            reply.set_header("www-authenticate", f'Cookie realm="{self._realm.name}"')
        if isinstance(denial.error, ConflictingCredentials):
            reply.cookies.extend(self._cookies.expire_doubled(request))
        add_hints(reply, denial)
        return reply

    def write_renewal(self, renewal: Renewal, reply: Reply, request: Request) -> None:
        if renewal.csrf_token is not None:
            reply.cookies.extend(self._cookies.write_csrf(renewal.csrf_token, request))
            reply.caching = Caching.SECRET

    # --- signing in and out, pages ------------------------------------------------------------

    def _sign_in_endpoints(self, page_paths: tuple[str, ...]) -> tuple[AnyEndpoint, ...]:
        return (
            PublicEndpoint(method="GET", path="/login", read=_read_page, write=self._pages.sign_in),
            CommandEndpoint(
                method="POST",
                path="/login",
                forgery=Forgery.UNTOKENED,
                read=self._read_log_in,
                write=self._write_log_in,
            ),
            CommandEndpoint(
                method="POST", path="/logout", read=_read_log_out, write=self._write_log_out
            ),
            *(
                PublicEndpoint(method="GET", path=path, read=_read_page, write=self._write_home)
                for path in page_paths
            ),
        )

    def _read_log_in(self, request: Request) -> LogIn:
        """The cookie that the browser has is overwritten, so its session is to end (PX-13)."""
        token = self._cookies.read_session(request)
        if token is None:
            return read_log_in(request)
        presented = SessionToken(realm=self._realm.name, carrier=Carrier.COOKIE, secret=token)
        return msgspec.structs.replace(read_log_in(request), replaces=presented)

    def _write_log_in(self, outcome: Outcome, request: Request) -> Reply:
        """200 for everybody, with the cookies in this same answer (PX-3); programs that ask for
        JSON get the token in it, others in the page."""
        assert isinstance(outcome, Grant)
        if asks_for_json(request):
            reply = json_reply(write_signed_in(outcome), caching=Caching.SECRET)
        else:
            reply = self._pages.home(outcome.account, outcome.csrf_token, request)
        reply.cookies.extend(self._cookies.write_grant(outcome, request))
        return reply

    def _write_log_out(self, outcome: Outcome, request: Request) -> Reply:
        if _is_navigation(request):
            reply = redirect(f"{request.mount}/login")
        else:
            reply = Reply(status=204, media_type=b"", caching=Caching.SECRET)
        reply.set_header("clear-site-data", '"cache"')
        reply.cookies.extend(self._cookies.expire(request))
        return reply

    def _write_home(self, view: PageView, request: Request) -> Reply:
        if view.account is None:
            return _to_sign_in(request)
        return self._pages.home(view.account, view.csrf_token, request)


def _cookies_of(realm: Realm, own: CookieNames, sibling: CookieNames) -> SignInCookies:
    return SignInCookies(own, sibling if realm.also else None)


def _read_page(request: Request) -> ShowPage:
    return ShowPage()


def _read_log_out(request: Request) -> LogOut:
    return LogOut()


def _to_sign_in(request: Request) -> Reply:
    return redirect(f"{request.mount}/login", 302)


def _is_navigation(request: Request) -> bool:
    """Whether a person looks at the answer. The API answers programs only, whatever they accept."""
    return (
        request.wants_html
        and not asks_for_json(request)
        and not request.path.startswith(f"{request.mount}/api/")
    )
