"""A visitor of the PhotoShelter wire: a client with an API key, and short ways to sign in."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient
from tests.house import LOOPBACK, PASSWORD, House
from tests.pictures.samples import picture

from safelight.identity.account import Account

API = "/psapi/v3"
LOGIN = f"{API}/mem/authenticate"
LOGOUT = f"{LOGIN}/logout"
SESSION = f"{API}/mem/user/session"
COOKIE = "SSphotoshelter_com_mem"

PICTURE = picture(width=60, height=40)


class Visitor:
    """`client` sends the API key with every request, and keeps cookies of its own."""

    def __init__(
        self,
        house: House,
        account: Account | None = None,
        *,
        base_url: str = "http://localhost",
        peer: tuple[str, int] = LOOPBACK,
    ) -> None:
        self.house = house
        self.account = account or house.add_account()
        self.key = house.add_application()
        self.client = house.client(base_url, peer=peer, headers={"X-PS-Api-Key": self.key})

    def bare_client(self, **headers: str) -> TestClient:
        """One without the key, the cookies and the token of this visitor."""
        return self.house.client(headers=headers)

    def credentials(self, **more: str) -> dict[str, str]:
        return {"email": self.account.email, "password": PASSWORD, **more}

    def sign_in(self, **more: str) -> Any:
        """In cookie mode unless told otherwise; the cookie is the client's then."""
        response = self.client.post(LOGIN, data=self.credentials(**more))
        assert response.status_code == 200, response.text
        return response

    def take_token(self, **more: str) -> str:
        """Sign in in token mode; the client sends the token from now on."""
        token = self.sign_in(mode="token", **more).json()["data"]["token"]
        self.client.headers["X-PS-Auth-Token"] = token
        return str(token)

    # --- the library --------------------------------------------------------------------------

    def add_gallery(self, name: str = "Harbour", **more: str) -> str:
        response = self.client.post(f"{API}/mem/gallery/insert", data={"name": name, **more})
        assert response.status_code == 200, response.text
        return str(response.json()["data"]["Gallery"]["gallery_id"])

    def upload(self, content: bytes = PICTURE, name: str = "boat.jpg", **fields: str) -> str:
        response = self.client.post(
            f"{API}/mem/image/upload", data=fields, files={"file": (name, content, "image/jpeg")}
        )
        assert response.status_code == 200, response.text
        return str(response.json()["data"]["Image"]["image_id"])

    def data(self, path: str, **parameters: str) -> Any:
        """What lies under `data` in the answer to a GET below `/psapi/v3`."""
        response = self.client.get(f"{API}{path}", params=parameters)
        assert response.status_code == 200, response.text
        assert response.json()["status"] == "ok"
        return response.json()["data"]


def set_cookies(response: Any, name: str = COOKIE) -> list[str]:
    """The `Set-Cookie` lines for a name, in order."""
    lines = response.headers.get_list("set-cookie")
    return [line for line in lines if line.startswith(f"{name}=")]


def value_of(line: str) -> str:
    return line.partition("=")[2].partition(";")[0]


def error_class(response: Any) -> str:
    body = response.json()
    assert body["status"] == "error"
    assert body["data"] is None
    assert body["error"]["code"] == response.status_code
    return str(body["error"]["class"])
