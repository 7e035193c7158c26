"""Pages as replies: templates that escape everything, and the policy that browsers hold them to."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from http import HTTPStatus
from importlib.resources import files

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from safelight.authentication.affairs import HomeView, PageView, SetupView
from safelight.authentication.password import MINIMUM_CHARACTERS
from safelight.server.http import Caching, Reply, html_reply

PACKAGE = "safelight.server.web"

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""No script at all, and forms that go nowhere else."""

_PASSWORD_RULE = f"At least {MINIMUM_CHARACTERS} characters. A sentence is easy to remember."

_REALM_NAMES = {
    "studio": "Pixieset Studio",
    "galleries": "Pixieset Galleries",
    "photoshelter": "PhotoShelter",
    "librephotos": "LibrePhotos",
    "recorder_monitor": "Recorder Monitor",
    "native": "Safelight's API",
    "web": "Safelight's pages",
}

_HEADINGS = {
    HTTPStatus.BAD_REQUEST: "That could not be understood",
    HTTPStatus.UNAUTHORIZED: "Sign in first",
    HTTPStatus.FORBIDDEN: "That is not allowed",
    HTTPStatus.NOT_FOUND: "Page not found",
    HTTPStatus.METHOD_NOT_ALLOWED: "That cannot be done here",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many attempts",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not right now",
}


class StaticFile(msgspec.Struct, frozen=True, kw_only=True):
    """A packaged file. Its path holds a digest of its content, so it may be kept for ever."""

    path: str
    media_type: bytes
    body: bytes

    def reply(self) -> Reply:
        return Reply(body=self.body, media_type=self.media_type, caching=Caching.IMMUTABLE)


class Pages:
    """Every page there is. `problem` and `notice` are one sentence for the person, or ""."""

    def __init__(self) -> None:
        self.style: StaticFile = _static_file("pages.css", b"text/css; charset=utf-8")
        self.icon: StaticFile = _static_file("icon.svg", b"image/svg+xml")
        self._templates = Environment(
            loader=PackageLoader(PACKAGE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            files={"style": self.style.path, "icon": self.icon.path},
            realm_names=_REALM_NAMES,
            password_rule=_PASSWORD_RULE,
            minimum_characters=MINIMUM_CHARACTERS,
        )

    def login(
        self,
        setup: SetupView,
        *,
        target: str,
        identifier: str = "",
        problem: str = "",
        notice: str = "",
        status: int = 200,
    ) -> Reply:
        """`target` is where to go after it, `identifier` what was typed before."""
        return self._page(
            "login.html",
            status,
            is_first=setup.is_first,
            allow_registration=setup.allow_registration,
            target=target,
            identifier=identifier,
            problem=problem,
            notice=notice,
        )

    def setup(
        self,
        *,
        is_first: bool,
        given: Mapping[str, str],
        faults: Mapping[str, str],
        problem: str = "",
        status: int = 200,
    ) -> Reply:
        """`given` are the fields as typed, never a secret; `faults` what is wrong with which."""
        return self._page(
            "setup.html", status, is_first=is_first, given=given, faults=faults, problem=problem
        )

    def home(self, view: HomeView, *, notice: str = "") -> Reply:
        return self._page(
            "home.html",
            200,
            account=view.account,
            sessions=view.sessions,
            csrf_token=view.csrf_token.reveal() if view.csrf_token else "",
            notice=notice,
        )

    def password(self, view: PageView, *, problem: str = "") -> Reply:
        return self.password_again(
            email=view.account.email if view.account else "",
            csrf_token=view.csrf_token.reveal() if view.csrf_token else "",
            faults={},
            problem=problem,
            status=200,
        )

    def password_again(
        self, *, email: str, csrf_token: str, faults: Mapping[str, str], problem: str, status: int
    ) -> Reply:
        return self._page(
            "password.html",
            status,
            email=email,
            csrf_token=csrf_token,
            faults=faults,
            problem=problem,
        )

    def refusal(self, status: HTTPStatus, text: str) -> Reply:
        heading = _HEADINGS.get(status, status.phrase)
        return self._page("refusal.html", status, status=status.value, heading=heading, text=text)

    def _page(self, template: str, status_code: int, **values: object) -> Reply:
        reply = html_reply(self._templates.get_template(template).render(values), status_code)
        reply.set_header("content-security-policy", _POLICY)
        return reply


def _static_file(name: str, media_type: bytes) -> StaticFile:
    body = files(PACKAGE).joinpath("static", name).read_bytes()
    stem, _, suffix = name.partition(".")
    digest = blake2b(body, digest_size=6).hexdigest()
    return StaticFile(path=f"/static/{stem}-{digest}.{suffix}", media_type=media_type, body=body)
