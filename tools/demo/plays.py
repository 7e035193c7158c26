"""The main job, protocol by protocol: signing in, a protected call, a refused one, expiry and its
recovery, signing out, and the refusal after it."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import httpx2

from tools.demo.show import Show, StepFailed, expect
from tools.demo.stage import EMAIL, SHORT_SECONDS, USERNAME, Stage

Call = Callable[[httpx2.Client], httpx2.Response]


class Plays:
    """One method a protocol. Every one uses a client of its own, with an empty cookie jar."""

    def __init__(self, stage: Stage, show: Show, photos: list[Path]) -> None:
        self._stage = stage
        self._show = show
        self._photos = photos

    def _client(
        self, headers: dict[str, str] | None = None, *, quick: bool = False
    ) -> httpx2.Client:
        server = self._stage.quick if quick else self._stage.server
        hooks = {"response": [self._read_and_show]}
        return httpx2.Client(base_url=server.url, headers=headers, event_hooks=hooks)

    def _read_and_show(self, response: httpx2.Response) -> None:
        response.read()
        self._show.saw(response)

    def _expires(self, sign_in: Call, call: Call, headers: dict[str, str] | None = None) -> str:
        """Sign in where sessions are short, wait one out, sign in anew and go on."""
        with self._client(headers, quick=True) as client:
            sign_in(client)
            expect(call(client), 200)
            time.sleep(SHORT_SECONDS + 0.5)
            expect(call(client), 401)
            sign_in(client)
            expect(call(client), 200)
        return f"over after {SHORT_SECONDS} s unused; a new sign-in goes on"

    # --- Pixieset -----------------------------------------------------------------------------

    def pixieset(self) -> None:
        """Cookies, with a CSRF token for writes; Studio and Galleries are two realms."""
        act, client = self._show.act, self._client()
        form = {"email": EMAIL, "password": self._stage.password}

        def sign_in(client: httpx2.Client, realm: str = "studio") -> httpx2.Response:
            return expect(client.post(f"/{realm}/login", data=form), 200)

        def call(client: httpx2.Client) -> httpx2.Response:
            return client.get("/studio/api/v1/notifications/all")

        def write(client: httpx2.Client, **headers: str) -> httpx2.Response:
            customer = {"first_name": "Grace", "last_name": "Hopper", "email": "grace@demo.test"}
            return client.post("/studio/api/v1/clients/", json=customer, headers=headers)

        def protected() -> str:
            expect(call(client), 200)
            token = unquote(client.cookies["ST-XSRF-TOKEN"])
            made = expect(write(client, **{"X-CSRF-Token": token}), 201).json()["data"]["id"]
            return f"notifications read, customer {made} added with the CSRF token"

        def refused() -> str:
            expect(write(client), 419)
            expect(client.get("/galleries/api/v1/data/bootstrap"), 401)
            return "a write without the CSRF token 419; the other realm 401"

        def galleries() -> str:
            sign_in(client, "galleries")
            answer = expect(client.get("/galleries/api/v1/data/bootstrap"), 200).json()
            return f"Galleries knows {answer['data']['user']['email']}"

        def sign_out() -> str:
            token = unquote(client.cookies["ST-XSRF-TOKEN"])
            expect(client.post("/studio/logout", headers={"X-CSRF-Token": token}), 204)
            return "session ended, cookies expired"

        kept: list[str] = []

        def sign_in_first() -> str:
            sign_in(client)
            kept.append("; ".join(f"{name}={value}" for name, value in client.cookies.items()))
            return f"cookies {', '.join(sorted(client.cookies))}"

        def after() -> str:
            with self._client({"cookie": kept[0]}) as replay:
                expect(call(replay), 401)
            return "the old cookies get 401"

        act("pixieset", "sign-in", sign_in_first)
        act("pixieset", "protected call", protected)
        act("pixieset", "refused call", refused)
        act("pixieset", "second realm", galleries)
        act("pixieset", "expiry and recovery", lambda: self._expires(sign_in, call))
        act("pixieset", "sign-out", sign_out)
        act("pixieset", "refusal after it", after)
        client.close()

    # --- PhotoShelter -------------------------------------------------------------------------

    def photoshelter(self) -> None:  # noqa: C901  # eight small steps over shared clients
        """An API key always; a cookie that changes with every answer, or a token that does not."""
        act = self._show.act
        key = {"x-ps-api-key": self._stage.api_key}
        form = {"email": EMAIL, "password": self._stage.password}
        client, with_token = self._client(key), self._client(key)

        def sign_in(client: httpx2.Client) -> httpx2.Response:
            return expect(client.post("/psapi/v3/mem/authenticate", data=form), 200)

        def call(client: httpx2.Client) -> httpx2.Response:
            return client.get("/psapi/v3/mem/user/session")

        def cookie() -> str:
            sign_in(client)
            return f"cookie {', '.join(sorted(client.cookies))}"

        def token() -> str:
            asked = {**form, "mode": "token"}
            answer = expect(with_token.post("/psapi/v3/mem/authenticate", data=asked), 200).json()
            with_token.headers["x-ps-auth-token"] = answer["data"]["token"]
            names = [each["name"] for each in answer["data"]["org"]]
            return f"a token of 20 characters; organizations {', '.join(names)}"

        def protected() -> str:
            expect(call(client), 200)
            first = client.cookies["SSphotoshelter_com_mem"]
            time.sleep(1.1)
            expect(call(client), 200)
            if client.cookies["SSphotoshelter_com_mem"] == first:
                raise StepFailed("the cookie did not change")
            expect(call(with_token), 200)
            return "the cookie changed with the answer, the token did not"

        def organization() -> str:
            path = f"/psapi/v3/mem/organization/{self._stage.organizations[0]}/authenticate"
            expect(with_token.post(path), 200)
            made = with_token.post(
                "/psapi/v3/mem/gallery/insert", data={"name": "Harbour at dawn", "mode": "private"}
            )
            gallery = expect(made, 200).json()["data"]["Gallery"]["gallery_id"]
            files = [("file", (path.name, path.read_bytes())) for path in self._photos]
            uploaded = with_token.post(
                "/psapi/v3/mem/image/upload", data={"gallery_id": gallery}, files=files
            )
            expect(uploaded, 200)
            return f"acting for Harbour Studio: {len(files)} photos in gallery {gallery}"

        def refused() -> str:
            stranger = with_token.post("/psapi/v3/mem/organization/O0000AAAAAAAAAAA/authenticate")
            expect(stranger, 403)
            with self._client() as keyless:
                expect(call(keyless), 401)
            return "a foreign organization 403; without the API key 401"

        old: list[str] = []

        def sign_out() -> str:
            old.append(client.cookies["SSphotoshelter_com_mem"])
            expect(client.get("/psapi/v3/mem/authenticate/logout"), 200)
            expect(with_token.get("/psapi/v3/mem/authenticate/logout"), 200)
            return "both sessions ended"

        def after() -> str:
            replay = {**key, "cookie": f"SSphotoshelter_com_mem={old[0]}"}
            with self._client(replay) as again:
                expect(call(again), 401)
            expect(call(with_token), 401)
            return "the old cookie and the token get 401"

        act("photoshelter", "sign-in (cookie)", cookie)
        act("photoshelter", "sign-in (token)", token)
        act("photoshelter", "protected call", protected)
        act("photoshelter", "organization", organization)
        act("photoshelter", "refused call", refused)
        act("photoshelter", "expiry and recovery", lambda: self._expires(sign_in, call, key))
        act("photoshelter", "sign-out", sign_out)
        act("photoshelter", "refusal after it", after)
        client.close()
        with_token.close()

    # --- LibrePhotos --------------------------------------------------------------------------

    def librephotos(self) -> None:
        """A short access token, a refresh token, and Basic."""
        act, client = self._show.act, self._client()
        tokens: dict[str, str] = {}
        credentials = {"username": USERNAME, "password": self._stage.password}

        def sign_in(client: httpx2.Client) -> httpx2.Response:
            answer = expect(client.post("/api/auth/token/obtain/", json=credentials), 200)
            tokens.update(answer.json())
            client.headers["authorization"] = f"Bearer {tokens['access']}"
            return answer

        def refresh(client: httpx2.Client) -> httpx2.Response:
            asked = {"refresh": tokens["refresh"]}
            answer = expect(client.post("/api/auth/token/refresh/", json=asked), 200)
            client.headers["authorization"] = f"Bearer {answer.json()['access']}"
            return answer

        def call(client: httpx2.Client) -> httpx2.Response:
            return client.get("/api/photos/")

        def obtain() -> str:
            sign_in(client)
            return "access token for 5 minutes, refresh token for 7 days"

        def protected() -> str:
            count = expect(call(client), 200).json()["count"]
            with self._client() as basic:
                expect(basic.get("/api/photos/", auth=(USERNAME, self._stage.password)), 200)
            return f"{count} photos by Bearer, and by Basic"

        def refused() -> str:
            with self._client({"authorization": f"Bearer {tokens['refresh']}"}) as wrong:
                expect(call(wrong), 401)
            with self._client({"cookie": f"jwt={tokens['access']}"}) as ambient:
                expect(call(ambient), 401)
            return "a refresh token 401; the jwt cookie on the API 401"

        def expiry() -> str:
            with self._client(quick=True) as quick:
                sign_in(quick)
                expect(call(quick), 200)
                time.sleep(SHORT_SECONDS + 0.5)
                expect(call(quick), 401)
                refresh(quick)
                expect(call(quick), 200)
            return f"the access token is over after {SHORT_SECONDS} s; the refresh token renews it"

        def sign_out() -> str:
            sign_in(client)
            asked = {"refresh": tokens["refresh"]}
            expect(client.post("/api/auth/token/blacklist/", json=asked), 200)
            return "refresh token blacklisted"

        def after() -> str:
            expect(call(client), 401)
            asked = {"refresh": tokens["refresh"]}
            expect(client.post("/api/auth/token/refresh/", json=asked), 401)
            return "access and refresh token get 401 at once"

        act("librephotos", "sign-in", obtain)
        act("librephotos", "protected call", protected)
        act("librephotos", "refused call", refused)
        act("librephotos", "expiry and recovery", expiry)
        act("librephotos", "sign-out", sign_out)
        act("librephotos", "refusal after it", after)
        client.close()

    # --- Recorder Monitor ---------------------------------------------------------------------

    def recorder_monitor(self) -> None:
        """A password in Base64, a 303 either way, and a token in a header called JSESSION."""
        act, client = self._show.act, self._client()

        def log_in(client: httpx2.Client, password: str) -> httpx2.Response:
            encoded = base64.b64encode(password.encode()).decode()
            return client.post("/api/login", data={"email": EMAIL, "password": encoded})

        def sign_in(client: httpx2.Client) -> httpx2.Response:
            client.cookies.clear()
            answer = expect(log_in(client, self._stage.password), 303)
            client.headers["JSESSION"] = answer.headers["JSESSION"]
            return answer

        def call(client: httpx2.Client) -> httpx2.Response:
            return client.get(f"/api/users/{EMAIL}")

        def first() -> str:
            answer = sign_in(client)
            return f"303 to {answer.headers['location']} with a JSESSION header"

        def protected() -> str:
            return f"user {expect(call(client), 200).json()['first_name']} read with the header"

        def refused() -> str:
            with self._client() as other:
                wrong = expect(log_in(other, "not the password at all"), 303)
                if "JSESSION" in wrong.headers or not wrong.headers["location"].endswith("/login"):
                    raise StepFailed("a wrong password must lead to the login page, tokenless")
                expect(call(other), 401)
            return "a wrong password leads to /login; without a token 401"

        def sign_out() -> str:
            expect(client.get("/api/logout"), 303)
            return "303 to the login page"

        def after() -> str:
            expect(call(client), 401)
            return "the token gets 401"

        act("recorder_monitor", "sign-in", first)
        act("recorder_monitor", "protected call", protected)
        act("recorder_monitor", "refused call", refused)
        act("recorder_monitor", "expiry and recovery", lambda: self._expires(sign_in, call))
        act("recorder_monitor", "sign-out", sign_out)
        act("recorder_monitor", "refusal after it", after)
        client.close()

    # --- all of them --------------------------------------------------------------------------

    def native(self) -> None:
        """Safelight's own API sees every session, and ends them all."""
        act, client = self._show.act, self._client()
        form = {"email": EMAIL, "password": self._stage.password}
        key = {"x-ps-api-key": self._stage.api_key}
        others: list[tuple[httpx2.Client, str]] = []

        def everywhere() -> str:
            studio, shelter, libre = self._client(), self._client(key), self._client()
            monitor = self._client()
            expect(studio.post("/studio/login", data=form), 200)
            token = expect(
                shelter.post("/psapi/v3/mem/authenticate", data={**form, "mode": "token"}), 200
            )
            shelter.headers["x-ps-auth-token"] = token.json()["data"]["token"]
            pair = {"username": USERNAME, "password": self._stage.password}
            access = expect(libre.post("/api/auth/token/obtain/", json=pair), 200).json()["access"]
            libre.headers["authorization"] = f"Bearer {access}"
            encoded = base64.b64encode(self._stage.password.encode()).decode()
            answer = monitor.post("/api/login", data={"email": EMAIL, "password": encoded})
            monitor.headers["JSESSION"] = expect(answer, 303).headers["JSESSION"]
            others.extend(
                (
                    (studio, "/studio/api/v1/notifications/all"),
                    (shelter, "/psapi/v3/mem/user/session"),
                    (libre, "/api/photos/"),
                    (monitor, f"/api/users/{EMAIL}"),
                )
            )
            for each, path in others:
                expect(each.get(path), 200)
                expect(each.get("/v1/photos"), 200)
            return "four protocols signed in; each one's credential lists photos at /v1/photos"

        def sign_in() -> str:
            asked = {"identifier": EMAIL, "password": self._stage.password}
            token = expect(client.post("/v1/sessions", json=asked), 201).json()["token"]
            client.headers["authorization"] = f"Bearer {token}"
            sessions = expect(client.get("/v1/sessions"), 200).json()["items"]
            realms = sorted({each["realm"] for each in sessions})
            return f"{len(sessions)} open sessions: {', '.join(realms)}"

        def end_all() -> str:
            expect(client.delete("/v1/sessions"), 200)
            for each, path in others:
                expect(each.get(path), 401)
            expect(client.get("/v1/account"), 401)
            return "one call, and every protocol answers 401 at the very next request"

        act("native", "four sign-ins", everywhere)
        act("native", "see all sessions", sign_in)
        act("native", "end them all", end_all)
        for each, _ in others:
            each.close()
        client.close()
