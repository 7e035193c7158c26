"""The pages of the two apps: a sign-in form, a home page, a refusal. Plain HTML, no script.

Each carries a CSRF token in `<meta name="csrf-token">`, where tools look for it (PX-2).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from safelight.authentication.affairs import PageView
from safelight.identity.account import Account
from safelight.secret import Secret
from safelight.server.http import Caching, Reply, Request, html_reply
from safelight.server.protocols.pixieset.errors import Refusal
from safelight.server.wire import AnyEndpoint, FixedEndpoint

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""No script of ours; what a tool runs in the page may call the API of this host, no other."""
_ASSETS = {"pages.css": b"text/css; charset=utf-8", "icon.svg": b"image/svg+xml"}


class Pages:
    """`app` is what the pages call the app: `Studio`, `Galleries`."""

    def __init__(self, app: str) -> None:
        self._app = app
        self._templates = Environment(
            loader=PackageLoader(__package__ or "", "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )

    def assets(self) -> tuple[AnyEndpoint, ...]:
        """The style and the icon, served by each app itself: on its own host nobody else could."""
        return tuple(
            FixedEndpoint(
                method="GET",
                path=f"/assets/{name}",
                reply=_serving(
                    (files("safelight.server.web") / "static" / name).read_bytes(), kind
                ),
            )
            for name, kind in _ASSETS.items()
        )

    def sign_in(self, view: PageView, request: Request) -> Reply:
        """The form (PX-1). Whoever is signed in already sees who, and may sign in as another."""
        return self._render(
            "login.html", request, 200, view=view, problem="", token=view.csrf_token
        )

    def refused_sign_in(self, refusal: Refusal, request: Request) -> Reply:
        """The form again, with what was wrong. What was typed is not repeated."""
        return self._render(
            "login.html",
            request,
            refusal.status,
            view=None,
            problem=refusal.body.message,
            token=None,
        )

    def home(self, account: Account, csrf_token: Secret | None, request: Request) -> Reply:
        return self._render("home.html", request, 200, account=account, token=csrf_token)

    def refused(self, refusal: Refusal, request: Request) -> Reply:
        return self._render(
            "refused.html", request, refusal.status, refusal=refusal.body, token=None
        )

    def _render(
        self, name: str, request: Request, status: int, *, token: Secret | None, **values: object
    ) -> Reply:
        page = self._templates.get_template(name).render(
            app=self._app,
            mount=request.mount,
            csrf_token=token.reveal() if token is not None else "",
            **values,
        )
        reply = html_reply(page, status)
        reply.set_header("content-security-policy", _POLICY)
        return reply


def _serving(content: bytes, kind: bytes) -> Callable[[Request], Reply]:
    def reply(request: Request) -> Reply:
        return Reply(body=content, media_type=kind, caching=Caching.PUBLIC)

    return reply
