"""What LibrePhotos' wire says of itself: help always, its description in debug mode."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect, sync_playwright
from tests.house import House, a_house
from tests.protocols.librephotos import User
from tools.running import running

DOCUMENTS = ("/api/schema", "/api/swagger", "/api/redoc")
FILES = (
    "/api/swagger/swagger-ui.css",
    "/api/swagger/swagger-ui-bundle.js",
    "/api/swagger/start.js",
    "/api/redoc/redoc.standalone.js",
    "/api/redoc/start.js",
)
VENDOR = Path(__file__).resolve().parents[2] / "src" / "safelight" / "server" / "vendor"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture
def debug_house(tmp_path: Path) -> Iterator[House]:
    with a_house(tmp_path / "data", SERVER__DEBUG="true") as house:
        yield house


# --- help -------------------------------------------------------------------------------------


@pytest.mark.covers("LP-79")
@pytest.mark.parametrize("path", ["/api/help", "/api/help/"])
def test_help_is_for_everybody(house: House, path: str) -> None:
    response = house.client("https://photos.example").get(path)
    assert response.status_code == 200
    shown = response.json()
    assert list(shown) == [
        "about",
        "authentication",
        "useful_endpoints",
        "documentation",
        "examples",
    ]
    jwt = shown["authentication"]["jwt"]
    assert jwt["obtain"] == "https://photos.example/api/auth/token/obtain/"
    assert jwt["refresh"] == "https://photos.example/api/auth/token/refresh/"
    assert "Basic" in shown["authentication"]["basic"]["how_to"]
    assert list(shown["examples"]) == [
        "obtain_token_curl",
        "call_api_with_bearer",
        "call_api_with_basic",
    ]


@pytest.mark.covers("LP-80")
def test_the_examples_have_the_real_address_and_json_that_can_be_read(house: House) -> None:
    examples = house.client("https://photos.example").get("/api/help").json()["examples"]
    obtain = shlex.split(examples["obtain_token_curl"])
    assert obtain[:4] == ["curl", "-X", "POST", "https://photos.example/api/auth/token/obtain/"]
    assert json.loads(obtain[obtain.index("-d") + 1]) == {
        "username": "myuser",
        "password": "mypassword",
    }
    for name in ("call_api_with_bearer", "call_api_with_basic"):
        assert shlex.split(examples[name])[-1] == "https://photos.example/api/photos/"


@pytest.mark.covers("LP-80")
def test_the_example_signs_in_once_names_are_put_in(house: House) -> None:
    house.add_account("myuser", password="mypassword here")
    words = shlex.split(house.client().get("/api/help").json()["examples"]["obtain_token_curl"])
    body = words[words.index("-d") + 1].replace("mypassword", "mypassword here")
    header = words[words.index("-H") + 1].split(": ")
    response = house.client().post(words[3], content=body, headers=dict([header]))
    assert response.status_code == 200


@pytest.mark.covers("LP-79")
def test_every_useful_endpoint_is_there(debug_house: House) -> None:
    user = User(debug_house)
    endpoints = user.get("/api/help").json()["useful_endpoints"]
    assert list(endpoints) == [
        "help",
        "photos",
        "search",
        "openapi_schema",
        "swagger_ui",
        "redoc",
    ]
    for address in endpoints.values():
        assert user.get(address).status_code == 200


# --- the description --------------------------------------------------------------------------


@pytest.mark.covers("LP-81")
def test_the_documents_are_there_in_debug_mode(debug_house: House) -> None:
    for path in (*DOCUMENTS, *FILES):
        for slash in ("", "/"):
            assert debug_house.client().get(path + slash).status_code == 200


@pytest.mark.covers("LP-81")
def test_the_documents_are_not_there_otherwise(house: House) -> None:
    for path in (*DOCUMENTS, *FILES):
        for slash in ("", "/"):
            assert house.client().get(path + slash).status_code == 404


@pytest.mark.covers("LP-81")
def test_the_document_describes_every_endpoint(debug_house: House) -> None:
    document = debug_house.client().get("/api/schema").json()
    assert document["openapi"] == "3.1.0"
    paths = document["paths"]
    assert paths["/api/auth/token/obtain/"]["post"]["requestBody"]["content"] == {
        "application/json": {"schema": {"$ref": "#/components/schemas/SignIn"}}
    }
    assert paths["/api/auth/token/obtain/"]["post"]["security"] == []
    assert {} not in paths["/api/photos/"]["get"]["security"]
    assert {} in paths["/api/sitesettings/"]["get"]["security"]
    assert {"cookie": []} in paths["/media/photos/{name}/"]["get"]["security"]
    assert "multipart/form-data" in paths["/api/upload/"]["post"]["requestBody"]["content"]
    names = [each["name"] for each in paths["/api/photos/"]["get"]["parameters"]]
    assert names == ["page", "page_size", "search"]
    assert all(operation["summary"] for methods in paths.values() for operation in methods.values())
    schemas = document["components"]["schemas"]
    for reference in references_in(document):
        assert reference.removeprefix("#/components/schemas/") in schemas


def references_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from references_in(each)


@pytest.mark.covers("LP-81")
@pytest.mark.parametrize("path", ["/api/swagger", "/api/redoc"])
def test_the_pages_load_what_lies_on_this_server_alone(debug_house: House, path: str) -> None:
    response = debug_house.client().get(path)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    (policy,) = response.headers.get_list("content-security-policy")
    sources = {
        source
        for directive in policy.split("; ")
        for source in directive.split(" ")[1:]
        if not source.startswith("'sha256-")
    }
    assert sources == {"'self'", "'none'"}
    for address in re.findall(r'(?:src|href)="([^"]+)"', response.text):
        assert address.startswith("/api/")
        assert debug_house.client().get(address).status_code == 200


def test_the_vendored_files_are_what_their_list_says() -> None:
    rows = re.findall(
        r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$",
        (VENDOR / "README.md").read_text(),
        re.MULTILINE,
    )
    listed = dict(rows)
    found = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "README.md"
    }
    assert found == listed


@pytest.mark.covers("LP-81")
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")
def test_a_browser_shows_both_pages(tmp_path: Path) -> None:
    debugging = running(tmp_path / "data", settings={"SERVER__DEBUG": "true"}, log=tmp_path / "log")
    with debugging as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        faults: list[str] = []
        answered: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("response", lambda response: answered.append(response.url))
        page.goto(f"{server.url}/api/swagger")
        obtain = page.get_by_text("/api/auth/token/obtain/", exact=False).first
        expect(obtain).to_be_visible(timeout=20_000)
        page.goto(f"{server.url}/api/redoc")
        heading = page.get_by_role("heading", name="Safelight: the LibrePhotos API")
        expect(heading).to_be_visible(timeout=20_000)
        font = heading.evaluate("each => getComputedStyle(each).fontFamily")
        assert "Montserrat" in font or "Roboto" in font  # its own style sheet was let in
        browser.close()
    assert faults == []
    assert {url for url in answered if not url.startswith(server.url)} == set()
