"""Text that cannot be sent or read, and an output that takes nothing: one line says so, and never a
traceback, which would hold the secret."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.cli.command import is_one_line
from tests.cli_client.person import Person
from tests.house import PASSWORD
from tools.running import COMMAND

FULL = Path("/dev/full")
HIDDEN = "KEYSECRET123"
full_output = pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")


def into_full(me: Person, *arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code and standard error of a process whose output takes nothing."""
    with FULL.open("wb") as output:
        done = subprocess.run(
            [*COMMAND, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **me.environment, **environment},
            timeout=60,
        )
    return done.returncode, done.stderr


@full_output
@pytest.mark.parametrize(
    "words",
    [
        ["status", "--json"],
        ["status"],
        ["token"],
        ["token", "--json"],
        ["get", "/v1/account"],
        ["get", "/v1/nothing", "--json"],
    ],
)
def test_an_output_without_room_is_one_line(me: Person, words: list[str]) -> None:
    me.signed_in()
    code, said = into_full(me, *words)
    assert said == "safelight: Writing to the output failed: No space left on device.\n"
    assert code == 1


@full_output
def test_an_error_that_cannot_be_printed_as_json_is_one_line(me: Person) -> None:
    code, said = into_full(me, "status", "--json")
    assert said == "safelight: Writing to the output failed: No space left on device.\n"
    assert code == 1


def test_a_reader_that_goes_away_is_one_line(me: Person) -> None:
    me.signed_in()
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "status", "--json"],
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **me.environment},
        timeout=60,
    )
    os.close(writing)
    assert done.stderr == "safelight: What reads the output has gone away.\n"
    assert done.returncode == 1


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize("service", ["librephotos", "recorder-monitor", "pixieset", "safelight"])
def test_a_password_that_is_no_text(me: Person, service: str, locale: str) -> None:
    done = subprocess.run(
        [*COMMAND, "login", *me.words(service)],
        input=b"pw\xff\xfe\n",
        capture_output=True,
        env={**os.environ, **me.environment, "LC_ALL": locale},
        timeout=60,
    )
    assert done.stderr == b"safelight: What came by standard input is not valid UTF-8.\n"
    assert (done.returncode, done.stdout) == (1, b"")


def test_a_variable_that_is_no_text(me: Person) -> None:
    words = [each for each in me.words("safelight") if each != "--password-stdin"]
    me.has(PASSWORD="pw\udcff")
    done = me("login", *words)
    assert (done.code, done.err) == (2, "safelight: SAFELIGHT_PASSWORD is not valid UTF-8.\n")


@pytest.mark.parametrize(
    "key", [f"{HIDDEN}é", f"{HIDDEN}\udcff", f" {HIDDEN}", f"{HIDDEN}\n\n", f"{HIDDEN}\nx: y\n"]
)
def test_an_api_key_that_cannot_be_sent(me: Person, key: str) -> None:
    words = ["--url", me.site.url, "--username", "ada@example.com", "--password-stdin"]
    for options in (["--api-key", key], []):
        if not options:
            me.has(API_KEY=key)
        done = me("login", "photoshelter", *words, *options, stdin=f"{PASSWORD}\n")
        assert (done.code, done.out) == (2, "")
        assert is_one_line(done.err)
        assert HIDDEN not in done.err
        assert "API" in done.err


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_api_key_may_have_the_end_of_its_line(me: Person, end: str) -> None:
    words = ["--url", me.site.url, "--username", "ada@example.com", "--password-stdin"]
    key = f"{me.site.api_key}{end}"
    done = me("login", "photoshelter", *words, "--api-key", key, stdin=f"{PASSWORD}\n")
    assert done.code == 0, done.err
    assert me("get", "/psapi/v3/mem/user/session").code == 0


@pytest.mark.parametrize("service", ["safelight", "librephotos", "recorder-monitor"])
def test_a_token_that_cannot_be_sent(me: Person, service: str) -> None:
    me.has(SERVICE=service, URL=me.site.url, TOKEN=f"{HIDDEN}\n")
    done = me("get", "/v1/account")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("safelight: SAFELIGHT_TOKEN cannot be sent: ")
    assert HIDDEN not in done.err


def test_a_netrc_that_is_no_text_is_none(me: Person) -> None:
    netrc = me.folder.parent / ".netrc"
    netrc.write_bytes(b"machine localhost login ada@example.com password \xff\xfe\n")
    netrc.chmod(0o600)
    words = [each for each in me.words("safelight") if each != "--password-stdin"]
    done = me("login", *words)
    assert (done.code, done.out) == (4, "")
    assert is_one_line(done.err)


def test_a_name_that_is_no_text_is_one_line(me: Person) -> None:
    words = ["login", "safelight", "--url", me.site.url, "--username", "ada\udcff"]
    for asked in (words, ["status", "--json", "--profile", "a\udcff"]):
        done = me(*asked, "--no-input")
        assert done.code != 0
        assert is_one_line(done.err)
