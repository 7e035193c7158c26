"""Every kind of credential over HTTP: how one signs in for it, and how one sees that it is good."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from tools.prove.pinned import Got, Pinned
from tools.prove.proof import require

PASSWORD = "correct horse battery staple"

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_JSON = {"content-type": "application/json"}
_PHOTOSHELTER = "/psapi/v3/mem"


class Person(NamedTuple):
    """Somebody with an account, an API key for the wire that needs one, and a private photo, by its
    hash and its number."""

    username: str
    email: str
    key: str
    photo_hash: str
    photo_number: int
    password: str = PASSWORD


@dataclass(frozen=True, eq=False)
class Credential:
    """`path` is answered with 200 while it is good; `refused` are the statuses once it is over."""

    kind: str
    headers: Mapping[str, str]
    path: str
    refused: tuple[int, ...] = (401,)
    method: str = "GET"
    body: bytes | None = None
    may_be_repeated: bool = True
    """Not so a password, whose use is throttled once it is wrong, nor a token that is used up."""

    def shown_to(self, worker: Pinned) -> Got:
        return worker.ask(self.method, self.path, self.headers, self.body)

    def require_good(self, worker: Pinned) -> None:
        got = self.shown_to(worker)
        require(got.status == 200, f"{self.kind} is good, and gets {got.status} {got.body!r:.200}")

    def require_over(self, worker: Pinned, why: str) -> None:
        got = self.shown_to(worker)
        require(
            got.status in self.refused,
            f"{self.kind} is over ({why}), and gets {got.status} {got.body!r:.200}",
        )


Make = Callable[[Pinned, Person], list[Credential]]


def studio(worker: Pinned, person: Person) -> list[Credential]:
    return [_pixieset(worker, person, "studio", "/studio/api/v1/clients")]


def galleries(worker: Pinned, person: Person) -> list[Credential]:
    """The session's cookie, and a link to an original that lives as long as the session."""
    cookie = _pixieset(worker, person, "galleries", "/galleries/api/v1/user")
    path = f"/galleries/api/v1/photos/{person.photo_number}/download"
    got = _require(worker.ask("GET", path, cookie.headers), 302)
    link = Credential("signed link", {}, _path_of(got.header("location")), (404,))
    return [cookie, link]


def _pixieset(worker: Pinned, person: Person, realm: str, path: str) -> Credential:
    got = _require(worker.ask("POST", f"/{realm}/login", _FORM, _form_of(person)))
    return Credential(f"{realm} cookie", {"cookie": _cookies(got)}, path)


def photoshelter_cookie(worker: Pinned, person: Person) -> list[Credential]:
    headers = _FORM | {"x-ps-api-key": person.key}
    got = _require(worker.ask("POST", f"{_PHOTOSHELTER}/authenticate", headers, _form_of(person)))
    shown = {"x-ps-api-key": person.key, "cookie": _cookies(got)}
    return [Credential("PhotoShelter cookie", shown, f"{_PHOTOSHELTER}/user/session")]


def photoshelter_token(worker: Pinned, person: Person) -> list[Credential]:
    """In the header, and in the address."""
    key = {"x-ps-api-key": person.key}
    form = _form_of(person, mode="token")
    got = _require(worker.ask("POST", f"{_PHOTOSHELTER}/authenticate", _FORM | key, form))
    token, path = got.json["data"]["token"], f"{_PHOTOSHELTER}/user/session"
    return [
        Credential("PhotoShelter token", key | {"x-ps-auth-token": token}, path),
        Credential("PhotoShelter token in the address", key, f"{path}?auth_token={token}"),
    ]


def librephotos(worker: Pinned, person: Person) -> list[Credential]:
    """The access token in the header, the cookie for pictures, and the refresh token."""
    asked = {"username": person.username, "password": person.password}
    got = _require(worker.send_json("POST", "/api/auth/token/obtain/", asked))
    cookie = {"cookie": f"jwt={got.cookies()['jwt']}"}
    refresh = json.dumps({"refresh": got.json["refresh"]}).encode()
    return [
        Credential("access token", _bearer(got.json["access"]), "/api/rqavailable/"),
        Credential("media cookie", cookie, f"/media/photos/{person.photo_hash}", (401, 403)),
        Credential(
            "refresh token",
            _JSON,
            "/api/auth/token/refresh/",
            method="POST",
            body=refresh,
            may_be_repeated=False,
        ),
    ]


def recorder_monitor(worker: Pinned, person: Person) -> list[Credential]:
    """In the header, and in the cookie."""
    encoded = base64.b64encode(person.password.encode()).decode()
    form = urlencode({"email": person.email, "password": encoded}).encode()
    got = _require(worker.ask("POST", "/api/login", _FORM, form), 303)
    path = f"/api/users/{person.email}"
    return [
        Credential("JSESSION header", {"jsession": got.header("jsession")}, path),
        Credential("JSESSIONID cookie", {"cookie": _cookies(got)}, path),
    ]


def native(worker: Pinned, person: Person) -> list[Credential]:
    return [Credential("native token", _bearer(native_token(worker, person)), "/v1/account")]


def native_token(worker: Pinned, person: Person) -> str:
    asked = {"identifier": person.username, "password": person.password}
    return str(_require(worker.send_json("POST", "/v1/sessions", asked), 201).json["token"])


def web(worker: Pinned, person: Person) -> list[Credential]:
    form = urlencode({"identifier": person.username, "password": person.password}).encode()
    got = _require(worker.ask("POST", "/login", _FORM, form), 303)
    shown = {"cookie": _cookies(got), "accept": "application/json"}
    return [Credential("pages' cookie", shown, "/account/password")]


def basic(worker: Pinned, person: Person) -> list[Credential]:
    pair = base64.b64encode(f"{person.username}:{person.password}".encode()).decode()
    shown = {"authorization": f"Basic {pair}"}
    return [Credential("Basic", shown, "/v1/account", may_be_repeated=False)]


def personal_token(worker: Pinned, person: Person) -> list[Credential]:
    asked = {"name": "script", "scopes": ["account:read"], "expires_in_seconds": None}
    own = _bearer(native_token(worker, person))
    got = _require(worker.send_json("POST", "/v1/tokens", asked, own), 201)
    return [Credential("personal token", _bearer(got.json["secret"]), "/v1/account")]


SESSIONS: tuple[Make, ...] = (
    studio,
    galleries,
    photoshelter_cookie,
    photoshelter_token,
    librephotos,
    recorder_monitor,
    native,
    web,
)
"""Those that a session stands behind: "end all sessions" ends them."""

PASSWORDS: tuple[Make, ...] = (*SESSIONS, basic)
"""Those that a new password ends."""

EVERY: tuple[Make, ...] = (*PASSWORDS, personal_token)


def _bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _form_of(person: Person, **more: str) -> bytes:
    return urlencode({"email": person.email, "password": person.password, **more}).encode()


def _cookies(got: Got) -> str:
    return "; ".join(f"{name}={value}" for name, value in got.cookies().items())


def _path_of(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def _require(got: Got, status: int = 200) -> Got:
    require(got.status == status, f"A sign-in gets {got.status} {got.body!r:.200}")
    return got
