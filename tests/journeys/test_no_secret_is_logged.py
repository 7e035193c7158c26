"""A real server is told many secrets and gives many out; none of them is in what it writes down.

All of it happens with the access log on and at the level `debug`, over every protocol, rightly and
wrongly. Looked at are the log, the database with its audit table and notifications, every refusal,
and every address that an answer names.
"""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx2
import pytest
from tests.cli.conftest import QUICK
from tests.pictures.samples import picture
from tools.running import Server, admin, running

EMAIL = "ada@example.com"
SHORTEST = 8
"""Cookie values below this length are flags, not secrets."""

TOKEN_FIELDS = frozenset(
    {"token", "access", "refresh", "auth_token", "api_key", "csrf_token", "secret"}
)
SETTINGS = QUICK | {
    "SERVER__ACCESS_LOG": "true",
    "SERVER__LOG_LEVEL": "debug",
    "SERVER__DEBUG": "true",
    "REALMS__PHOTOSHELTER__LOGIN_BY_GET": "true",
    "REALMS__LIBREPHOTOS__ALLOW_REGISTRATION": "true",
    "THROTTLE__ACCOUNT_FAILURES": "1000",
    "THROTTLE__ADDRESS_FAILURES": "1000",
}


class Ledger:
    """Every secret that was sent or received, and every text that may hold none of them."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.texts: dict[str, str] = {}
        self._made = 0

    def secret(self, kind: str) -> str:
        """A new one, to be sent to the server."""
        self._made += 1
        made = f"canary-{kind}-{self._made:04}-~é"
        self.secrets.add(made)
        return made

    def plain_secret(self, kind: str) -> str:
        """Of letters, digits and dashes, as a header can carry it."""
        made = self.secret(kind).removesuffix("-~é")
        self.secrets.add(made)
        return made

    def read(self, response: httpx2.Response) -> None:
        """What the answer gives out; a refusal is a text that may hold no secret."""
        response.read()
        for value in response.headers.get_list("set-cookie"):
            self._add(value.partition(";")[0].partition("=")[2])
        self._add(response.headers.get("jsession", ""))
        where = f"{response.request.method} {response.request.url.path} {response.status_code}"
        if response.status_code >= 400:
            self.texts[f"the answer {len(self.texts)} to {where}"] = response.text
        elif "json" in response.headers.get("content-type", ""):
            self._add_fields(response.json())
        location = response.headers.get("location", "")
        if "/download/" in location:  # PX-48: the one address that is a secret
            self._add(location.rpartition("/")[2])
        else:
            self.texts[f"the address {len(self.texts)} given by {where}"] = location

    def _add_fields(self, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name in TOKEN_FIELDS and isinstance(inner, str):
                    self._add(inner)
                self._add_fields(inner)
        elif isinstance(value, list):
            for inner in value:
                self._add_fields(inner)

    def _add(self, value: str) -> None:
        value = value.strip('"')
        # Pixieset's second cookie is a session's id, which opens nothing.
        if len(value) >= SHORTEST and not value.startswith("ses_"):
            self.secrets.add(value)

    def leaks(self) -> list[str]:
        """Where a secret stands in the clear, encoded for an address, or in base64."""
        forms = {form: secret for secret in self.secrets for form in forms_of(secret)}
        pattern = re.compile("|".join(re.escape(form) for form in sorted(forms, reverse=True)))
        return [
            f"{forms[found]} in {name}: …{text[max(0, match.start() - 80) : match.end() + 20]}…"
            for name, text in self.texts.items()
            if (match := pattern.search(text)) and (found := match[0])
        ]


def forms_of(secret: str) -> set[str]:
    encoded = secret.encode()
    return {
        secret,
        unquote(secret),
        quote(secret, safe=""),
        secret.encode("ascii", "backslashreplace").decode(),
        base64.b64encode(encoded).decode().rstrip("="),
        base64.b64encode(f"ada:{secret}".encode()).decode().rstrip("="),
    }


class Journey:
    """One account's day. Each protocol is used rightly and wrongly."""

    def __init__(self, server: Server, ledger: Ledger, password: str, api_key: str) -> None:
        self._url = server.url
        self._ledger = ledger
        self._password = password
        self._key = {"x-ps-api-key": api_key}

    def client(self, headers: dict[str, str] | None = None) -> httpx2.Client:
        hooks = {"response": [self._ledger.read]}
        return httpx2.Client(base_url=self._url, headers=headers, event_hooks=hooks)

    def passwords(self) -> Iterator[tuple[str, bool]]:
        """Wrong ones, and at last the right one."""
        yield self._ledger.secret("wrong"), False
        yield self._ledger.secret("longer") * 100, False
        yield self._password, True

    def odd_bodies(self) -> Iterator[tuple[bytes, str]]:
        """Bodies that cannot be read, with secrets in them, and their content types."""
        secret = self._ledger.secret
        json, form = "application/json", "application/x-www-form-urlencoded"
        yield f'{{"email":"{EMAIL}","password":"{secret("cut")}'.encode(), json
        yield f'{{"password":["{secret("list")}"],"identifier":5}}'.encode(), json
        yield (
            f'{{"username":"ada","password":"{secret("field")}","{secret("name")}":1}}'.encode(),
            json,
        )
        yield f'["{secret("array")}"]'.encode(), json
        yield b'{"password":"' + secret("bytes").encode() + b'\xff"}', json
        yield f"email=%zz&password=%zz{quote(secret('percent'))}".encode(), form
        yield f"email=&password={quote(secret('form'))}".encode(), form
        yield f"password={quote(secret('one'))}&password={quote(secret('two'))}".encode(), form
        yield secret("text").encode(), "text/plain"
        yield f"--x\r\n\r\n{secret('part')}".encode(), "multipart/form-data; boundary=x"

    def pixieset(self) -> None:
        for realm, call in (("studio", "notifications/all"), ("galleries", "user")):
            path = f"/{realm}/login"
            with self.client() as client:
                client.get(path, params={"password": self._ledger.secret("query")})
                for password, _ in self.passwords():
                    client.post(path, data={"email": EMAIL, "password": password})
                    client.post(
                        path,
                        json={"email": EMAIL, "password": password},
                        headers={"accept": "application/json"},
                    )
                for body, kind in self.odd_bodies():
                    client.post(path, content=body, headers={"content-type": kind})
                customer = {"first_name": "Grace", "last_name": "H", "email": "grace@example.com"}
                token = {"x-csrf-token": self._ledger.plain_secret("csrf")}
                client.post(f"/{realm}/api/v1/clients", json=customer, headers=token)
                client.get(f"/{realm}/", headers={"accept": "text/html"})
                listed = client.get("/galleries/api/v1/dashboard_listings")
                if listed.status_code == 200:
                    self._download(client)
                names = [name for name in client.cookies if "XSRF" in name.upper()]
                good = {"x-csrf-token": unquote(client.cookies[names[0]])} if names else {}
                client.post(f"/{realm}/logout", headers=good)
                client.get(f"/{realm}/api/v1/{call}")
            bad = {"cookie": f"PHPSESSID={self._ledger.plain_secret('cookie')}"}
            with self.client(bad) as stranger:
                stranger.get(f"/{realm}/api/v1/{call}")

    def _download(self, client: httpx2.Client) -> None:
        """A signed link, followed without any cookie."""
        answer = client.get("/galleries/api/v1/photos/1/download")
        assert answer.status_code == 302, answer.text
        with self.client() as anybody:
            assert anybody.get(answer.headers["location"]).status_code == 200
            anybody.get(f"/galleries/download/{self._ledger.plain_secret('link')}")

    def photoshelter(self) -> None:
        root = "/psapi/v3/mem"
        for mode in ("cookie", "token"):
            for password, _ in self.passwords():
                form = {"email": EMAIL, "password": password, "mode": mode}
                with self.client(self._key) as client:
                    client.post(f"{root}/authenticate", data=form)
                    if len(password) < 100:
                        client.get(f"{root}/authenticate", params=form)
        with self.client(self._key) as client:
            form = {"email": EMAIL, "password": self._password, "mode": "token"}
            token = client.post(f"{root}/authenticate", data=form).json()["data"]["token"]
            key = self._key["x-ps-api-key"]
            for good in (True, False):
                shown = token if good else self._ledger.plain_secret("token")
                with self.client() as bare:
                    both = {"auth_token": shown, "api_key": key}
                    answer = bare.get(f"{root}/user/session", params=both)
                    assert answer.status_code == (200 if good else 401)
                    bare.get(f"{root}/nothing", params=both)
                    bare.put(f"{root}/user/session", params=both)
                    bare.get(
                        f"{root}/user/session", headers={"x-ps-auth-token": shown, **self._key}
                    )
            with self.client() as bare:
                bare.get(
                    f"{root}/user/session", params={"api_key": self._ledger.plain_secret("key")}
                )
                for body, kind in self.odd_bodies():
                    headers = {"content-type": kind, **self._key}
                    bare.post(f"{root}/authenticate", content=body, headers=headers)
            client.headers["x-ps-auth-token"] = token
            client.post(f"{root}/organization/O0000{'A' * 11}/authenticate")
            picture_file = {"file": (f"{self._ledger.plain_secret('name')}.jpg", b"no picture")}
            client.post(f"{root}/image/upload", files=picture_file)
            client.get(f"{root}/authenticate/logout")
            client.get(f"{root}/user/session")

    def librephotos(self) -> None:
        tokens: dict[str, str] = {}
        with self.client() as client:
            for password, good in self.passwords():
                pair = {"username": "ada", "password": password}
                answer = client.post("/api/auth/token/obtain/", json=pair)
                if good:
                    tokens = answer.json()
                if len(password) < 100:
                    client.get("/api/photos/", auth=("ada", password))
            for body, kind in self.odd_bodies():
                for path in ("obtain", "refresh", "blacklist"):
                    headers = {"content-type": kind}
                    client.post(f"/api/auth/token/{path}/", content=body, headers=headers)
        with self.client({"authorization": f"Bearer {tokens['access']}"}) as client:
            assert client.get("/api/photos/").status_code == 200
            file = {"file": ("photo.jpg", picture(), "image/jpeg")}
            client.post("/api/upload/", files=file)
            assert client.post("/v1/photos", files=file).status_code == 201
            client.get("/api/photos/", params={"jwt": tokens["access"]})
        for shown in (tokens["refresh"], tokens["access"][:-4], self._ledger.plain_secret("jwt")):
            with self.client({"authorization": f"Bearer {shown}"}) as client:
                client.get("/api/photos/")
            with self.client({"cookie": f"jwt={shown}"}) as client:
                client.get("/media/thumbnails_big/nothing")
            with self.client() as client:
                client.post("/api/auth/token/refresh/", json={"refresh": shown})
        with self.client() as client:
            self._ledger.secrets.add(new := self._ledger.plain_secret("sign-up"))
            user = {"username": "grace", "email": "grace@example.com", "password": new}
            client.post("/api/user/", json=user)
            client.post("/api/user/", json=user)
            wrong = {"x-safelight-setup": self._ledger.plain_secret("setup")}
            client.post("/api/user/", json={**user, "password": "short"}, headers=wrong)
            client.post("/api/auth/token/blacklist/", json={"refresh": tokens["refresh"]})
            client.post("/api/auth/token/refresh/", json={"refresh": tokens["refresh"]})

    def recorder_monitor(self) -> None:
        for password, good in self.passwords():
            encoded = base64.b64encode(password.encode()).decode()
            with self.client() as client:
                answer = client.post("/api/login", data={"email": EMAIL, "password": encoded})
                client.post("/api/login", data={"email": EMAIL, "password": password})
                if good:
                    token = {"JSESSION": answer.headers["JSESSION"]}
                    assert client.get(f"/api/users/{EMAIL}", headers=token).status_code == 200
                    client.get("/", headers={"accept": "text/html"})
                    client.get("/api/logout", headers=token)
                    client.get(f"/api/users/{EMAIL}", headers=token)
        with self.client() as client:
            client.get(f"/api/users/{EMAIL}", headers={"JSESSION": self._ledger.plain_secret("j")})
            for body, kind in self.odd_bodies():
                client.post("/api/login", content=body, headers={"content-type": kind})

    def native(self) -> None:
        with self.client() as client:
            for password, _ in self.passwords():
                answer = client.post(
                    "/v1/sessions", json={"identifier": "ada", "password": password}
                )
            for body, kind in self.odd_bodies():
                client.post("/v1/sessions", content=body, headers={"content-type": kind})
            client.headers["authorization"] = f"Bearer {answer.json()['token']}"
            asked = {"name": "script", "scopes": ["account:read"], "expires_in_seconds": None}
            made = client.post("/v1/tokens", json=asked).json()
            assert made["secret"].startswith("sl_pat_")
            client.get("/v1/account", headers={"authorization": f"Bearer {made['secret']}"})
            client.get("/v1/account", headers={"authorization": f"Bearer {made['secret'][:-1]}x"})
            client.post("/v1/applications", json={"name": "plug-in"})
            client.get("/v1/account", params={"token": self._ledger.secret("query")})
            for body, kind in self.odd_bodies():
                client.put("/v1/account/password", content=body, headers={"content-type": kind})
            new = self._ledger.plain_secret("new-password")
            for current in (self._ledger.secret("current"), self._password):
                client.put("/v1/account/password", json={"current": current, "new": new})
            self._password = new
            client.delete("/v1/sessions")
            client.get("/v1/account")
            for scheme in ("Bearer", "Basic", "Digest", "Token", ""):
                headers = {
                    "authorization": f"{scheme} {self._ledger.plain_secret('scheme')}".strip()
                }
                client.get("/v1/account", headers=headers)

    def pages(self) -> None:
        with self.client() as client:
            for password, _ in self.passwords():
                form = {
                    "identifier": EMAIL,
                    "email": EMAIL,
                    "username": EMAIL,
                    "password": password,
                }
                client.post("/login", data=form)
            client.get("/login", params={"password": self._ledger.secret("query")})
            for body, kind in self.odd_bodies():
                for path in ("/login", "/setup", "/account/password"):
                    client.post(path, content=body, headers={"content-type": kind})


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ledger, Path, Path]:
    """The ledger of a whole journey, with the log and the data folder of the stopped server."""
    folder = tmp_path_factory.mktemp("canary")
    data, log = folder / "data", folder / "log"
    ledger = Ledger()
    with running(data, settings=SETTINGS, log=log) as server:
        journey = set_out(server, ledger)
        for act in (
            journey.librephotos,
            journey.pixieset,
            journey.photoshelter,
            journey.recorder_monitor,
            journey.pages,
            journey.native,
        ):
            act()
    return ledger, data, log


def set_out(server: Server, ledger: Ledger) -> Journey:
    """The first admin is made with the token that the server has printed."""
    (token,) = re.findall(r"sl_setup_\w+", server.log.read_text())
    ledger.secrets.add(token)
    password = ledger.plain_secret("right")
    user = {"username": "ada", "email": EMAIL, "password": password, "first_name": "Ada"}
    made = httpx2.post(f"{server.url}/api/user/", json=user, headers={"x-safelight-setup": token})
    assert made.status_code == 201, made.text
    key = admin(server.data, "application", "add", "Plug-in", "--json")["api_key"]
    ledger.secrets.add(key)
    return Journey(server, ledger, password, key)


def test_a_leak_would_be_found() -> None:
    ledger = Ledger()
    secret = ledger.secret("sample")
    for number, form in enumerate(
        (secret, quote(secret), base64.b64encode(secret.encode()).decode())
    ):
        ledger.texts = {f"text {number}": f"before {form} after"}
        assert [leak.partition(":")[0] for leak in ledger.leaks()] == [f"{secret} in text {number}"]
    ledger.texts = {"text": "before after"}
    assert ledger.leaks() == []


def test_the_journey_came_across_many_secrets(looked_at: tuple[Ledger, Path, Path]) -> None:
    ledger, _, log = looked_at
    assert len(ledger.secrets) > 150
    assert sum(name.startswith("the answer") for name in ledger.texts) > 100
    events = re.findall(r'"event":"(\w+)"', log.read_text())
    assert {"signed_in", "sign_in_refused", "signed_out", "password_changed"} <= set(events)
    assert events.count("answered") > 200
    assert "request_failed" not in events


def test_no_secret_stands_in_the_log(looked_at: tuple[Ledger, Path, Path]) -> None:
    """The set-up token is printed for the operator, on a line of its own."""
    ledger, _, log = looked_at
    line = re.compile(r"^/setup within a day with this one-time token: sl_setup_\w+$", re.MULTILINE)
    text, printed = line.subn("", log.read_text())
    found = Ledger()
    found.secrets, found.texts = ledger.secrets, {"the log": text}
    assert printed == 1
    assert found.leaks() == []


def test_no_secret_stands_in_the_database(looked_at: tuple[Ledger, Path, Path]) -> None:
    ledger, data, _ = looked_at
    found = Ledger()
    found.secrets = ledger.secrets
    with sqlite3.connect(data / "safelight.db") as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
            found.texts[f"the table {table}"] = repr(rows)
    assert "the table audit" in found.texts
    assert "the table notification" in found.texts
    assert [leak for leak in found.leaks() if "canary-name" not in leak] == []


def test_no_secret_stands_in_a_refusal_or_in_an_address(
    looked_at: tuple[Ledger, Path, Path],
) -> None:
    ledger, _, _ = looked_at
    assert ledger.leaks() == []
