"""The pages in a real browser, over a real socket."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Generator
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.house import PASSWORD, a_house

from safelight.bootstrap import make_app

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Generator[str, None, None]:
    """Where a server with Ada's account answers."""
    folder = tmp_path_factory.mktemp("browser") / "data"
    with a_house(folder) as house:
        house.add_account("ada")
        settings = house.settings
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        app = make_app(folder, settings)
        # Its own configuration of logging would close what the whole run is watched with.
        settings = uvicorn.Config(app, log_config=None, log_level="warning", ws="none")
        server = uvicorn.Server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://localhost:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser, None, None]:
    assert CHROMIUM is not None
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, address: str) -> Generator[Page, None, None]:
    """A tab of a browser that knows nothing, at the index page. What its console complains about
    is a failure, but for the statuses of answers."""
    complaints: list[str] = []
    context = chromium.new_context(base_url=address)
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/")
    yield page
    context.close()
    known = ("Failed to load resource: the server responded", "Clear-Site-Data header on")
    assert [each for each in complaints if not each.startswith(known)] == []


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("E-mail address or username").fill("ada")
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_person_signs_in_sees_the_sessions_and_signs_out(page: Page, address: str) -> None:
    expect(page).to_have_url(f"{address}/login")
    sign_in(page)
    expect(page).to_have_url(f"{address}/")
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()
    expect(page.get_by_text("This session")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page).to_have_url(f"{address}/login?notice=out")
    page.goto("/")
    expect(page).to_have_url(f"{address}/login")


def test_a_wrong_password_is_said_beside_what_was_typed(page: Page) -> None:
    sign_in(page, "a wrong password")
    expect(page.get_by_role("alert")).to_have_text("No account has this name and password.")
    expect(page.get_by_label("E-mail address or username")).to_have_value("ada")
    expect(page.get_by_label("Password")).to_be_focused()
    sign_in(page)
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()


def test_the_other_sessions_end_and_this_one_stays(
    page: Page, chromium: Browser, address: str
) -> None:
    other = chromium.new_context(base_url=address)
    elsewhere = other.new_page()
    elsewhere.goto("/login")
    sign_in(elsewhere)
    sign_in(page)
    page.get_by_role("button", name="End all other sessions").click()
    expect(page.get_by_role("status")).to_have_text("Every other session has ended.")
    expect(page.get_by_role("listitem")).to_have_count(1)
    elsewhere.goto("/")
    expect(elsewhere).to_have_url(f"{address}/login")
    other.close()


def test_a_page_of_another_site_ends_nothing(page: Page, address: str) -> None:
    sign_in(page)
    form = f'<form method="post" action="{address}/sessions/end"><button>Win</button></form>'
    page.route(
        "http://another.example/", lambda route: route.fulfill(content_type="text/html", body=form)
    )
    page.goto("http://another.example/")
    with page.expect_response(f"{address}/sessions/end") as answer:
        page.get_by_role("button", name="Win").click()
    assert answer.value.status == 403
    page.goto(address)
    expect(page.get_by_role("heading", name="Ada Lovelace")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_text_can_be_read_and_fits_the_screen(
    page: Page, scheme: str, width: int, tmp_path: Path
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 700})
    sign_in(page)
    for path in ("/login", "/", "/account/password", "/nothing"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        faint = page.evaluate(CONTRAST)
        assert faint == [], f"{path}: below 4.5 to 1"


CONTRAST = """() => {
    const channel = value => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    };
    const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
    const luminance = ([red, green, blue]) =>
        0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
    const ground = element => {
        for (let each = element; each; each = each.parentElement) {
            const colour = numbers(getComputedStyle(each).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) return colour;
        }
        return [255, 255, 255];
    };
    const faint = [];
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some(
            node => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
        if (!own || !element.checkVisibility()) continue;
        const text = luminance(numbers(getComputedStyle(element).color));
        const back = luminance(ground(element));
        const ratio = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
        if (ratio < 4.5) faint.push(`${element.textContent.trim()}: ${ratio.toFixed(2)}`);
    }
    return faint;
}"""
"""Texts whose contrast with their ground is less than WCAG 2.2 §1.4.3 asks of small ones."""
