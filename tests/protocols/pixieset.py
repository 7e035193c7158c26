"""A visitor of the Pixieset wire: a client that keeps cookies, and what its library holds."""

from __future__ import annotations

import hashlib
import re
from typing import Any
from urllib.parse import unquote

from starlette.testclient import TestClient
from tests.house import LOOPBACK, PASSWORD, House
from tests.pictures.samples import picture

from safelight.authentication.recognition import Recognition
from safelight.identity.account import Account
from safelight.identity.permission import ALL_SCOPES
from safelight.identity.principal import Caller, Principal
from safelight.library.gallery import Gallery
from safelight.library.photo import Photo, Visibility
from safelight.library.questions import AddGallery, AddPhotos, ById, Upload

STUDIO, GALLERIES = "/studio", "/galleries"
SESSION = {STUDIO: "studio_session", GALLERIES: "gallery_dashboard_session"}
CSRF = {STUDIO: "ST-XSRF-TOKEN", GALLERIES: "GD-XSRF-TOKEN"}

UNAUTHORIZED = {"error": "Unauthorized", "message": "Session expired or invalid"}
FORBIDDEN = {"error": "Forbidden", "message": "Insufficient permissions"}
MISMATCH = {
    "error": "CSRF token mismatch",
    "message": "The CSRF token is missing, over, or belongs to another session.",
}


class Visitor:
    """`app` is the prefix that the realm is reached under: `/studio` or `/galleries`, or "" when
    `base_url` names its host."""

    def __init__(
        self,
        house: House,
        app: str = GALLERIES,
        account: Account | None = None,
        *,
        base_url: str = "http://localhost",
        peer: tuple[str, int] = LOOPBACK,
    ) -> None:
        self.house = house
        self.app = app
        self.api = f"{app}/api/v1"
        self.account = account or house.add_account()
        self.client = house.client(base_url, peer=peer)

    def credentials(self, **more: str) -> dict[str, str]:
        return {"email": self.account.email, "password": PASSWORD, **more}

    def sign_in(self) -> Visitor:
        response = self.client.post(f"{self.app}/login", data=self.credentials())
        assert response.status_code == 200, response.text
        return self

    @property
    def session(self) -> str:
        return self.client.cookies[SESSION[self.app]]

    @property
    def csrf(self) -> str:
        """The token that the cookie holds, decoded."""
        return unquote(self.client.cookies[CSRF[self.app]])

    def get(self, path: str, **options: Any) -> Any:
        """Below `/api/v1`."""
        return self.client.get(f"{self.api}{path}", **options)

    def send(self, method: str, path: str, **options: Any) -> Any:
        """A write below `/api/v1` with the CSRF token."""
        headers = {"X-CSRF-Token": self.csrf}
        return self.client.request(method, f"{self.api}{path}", headers=headers, **options)

    def elsewhere(self, **headers: str) -> TestClient:
        """A client without this one's cookies."""
        return self.house.client(headers=headers)

    # --- the library --------------------------------------------------------------------------

    def ask(self, question: Any) -> Any:
        """What the server answers this visitor's account, past every wire."""
        principal = Principal(
            account=self.account,
            organization_id=None,
            scopes=ALL_SCOPES,
            realm="native",
            session_id=None,
            token_id=None,
            authenticated_at=self.house.clock.now(),
        )
        site = self.house.call(self.house.app.site)
        asker = Recognition(caller=Caller(principal=principal))
        return self.house.call(site.answers[type(question)], asker, question)

    def add_gallery(
        self, name: str = "Harbour", *, public: bool = False, description: str = ""
    ) -> Gallery:
        visibility = Visibility.PUBLIC if public else Visibility.PRIVATE
        gallery = self.ask(AddGallery(name=name, description=description, visibility=visibility))
        assert isinstance(gallery, Gallery)
        return gallery

    def add_photo(
        self, gallery: Gallery | None = None, *, name: str = "boat.jpg", width: int = 60
    ) -> Photo:
        """Another `width` is another original."""
        content = picture(width=width, height=40)
        path = self.house.folder / f"{width}.upload"
        path.write_bytes(content)
        upload = Upload(
            path=path,
            name=name,
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            md5=hashlib.md5(content).hexdigest(),
        )
        target = ById(gallery.id) if gallery is not None else None
        photos = self.ask(AddPhotos(files=(upload,), gallery=target))
        assert isinstance(photos[0], Photo)
        return photos[0]


def cookie_lines(response: Any) -> dict[str, str]:
    """Each `Set-Cookie` of an answer by the cookie's name."""
    lines = response.headers.get_list("set-cookie")
    found = {line.partition("=")[0]: line for line in lines}
    assert len(found) == len(lines), f"one name is set twice: {lines}"
    return found


def meta_token(page: str) -> str:
    found = re.search(r'<meta name="csrf-token" content="([^"]+)">', page)
    assert found is not None, page
    return found[1]


def set_cookie_value(line: str) -> str:
    return line.partition("=")[2].partition(";")[0]
