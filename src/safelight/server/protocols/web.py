"""The pages: signing in with a browser, seeing one's sessions, ending them. HTML forms, no script.

This protocol also answers for the paths that no other one claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from safelight.authentication.affairs import (
    EndSession,
    HomeView,
    SetupView,
    ShowHome,
    ShowPage,
    ShowSetup,
)
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
from safelight.identity.ids import SessionId
from safelight.identity.permission import Scope
from safelight.identity.realm import Carrier, Realm
from safelight.secret import Secret
from safelight.server.forms import read_optional_form
from safelight.server.http import SAFE_METHODS, Reply, Request, redirect
from safelight.server.probes import PATHS as PROBES
from safelight.server.probes import probe_endpoints
from safelight.server.web.fields import (
    CSRF,
    NEXT,
    keeps_current,
    read_change,
    read_end,
    read_log_in,
    read_sign_up,
)
from safelight.server.web.local_target import HOME, local_target
from safelight.server.web.pages import Pages, StaticFile
from safelight.server.web.refusals import PASSWORD, SETUP, Refusals
from safelight.server.web.session_cookie import (
    LOGIN,
    expire_session_cookie,
    read_session_cookie,
    set_session_cookie,
    to_login,
)
from safelight.server.wire import (
    AnyEndpoint,
    CommandEndpoint,
    Denial,
    FixedEndpoint,
    Landing,
    PublicEndpoint,
    ResourceEndpoint,
    WireProtocol,
)

# Nobody needs to be anybody here, so that no stale or contradictory cookie stands in the way of
# signing in anew.
_ANONYMOUS = frozenset({LOGIN, SETUP}) | PROBES

_NOTICES = {
    "password": "Your password is changed, and every other session has ended.",
    "session": "The session has ended.",
    "others": "Every other session has ended.",
    "everywhere": "You are signed out everywhere.",
    "out": "You are signed out.",
    "ready": "The account is made. Sign in with it now.",
}
"""What one page may have the next one say: a name in the URL, never a text."""


class Web:
    """`wires` are the other protocols, whose cookies count here, too; `landing` is the one among
    them that sends its callers to the index page. `metrics_from`: see `probes.py`."""

    allowed_origins: frozenset[str] = frozenset()

    def __init__(
        self,
        realm: Realm,
        wires: Sequence[WireProtocol],
        landing: Landing,
        metrics_from: Iterable[str] = (),
    ) -> None:
        self.realm = realm
        self._wires = wires
        self._landing = landing
        self._pages = Pages()
        self._refusals = Refusals(self._pages)
        self.endpoints: Sequence[AnyEndpoint] = (
            *self._signing_in(),
            *self._account(),
            _serve(self._pages.style),
            _serve(self._pages.icon),
            *probe_endpoints(metrics_from),
        )

    def _signing_in(self) -> tuple[AnyEndpoint, ...]:
        return (
            PublicEndpoint(method="GET", path=LOGIN, read=_ask_setup, write=self._write_login_page),
            CommandEndpoint(method="POST", path=LOGIN, read=self._read_log_in, write=write_grant),
            CommandEndpoint(
                method="POST",
                path="/logout",
                even_before_change=True,
                read=lambda request: LogOut(lenient=True),
                write=lambda outcome, request: _signed_out(request, "out"),
            ),
            PublicEndpoint(method="GET", path=SETUP, read=_ask_setup, write=self._write_setup_page),
            PublicEndpoint(
                method="POST",
                path=SETUP,
                confidential=True,
                read=read_sign_up,
                write=lambda account, request: redirect(f"{LOGIN}?notice=ready"),
            ),
        )

    def _account(self) -> tuple[AnyEndpoint, ...]:
        return (
            PublicEndpoint(method="GET", path=HOME, read=self._read_home, write=self._write_home),
            ResourceEndpoint(
                method="POST",
                path="/sessions/{id}/end",
                needs=Scope.SESSIONS_WRITE,
                read=lambda request: EndSession(id=SessionId(request.params["id"])),
                write=lambda result, request: redirect("/?notice=session"),
            ),
            ResourceEndpoint(
                method="POST",
                path="/sessions/end",
                needs=Scope.SESSIONS_WRITE,
                read=read_end,
                write=_write_ended,
            ),
            ResourceEndpoint(
                method="GET",
                path=PASSWORD,
                even_before_change=True,
                needs=Scope.ACCOUNT_WRITE,
                read=lambda request: ShowPage(),
                write=lambda view, request: self._pages.password(view),
            ),
            CommandEndpoint(
                method="POST",
                path=PASSWORD,
                even_before_change=True,
                session_first=True,
                read=read_change,
                write=lambda outcome, request: redirect("/?notice=password"),
            ),
            FixedEndpoint(
                method="GET",
                path="/.well-known/change-password",
                reply=lambda request: redirect(PASSWORD),
            ),
        )

    # --- credentials ----------------------------------------------------------------------------

    def read_credentials(self, request: Request) -> Presented:
        """What is shown on purpose decides alone. A person's browser is who its cookie of these
        pages says, whatever other cookies it has gathered; a program is who it has just signed in
        as on its own wire. A page takes no token from its address, which histories keep."""
        if request.path in _ANONYMOUS:
            return NOTHING_PRESENTED
        own = self.read_own(request)
        foreign = tuple(
            each
            for wire in self._wires
            for each in wire.read_own(request)
            if each.carrier is not Carrier.QUERY
        )
        explicit = tuple(each for each in foreign if each.carrier is not Carrier.COOKIE)
        cookies = (own or foreign) if request.wants_html else (*foreign, *own)
        csrf = None
        if request.method not in SAFE_METHODS:
            csrf = read_optional_form(request).get(CSRF)
        return Presented(credentials=explicit or cookies, csrf_token=Secret(csrf) if csrf else None)

    def read_own(self, request: Request) -> tuple[Credential, ...]:
        value = read_session_cookie(request)
        if value is None:
            return ()
        secret = Secret(value)
        return (SessionToken(realm=self.realm.name, carrier=Carrier.COOKIE, secret=secret),)

    def _read_log_in(self, request: Request) -> LogIn:
        """The cookie that the browser has is overwritten, so its session is to end. Two of them say
        nothing, and stand in nobody's way."""
        try:
            value = read_session_cookie(request)
        except ConflictingCredentials:
            value = None
        replaces = None
        if value is not None:
            replaces = SessionToken(
                realm=self.realm.name, carrier=Carrier.COOKIE, secret=Secret(value)
            )
        return msgspec.structs.replace(read_log_in(request), replaces=replaces)

    def read_csrf_cookie(self, request: Request) -> Secret | None:
        return None

    # --- pages ----------------------------------------------------------------------------------

    def _write_login_page(self, setup: SetupView, request: Request) -> Reply:
        return self._pages.login(
            setup, target=local_target(request.parameter("next")), notice=_notice(request)
        )

    def _write_setup_page(self, setup: SetupView, request: Request) -> Reply:
        if not setup.is_first and not setup.allow_registration:
            return redirect(LOGIN)
        return self._pages.setup(is_first=setup.is_first, given={}, faults={})

    def _read_home(self, request: Request) -> ShowHome:
        return ShowHome(again=self._landing.read_arrival(request))

    def _write_home(self, view: HomeView, request: Request) -> Reply:
        """Only who asks for JSON by name gets a 401: everybody else is better off at the form."""
        if view.account is None:
            if request.wants_json:
                raise Unauthenticated
            return to_login(request)
        page = self._pages.home(view, notice=_notice(request))
        return self._landing.write_arrival(view.account, view.again, page, request)

    # --- answers that are no endpoint's ---------------------------------------------------------

    def write_denial(self, denial: Denial, request: Request) -> Reply:
        return self._refusals.write(denial, request)

    def write_renewal(self, renewal: Renewal, reply: Reply, request: Request) -> None:
        """Nothing: the cookie stays, and the wires renew what is theirs."""


def write_grant(outcome: Outcome, request: Request) -> Reply:
    assert isinstance(outcome, Grant)
    assert outcome.session_token is not None
    reply = redirect(local_target(read_optional_form(request).get(NEXT)))
    set_session_cookie(reply, request, outcome.session_token.reveal())
    return reply


def _ask_setup(request: Request) -> ShowSetup:
    return ShowSetup()


def _serve(file: StaticFile) -> FixedEndpoint:
    return FixedEndpoint(method="GET", path=file.path, reply=lambda request: file.reply())


def _write_ended(count: int, request: Request) -> Reply:
    if keeps_current(request):
        return redirect("/?notice=others")
    return _signed_out(request, "everywhere")


def _signed_out(request: Request, notice: str) -> Reply:
    """What the browser keeps of this origin goes, too: private pictures above all."""
    reply = redirect(f"{LOGIN}?notice={notice}")
    expire_session_cookie(reply, request)
    reply.set_header("clear-site-data", '"cache", "storage"')
    return reply


def _notice(request: Request) -> str:
    return _NOTICES.get(request.parameter("notice") or "", "")
