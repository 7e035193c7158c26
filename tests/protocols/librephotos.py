"""A user of the LibrePhotos wire: tokens, headers, and photos to look at."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

from starlette.testclient import TestClient
from tests.house import LOOPBACK, PASSWORD, House
from tests.pictures.samples import picture

from safelight.authentication.keys import derive
from safelight.identity.account import Account

OBTAIN = "/api/auth/token/obtain/"
REFRESH = "/api/auth/token/refresh/"
BLACKLIST = "/api/auth/token/blacklist/"
TOKEN_ENDPOINTS = (OBTAIN, REFRESH, BLACKLIST)

CHALLENGE = 'Bearer realm="api"'
NO_ACCOUNT = "No active account found with the given credentials"
NOT_PROVIDED = "Authentication credentials were not provided."
BAD_TOKEN = "Given token not valid for any token type"
NOT_VALID = {"field": "code", "message": "token_not_valid"}


def detail(message: str, code: str | None = None) -> dict[str, Any]:
    """The envelope around one message, and a code if there is one."""
    errors = [{"field": "detail", "message": message}]
    if code is not None:
        errors.append({"field": "code", "message": code})
    return {"errors": errors}


def fault(field: str, message: str) -> dict[str, Any]:
    return {"errors": [{"field": field, "message": message}]}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def basic(text: str | bytes, scheme: str = "Basic") -> dict[str, str]:
    raw = text.encode() if isinstance(text, str) else text
    return {"Authorization": f"{scheme} {base64.b64encode(raw).decode()}"}


def hashes_of(house: House) -> int:
    """How many password hashes the server has computed so far."""
    site = house.app._site
    assert site is not None
    return site.authenticator._hashing.count


class User:
    """Somebody with an account, signed in. `client` has the cookie `jwt`, and no header."""

    def __init__(
        self,
        house: House,
        account: Account | None = None,
        *,
        base_url: str = "http://localhost",
        peer: tuple[str, int] = LOOPBACK,
        password: str = PASSWORD,
    ) -> None:
        self.house = house
        self.account = account or house.add_account()
        self.client = house.client(base_url, peer=peer)
        body = {"username": self.account.username, "password": password}
        response = self.client.post(OBTAIN, json=body)
        assert response.status_code == 200, response.text
        self.access: str = response.json()["access"]
        self.refresh: str = response.json()["refresh"]

    @property
    def header(self) -> dict[str, str]:
        return bearer(self.access)

    def get(self, path: str, **options: Any) -> Any:
        """With the header alone."""
        return self._plain().get(path, headers=self.header, **options)

    def post(self, path: str, body: object) -> Any:
        return self._plain().post(path, headers=self.header, json=body)

    def send(self, method: str, path: str, body: object = None) -> Any:
        return self._plain().request(method, path, headers=self.header, json=body)

    def upload(self, content: bytes, name: str = "photo.jpg") -> str:
        """Its hash, after it was added in one part."""
        sent = self.send_chunk(content, 0)
        assert sent.status_code == 200, sent.text
        done = self.complete(sent.json()["upload_id"], content, name)
        assert done.status_code == 200, done.text
        return self.hash_of(content)

    def add_photo(self, width: int = 60, height: int = 40) -> str:
        return self.upload(picture(width=width, height=height))

    def send_chunk(self, content: bytes, start: int, upload_id: str = "", **fields: str) -> Any:
        end = start + len(content) - 1
        return self._plain().post(
            "/api/upload/",
            headers={**self.header, "Content-Range": f"bytes {start}-{end}/{len(content)}"},
            data={"upload_id": upload_id, "md5": "", "offset": str(start), **fields},
            files={"file": ("blob", content, "application/octet-stream")},
        )

    def complete(self, upload_id: str, whole: bytes, name: str = "photo.jpg") -> Any:
        return self._plain().post(
            "/api/upload/complete/",
            headers=self.header,
            data={
                "upload_id": upload_id,
                "md5": hashlib.md5(whole).hexdigest(),
                "user": str(self.account.number),
                "filename": name,
            },
        )

    def hash_of(self, content: bytes) -> str:
        return f"{hashlib.md5(content).hexdigest()}{self.account.number}"

    def make_public(self, *hashes: str) -> None:
        body = {"image_hashes": list(hashes), "val_public": True}
        assert self.post("/api/photosedit/makepublic/", body).status_code == 200

    def _plain(self) -> TestClient:
        """Without the cookie."""
        return self.house.client()


# --- tokens, read and forged -------------------------------------------------------------------


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the payload of a JWT, unverified."""
    header, payload, _ = token.split(".")
    return json.loads(_decode(header)), json.loads(_decode(payload))


def forge(house: House, payload: object, header: dict[str, Any] | None = None) -> str:
    """A token that the server's own key signed."""
    key = derive(house.stores.keys.keys()[0], "librephotos")
    return sign(payload, key, header or {"alg": "HS256", "typ": "JWT"})


def sign(payload: object, key: bytes, header: dict[str, Any]) -> str:
    text = f"{_encode(header)}.{_encode(payload)}"
    digest = {"HS256": hashlib.sha256, "HS512": hashlib.sha512}.get(header["alg"])
    mac = b"" if digest is None else hmac.digest(key, text.encode(), digest)
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encode(value: object) -> str:
    raw = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
