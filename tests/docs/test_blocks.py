"""Every block of README.md and `docs/` is run, loaded, or replayed (see `blocks.py`)."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.cli.conftest import QUICK
from tests.docs.blocks import PAGES, ROOT, Block, Shell, blocks_of, is_shown, steps_of
from tests.house import PASSWORD
from tests.pictures.samples import picture
from tools.running import Server, admin, free_port, running

from safelight.config import read_settings

PHOTOS = ("beach.jpg", "boat.jpg", "dawn.jpg", "dusk.jpg")
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
CHECKED_ELSEWHERE = {"html", "http", "nginx", "caddy", "text", "py"}
RUN_IN_ORDER = {"console", "console typed", "python"}

WHY_NOT_RUN = {
    "python3 dev.py demo": "it installs everything, and stays up",
    "python3 dev.py demo --port 8000": "it stays up; the blocks after it ask a server like it",
    "python3 -m venv ~/photos": "tests/packaging/test_wheel.py installs the wheel",
    "python3 dev.py test": "it is what runs this",
    "safelight serve --data /var/lib/safelight": "it stays up; tests/cli/test_serve.py starts it",
    "python3 -m venv /opt/safelight": "it changes the system",
    "journalctl -u safelight -g sl_setup": "it needs a running systemd",
    "safelight admin account list --data /var/lib/private/safelight": "it needs that service",
    "docker build -t safelight .": "it needs a Docker daemon",
}
"""By the first command of the block."""


def of_kind(*kinds: str) -> list[Block]:
    return [block for block in BLOCKS if block.kind in kinds]


def is_run_in_order(block: Block) -> bool:
    return block.kind in RUN_IN_ORDER or block.kind.startswith("python ")


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search path with this `safelight`, this Python, and a `curl` that says the status."""
    folder = tmp_path_factory.mktemp("bin")
    curl = shutil.which("curl")
    assert curl is not None
    (folder / "curl").write_text(
        f"#!/bin/sh\nexec {curl} -sS --noproxy '*' --write-out "
        "'%{stderr}HTTP %{http_code}\\n' \"$@\"\n"
    )
    (folder / "curl").chmod(0o755)
    return os.pathsep.join((str(folder), str(Path(sys.executable).parent), os.defpath))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    account = ("account", "add", "ada@example.com", "--username", "ada", "--first-name", "Ada")
    admin(folder / "data", *account, "--admin", "--password-stdin", password=PASSWORD)
    with running(folder / "data", settings=QUICK, log=folder / "log") as server:
        yield server


@pytest.fixture(scope="module")
def known(server: Server) -> dict[str, str]:
    """The variables that every page may use from its beginning."""
    key = admin(server.data, "application", "add", "Docs", "--json")["api_key"]
    with httpx2.Client(base_url=server.url, headers={"x-ps-api-key": key}) as client:
        form = {"email": "ada", "password": PASSWORD, "mode": "token"}
        token = client.post("/psapi/v3/mem/authenticate", data=form).json()["data"]["token"]
        made = client.post(
            "/psapi/v3/mem/gallery/insert",
            data={"name": "Harbour", "mode": "private"},
            headers={"x-ps-auth-token": token},
        )
        gallery = made.json()["data"]["Gallery"]["gallery_id"]
    return {"PASSWORD": PASSWORD, "KEY": key, "API_KEY": key, "GALLERY": gallery}


def shell(tmp_path: Path, tools: str, server: Server, known: dict[str, str], data: Path) -> Shell:
    for name in PHOTOS:
        (tmp_path / name).write_bytes(picture(width=60 + PHOTOS.index(name), height=40))
    for name in ("backups", "srv", "shoot"):
        (tmp_path / name).mkdir()
    for name in PHOTOS[:2]:
        (tmp_path / "shoot" / name).write_bytes((tmp_path / name).read_bytes())
    replaced = {
        "http://localhost:8000": server.url,
        "8080": str(free_port()),
        "/var/lib/safelight": str(data),
        "/var/backups": str(tmp_path / "backups"),
        "/srv": str(tmp_path / "srv"),
    }
    quick = {f"SAFELIGHT_{name}": value for name, value in QUICK.items()}
    here = {"SAFELIGHT_STORE": "plaintext"}  # there is no keyring where tests run
    return Shell(tmp_path, known | quick | here, replaced, tools)


@pytest.mark.parametrize(
    "page", dict.fromkeys(block.page for block in BLOCKS if is_run_in_order(block))
)
def test_the_commands_and_programs_of_a_page_do_what_it_says(
    page: str, tmp_path: Path, tools: str, server: Server, known: dict[str, str]
) -> None:
    data = server.data
    if page == "docs/howto/first-admin.md":  # where nobody is there yet
        data = tmp_path / "data"
    reader = shell(tmp_path, tools, server, known, data)
    for block in BLOCKS:
        if block.page == page and is_run_in_order(block):
            reader.run(block)


@pytest.mark.parametrize("block", of_kind("console fresh"), ids=lambda block: block.place)
def test_the_commands_for_a_fresh_server_do_what_the_page_says(
    block: Block, tmp_path: Path, tools: str
) -> None:
    with running(tmp_path / "data", settings=QUICK, log=tmp_path / "log") as server:
        (token,) = re.findall(r"sl_setup_\w+", server.log.read_text())
        shell(tmp_path, tools, server, {"SETUP": token}, server.data).run(block)


@pytest.mark.parametrize("block", of_kind("diff"), ids=lambda block: block.place)
def test_a_moved_script_works(
    block: Block, tmp_path: Path, tools: str, server: Server, known: dict[str, str]
) -> None:
    shell(tmp_path, tools, server, known, server.data).run_program(block)


@pytest.mark.parametrize("block", of_kind("toml"), ids=lambda block: block.place)
def test_settings_that_a_page_shows_can_be_used(block: Block, tmp_path: Path) -> None:
    (tmp_path / "safelight.toml").write_text(block.text)
    read_settings(tmp_path, None, {})


def test_what_is_not_run_has_a_reason() -> None:
    not_run = of_kind("console no-run")
    firsts = {next(steps_of(block)).command for block in not_run}
    assert firsts == set(WHY_NOT_RUN)


def test_pages_install_what_can_be_had() -> None:
    """The checkout or its wheel: no index has it."""
    told = [
        f"{page.relative_to(ROOT)}: {told}"
        for page in PAGES
        for told in re.findall(r"pip install [^`\n]+", page.read_text("utf-8"))
    ]
    assert told != []
    assert [each for each in told if not re.search(r"install '?(\.|\S+\.whl)(\[|\s|$)", each)] == []


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    checked = {"console no-run", "console fresh", "diff", "toml", *CHECKED_ELSEWHERE}
    strange = [
        f"{block.place} {block.kind}"
        for block in BLOCKS
        if block.kind not in checked and not is_run_in_order(block)
    ]
    assert BLOCKS != []
    assert strange == []


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_every_link_to_a_section_leads_to_a_heading() -> None:
    links = [
        (page, (page.parent / target).resolve() if target else page, section)
        for page in PAGES
        for target, section in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text("utf-8"))
    ]
    broken = [
        f"{page.relative_to(ROOT)}: {target.name}#{section}"
        for page, target, section in links
        if section not in sections_of(target)
    ]
    assert len(links) > 10
    assert broken == []


def sections_of(page: Path) -> set[str]:
    """The headings, as links to them are written."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


def test_what_is_shown_may_leave_something_out() -> None:
    assert is_shown("Wrote 12 files, 34 bytes.\n", "Wrote … files, … bytes.")
    assert is_shown("a\nb\nc\n", "a\n…\nc")
    assert not is_shown("Wrote 12 files.\n", "Wrote … files, … bytes.")
