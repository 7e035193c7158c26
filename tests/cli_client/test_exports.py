"""`safelight export` and `token`, used for real by other programs."""

import json
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from tests.cli_client.person import ASKED, Person

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SERVICES = list(ASKED)


def curl(*arguments: str) -> str:
    """What came, and the status in the last line."""
    command = ["curl", "-sS", "--noproxy", "*", "-w", "\n%{http_code}", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def address(me: Person, service: str) -> str:
    prefix = {"pixieset": "/studio", "galleries": "/galleries"}.get(service, "")
    return f"{me.site.url}{prefix}{ASKED[service].format(account='ada')}"


@pytest.mark.parametrize("service", SERVICES)
def test_curl_signs_in_with_the_configuration(me: Person, service: str, tmp_path: Path) -> None:
    file = tmp_path / "curl.conf"
    assert me.signed_in(service)("export", "curl", "--output", str(file)).out == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert curl("--config", str(file), address(me, service)).endswith("\n200")
    assert not curl(address(me, service)).endswith("\n200")


@pytest.mark.parametrize(
    ("service", "options"),
    [("pixieset", ()), ("galleries", ()), ("recorder-monitor", ()),
     ("photoshelter", ("--mode", "cookie"))],
)  # fmt: skip
def test_curl_signs_in_with_the_cookies(
    me: Person, service: str, options: tuple[str, ...], tmp_path: Path
) -> None:
    file = tmp_path / "cookies.txt"
    me.signed_in(service, "ada", *options)
    file.write_text(me("export", "cookies").out)
    key = ("-H", f"X-PS-Api-Key: {me.site.api_key}")
    assert curl("-b", str(file), *key, address(me, service)).endswith("\n200")


@pytest.mark.parametrize("service", ["photoshelter", "librephotos", "safelight"])
@pytest.mark.parametrize("format", ["cookies", "playwright"])
def test_what_has_no_cookies_says_what_it_can_be_exported_for(
    me: Person, service: str, format: str
) -> None:
    done = me.signed_in(service)("export", format)
    assert done.code == 1
    assert "export it for curl or httpie" in done.err
    assert done.out == ""


def test_a_browser_signs_in_with_the_storage_state(me: Person, tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    me.signed_in("galleries")("export", "playwright", "--output", str(file))
    page_url = f"{me.site.url}/galleries/"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        strangers = browser.new_page()
        strangers.goto(page_url)
        assert strangers.url.endswith("/galleries/login")
        page = browser.new_context(storage_state=str(file)).new_page()
        page.goto(page_url)
        assert "ada@example.com" in page.content()
        browser.close()


@pytest.mark.parametrize("service", SERVICES)
def test_httpie_gets_a_session_file_with_all_that_a_request_carries(
    me: Person, service: str
) -> None:
    session = json.loads(me.signed_in(service)("export", "httpie").out)
    assert session.keys() == {"__meta__", "auth", "cookies", "headers"}
    headers = [f"{each['name']}: {each['value']}" for each in session["headers"]]
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in session["cookies"])
    given = [part for line in [*headers, f"cookie: {cookies}"] for part in ("-H", line)]
    assert curl(*given, address(me, service)).endswith("\n200")


def test_json_wraps_what_is_exported(me: Person) -> None:
    printed = me.signed_in("galleries")("export", "cookies", "--json").json
    assert (printed["schema_version"], printed["format"], printed["origin"]) == (
        1, "cookies", me.site.url,
    )  # fmt: skip
    assert "# Netscape HTTP Cookie File" in printed["content"]


@pytest.mark.parametrize(
    ("service", "header"),
    [("safelight", "Authorization: Bearer {}"), ("librephotos", "Authorization: Bearer {}"),
     ("photoshelter", "X-PS-Auth-Token: {}"), ("recorder-monitor", "JSESSION: {}")],
)  # fmt: skip
def test_a_token_is_what_the_service_takes(me: Person, service: str, header: str) -> None:
    token = me.signed_in(service)("token").out.rstrip("\n")
    key = ("-H", f"X-PS-Api-Key: {me.site.api_key}")
    assert curl("-H", header.format(token), *key, address(me, service)).endswith("\n200")
    assert me("token", "--json").json == {"schema_version": 1, "token": token}


def test_a_sign_in_with_cookies_has_no_token(me: Person) -> None:
    done = me.signed_in("galleries")("token")
    assert (done.code, done.out) == (2, "")
    assert "safelight export cookies" in done.err


def test_a_token_is_printed_before_the_command_library_is_loaded(me: Person) -> None:
    me.signed_in("photoshelter")
    code = (
        "import sys; sys.argv = ['safelight', 'token']\n"
        "from safelight.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as stopped: assert stopped.code == 0\n"
        "heavy = ('cyclopts', 'rich', 'httpx2', 'keyring', 'cryptography', 'filelock')\n"
        "print([name for name in heavy if name in sys.modules], file=sys.stderr)"
    )
    done = me.python(code)
    assert done.stderr == "[]\n"
    assert done.stdout == me("token").out


def test_a_token_may_be_in_an_encrypted_file(me: Person) -> None:
    me.has(VAULT_PASSPHRASE="a passphrase for the test")
    me.signed_in("photoshelter", "ada", "--store", "vault")
    token = me("token").out
    assert len(token) == 21
    assert token.strip() not in me.everything_kept()
    assert me("status").code == 0
    me.has(VAULT_PASSPHRASE="")
    done = me("token")
    assert (done.code, done.out) == (4, "")
    assert "SAFELIGHT_VAULT_PASSPHRASE_FILE" in done.err
    me.has(VAULT_PASSPHRASE="another")
    done = me("token")
    assert (done.code, done.out) == (1, "")
    assert "the passphrase is another one, or the file is damaged" in done.err


@pytest.mark.parametrize("format", ["cookies", "playwright"])
def test_what_has_cookies_alone_says_that_photoshelter_wants_its_key_too(
    me: Person, format: str
) -> None:
    assert me.login("photoshelter", "ada", "--mode", "cookie").code == 0
    done = me("export", format)
    assert (done.code, done.err) == (
        0, "safelight: PhotoShelter wants its API key besides, in the header X-PS-Api-Key.\n"
    )  # fmt: skip
