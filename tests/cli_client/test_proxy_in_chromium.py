"""`safelight proxy` and a real browser: what pages of several origins can do, and what they see."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.cli_client.person import Person
from tests.cli_client.proxied import Proxy, pages, proxying
from tests.docs.blocks import ROOT, blocks_of
from tests.pictures.samples import picture

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")

HOWTO = ROOT / "docs" / "howto" / "browser-app.md"
RULES = ("--allow", "GET,POST /v1/photos*", "--allow", "/v1/account")

(SHOWN,) = (
    block.text
    for block in blocks_of(ROOT / "docs" / "howto" / "browser-app.md")
    if block.text.startswith("import { connect }")
)
"""What the page has an app do."""
CONNECT = (
    SHOWN.replace(
        'import { connect } from "http://localhost:8080/.safelight/browser.js";',
        "async proxy => { const { connect } = await import(`${proxy}/.safelight/browser.js`);",
    ).replace("const ask =", "window.ask =")
    + "}"
)
"""The same as an expression, where the proxy has another port."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Setting(NamedTuple):
    """An app of another site than the proxy's, one of the same site, and a stranger's page."""

    proxy: Proxy
    app: str
    neighbour: str
    stranger: str


@pytest.fixture
def setting(me: Person, tmp_path: Path) -> Iterator[Setting]:
    (tmp_path / "harbour.jpg").write_bytes(picture(width=77, height=55))
    me.signed_in()("upload", str(tmp_path / "harbour.jpg"))
    with pages() as port, pages() as other:
        app, neighbour = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
        options = ("--allow-origin", app, "--allow-origin", neighbour, *RULES)
        with proxying(me.environment, *options) as proxy:
            yield Setting(proxy, app, neighbour, f"http://127.0.0.1:{other}")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000)
    yield page
    context.close()


def connected(page: Page, setting: Setting, origin: str) -> Page:
    page.goto(f"{origin}/#safelight={setting.proxy.code}")
    page.evaluate(CONNECT, setting.proxy.url)
    setting.proxy.lines.append(setting.proxy.next_line())
    return page


def ask(page: Page, path: str, **options: Any) -> tuple[int, dict[str, str], str]:
    """Status, headers and text, as the page gets them."""
    status, headers, text = page.evaluate(
        """async ([path, options]) => {
            const answer = await window.ask(path, options);
            const text = await answer.text();
            return [answer.status, Object.fromEntries(answer.headers), text];
        }""",
        [path, options],
    )
    return status, headers, text


def first_photo(page: Page) -> str:
    """The address of its original, below the service's."""
    listed = json.loads(ask(page, "/v1/photos?limit=1")[2])["items"]
    return f"/v1/photos/{listed[0]['id']}/original"


@pytest.mark.parametrize("which", ["app", "neighbour"])
def test_an_app_of_another_origin_asks_as_the_account_and_sees_no_credential(
    page: Page, setting: Setting, which: str
) -> None:
    connected(page, setting, getattr(setting, which))
    status, headers, text = ask(page, "/v1/account")
    assert (status, json.loads(text)["email"]) == (200, "ada@example.com")
    assert headers["content-type"] == "application/json"
    assert page.evaluate("document.cookie") == ""
    (cookie,) = page.context.cookies()
    assert cookie["name"] == f"__Host-safelight-{setting.proxy.port}"
    assert (cookie["secure"], cookie["httpOnly"], cookie["path"]) == (True, True, "/")
    assert cookie["sameSite"] == ("None" if which == "app" else "Strict")
    assert ("partitionKey" in cookie) is (which == "app")
    assert page.evaluate("location.hash") == ""


def test_an_upload_is_preflighted_and_needs_the_token(page: Page, setting: Setting) -> None:
    connected(page, setting, setting.app)
    upload = """async ([proxy, photo, isTold]) => {
        const form = new FormData();
        const file = new Blob([new Uint8Array(photo)], {type: "image/jpeg"});
        form.append("file", file, "dune.jpg");
        const options = {method: "POST", body: form, credentials: "include"};
        const send = isTold ? ask : (path, options) => fetch(proxy + path, options);
        const answer = await send("/v1/photos", options);
        return [answer.status, await answer.json()];
    }"""
    photo = list(picture(width=91, height=47))
    status, made = page.evaluate(upload, [setting.proxy.url, photo, True])
    assert (status, made["items"][0]["name"]) == (201, "dune.jpg")
    status, problem = page.evaluate(upload, [setting.proxy.url, photo, False])
    assert (status, problem["code"]) == (403, "csrf_mismatch")


def test_a_photo_is_read_in_parts_and_not_read_twice(page: Page, setting: Setting) -> None:
    connected(page, setting, setting.app)
    original = first_photo(page)
    status, headers, _ = ask(page, original, headers={"Range": "bytes=2-11"})
    assert (status, headers["content-length"]) == (206, "10")
    assert headers["content-range"].startswith("bytes 2-11/")
    status, headers, _ = ask(page, original, cache="no-store")
    assert (status, headers["accept-ranges"]) == (200, "bytes")
    kept = {"If-None-Match": headers["etag"]}
    assert ask(page, original, cache="no-store", headers=kept)[0] == 304


def test_a_page_of_another_origin_gets_nothing(page: Page, setting: Setting) -> None:
    connected(page, setting, setting.app)
    page.goto(setting.stranger)
    tried = page.evaluate(
        """async url => {
            const tries = [
                fetch(url, {credentials: "include"}),
                fetch(url, {credentials: "include", headers: {"X-Safelight-CSRF": "x"}}),
                fetch(url, {method: "DELETE", credentials: "include"}),
                import(`${new URL(url).origin}/.safelight/browser.js`),
            ];
            const ends = await Promise.allSettled(tries);
            return ends.map(end => end.reason?.name ?? "answered");
        }""",
        f"{setting.proxy.url}/v1/account",
    )
    assert tried == ["TypeError"] * 4


def test_a_picture_is_shown_to_the_page_that_asks_for_it_with_cors(
    page: Page, setting: Setting
) -> None:
    connected(page, setting, setting.neighbour)
    show = """([url, mode]) => new Promise(resolve => {
        const image = new Image();
        image.crossOrigin = mode;
        image.onload = () => resolve("shown");
        image.onerror = () => resolve("refused");
        image.src = url;
    })"""
    photo = f"{setting.proxy.url}{first_photo(page)}"
    assert page.evaluate(show, [photo, "use-credentials"]) == "shown"
    assert page.evaluate(show, [f"{photo}?embedded", None]) == "refused"


def test_a_form_of_an_allowed_origin_changes_nothing(page: Page, setting: Setting) -> None:
    """A reader of the app may have put it there."""
    connected(page, setting, setting.neighbour)
    with page.expect_response(f"{setting.proxy.url}/v1/photos") as submitted:
        page.evaluate(
            """url => {
                const form = document.createElement("form");
                Object.assign(form, {method: "post", action: url});
                document.body.append(form);
                form.submit();
            }""",
            f"{setting.proxy.url}/v1/photos",
        )
    assert submitted.value.status == 403
    assert submitted.value.json()["code"] == "foreign_origin"


def test_an_app_that_lies_in_a_folder_needs_no_other_origin(
    page: Page, me: Person, tmp_path: Path
) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "index.html").write_text(
        """<!doctype html><title>An app</title><output></output>
        <script type="module">
            import { connect } from "/.safelight/browser.js";
            const out = document.querySelector("output");
            try {
                const ask = await connect();
                out.value = (await (await ask("/v1/account")).json()).email;
            } catch (error) {
                out.value = error.code;
            }
        </script>"""
    )
    with proxying(me.signed_in().environment, "--app", str(tmp_path / "app")) as proxy:
        page.goto(f"{proxy.url}/app/")
        page.get_by_text("not_let_in").wait_for()
        (link,) = proxy.lines[0]["links"]
        page.goto(link)
        page.reload()
        page.get_by_text("ada@example.com").wait_for()
        assert page.evaluate("document.cookie") == ""
        assert page.url == f"{proxy.url}/app/"
        # The link is good once: another browser has to have the next one.
        other = page.context.browser
        assert other is not None
        stranger = other.new_page()
        stranger.goto(link)
        stranger.get_by_text("not_let_in").wait_for()
        stranger.close()


def test_the_app_that_the_documentation_shows_works(page: Page, me: Person, tmp_path: Path) -> None:
    (block,) = [each for each in blocks_of(HOWTO) if each.kind == "html"]
    (tmp_path / "index.html").write_text(block.text)
    (tmp_path / "harbour.jpg").write_bytes(picture(width=77, height=55))
    me.signed_in()("upload", str(tmp_path / "harbour.jpg"))
    with proxying(me.environment, "--app", str(tmp_path)) as proxy:
        page.goto(proxy.lines[0]["links"][0])
        photo = page.get_by_alt_text("harbour.jpg").first
        photo.wait_for()
        page.wait_for_function("document.images[0].complete")
        assert photo.evaluate("image => image.naturalWidth") > 0


def test_what_the_service_answers_runs_no_script_in_the_app_s_origin(
    page: Page, me: Person, tmp_path: Path
) -> None:
    (tmp_path / "index.html").write_text("<!doctype html><title>An app</title>")
    with proxying(me.signed_in().environment, "--app", str(tmp_path), "--allow", "/*") as proxy:
        page.goto(proxy.lines[0]["links"][0])
        page.evaluate(CONNECT, proxy.url)
        page.evaluate("open => { location.href = open; }", f"{proxy.url}/v1/docs")
        page.wait_for_url(f"{proxy.url}/v1/docs")
        assert page.evaluate("self.origin") == "null"
