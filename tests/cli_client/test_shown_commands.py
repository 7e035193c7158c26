"""What pages show of programs that stay up or belong in another's file: run as it stands there."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli_client.person import Person
from tests.cli_client.proxied import proxying
from tests.docs.blocks import PAGES, Block, blocks_of
from tests.house import PASSWORD

SHOWN = [block for page in PAGES for block in blocks_of(page) if block.kind == "text"]


def shown(page: str, beginning: str) -> list[Block]:
    found = [each for each in SHOWN if each.page == page and re.match(beginning, each.text)]
    assert found, f"{page} shows nothing of the kind any more"
    return found


@pytest.mark.parametrize("block", shown("docs/howto/browser-app.md", "safelight proxy "))
def test_a_proxy_is_begun_by_the_command_that_is_shown(me: Person, block: Block) -> None:
    words = shlex.split(block.text.replace("\\\n", " "))[2:]
    if "--app" in words:
        words[words.index("--app") + 1] = str(me.folder)
    with proxying(me.signed_in().environment, *words) as proxy:
        page = proxy.let_in()
        assert proxy.ask("GET", "/v1/photos", page).status == 200
        is_open = "--allow" not in words
        assert (proxy.ask("GET", "/v1/account", page).status == 200) is is_open
        assert (proxy.ask("DELETE", "/v1/galleries/1", page).status == 404) is not is_open


def test_the_line_for_cron_runs_the_script_with_the_python_beside_it(tmp_path: Path) -> None:
    (block,) = shown("docs/tutorial.md", r"\d+ \d+ \* \* \* ")
    (tmp_path / "shoots").mkdir()
    (tmp_path / "shoots" / "upload.py").write_text("print('uploaded')\n")
    python = tmp_path / "photos" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    command = block.text.split(maxsplit=5)[5]
    subprocess.run(["sh", "-c", command], env={"HOME": str(tmp_path)}, check=True, timeout=30)
    assert (tmp_path / "shoots" / "upload.log").read_text() == "uploaded\n"


def test_the_password_command_that_is_shown_gives_the_password(
    me: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (block,) = shown("docs/howto/from-the-shell.md", r"\[profiles\.photoshelter\]")
    me.signed_in("photoshelter")
    settings = me.folder / "config.toml"
    header = "[profiles.photoshelter]\n"
    assert header in settings.read_text()
    settings.write_text(settings.read_text().replace(header, block.text))
    safe = tmp_path / "bin" / "pass"
    safe.parent.mkdir()
    safe.write_text(f'#!/bin/sh\n[ "$*" = "show photoshelter" ] && echo "{PASSWORD}"\n')
    safe.chmod(0o755)
    monkeypatch.setenv("PATH", f"{safe.parent}:/usr/bin:/bin")
    me.signed_in("safelight")
    assert me("delete", "/v1/sessions", "--profile", "safelight").code == 0
    done = me("get", "/psapi/v3/mem/user/session", "--profile", "photoshelter")
    assert done.code == 0, done.err
