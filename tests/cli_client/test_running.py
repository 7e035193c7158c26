"""`safelight run`: the program's requests are signed, and it never sees what signs them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli_client.person import ASKED, Person
from tests.pictures.samples import picture
from tools.running import COMMAND

LOOK = """
import json, os, sys
print(json.dumps([sys.argv, dict(os.environ), open('/proc/self/cmdline').read()]))
"""


def running(me: Person, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return me.process("run", *words, environment=variables)


@pytest.mark.parametrize("service", list(ASKED))
def test_curl_works_without_any_credential(me: Person, service: str) -> None:
    me.signed_in(service)
    path = ASKED[service].format(account="ada")
    done = running(me, "--", "curl", "-sS", "-i", "--fail", f"{{url}}{path}")
    assert done.returncode == 0, done.stderr
    head, _, body = done.stdout.partition("\n\n")
    assert "set-cookie" not in head.lower()
    assert "ada" in body or "[]" in body or '"results"' in body


def test_the_program_has_no_secret_in_its_arguments_and_environment(me: Person) -> None:
    me.signed_in("photoshelter")
    token = me("token").out.strip()
    secrets = {"SAFELIGHT_PASSWORD": "correct horse battery", "SAFELIGHT_TOKEN": token,
               "SAFELIGHT_API_KEY": me.site.api_key}  # fmt: skip
    done = running(me, "--", sys.executable, "-c", LOOK, "{url}", **secrets)
    assert done.returncode == 0, done.stderr
    arguments, environment, _ = json.loads(done.stdout)
    assert [value for value in secrets.values() if value in done.stdout] == []
    assert [name for name in environment if name.startswith("SAFELIGHT_")] == ["SAFELIGHT_URL"]
    assert arguments[1] == environment["SAFELIGHT_URL"]


def test_a_write_is_signed_too(me: Person) -> None:
    body = '{"first_name": "Grace", "last_name": "Hopper", "email": "g@example.com"}'
    words = ("curl", "-sS", "--fail", "{url}/api/v1/clients", "--json", body)
    done = running(me.signed_in("pixieset"), "--", *words)
    assert done.returncode == 0, done.stdout
    assert '"cl_' in done.stdout


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (("/v1/photos",), "200"),
        (("/v1/photos?limit=1",), "200"),
        (("/v1/photos/x/original",), "404"),
        (("/v1/account",), "403"),
        (("/v1/photosets",), "403"),
        (("/v1/photos/../account",), "400"),
        (("/v1/photos/%2e%2e/account",), "400"),
        (("/v1/photos/..%2faccount",), "400"),
        (("/v1/photos%2f..",), "400"),
        (("/v1/photos;/../account",), "400"),
        (("/v1/photos", "-H", "Host: localhost", "-H", "Origin: a", "-H", "Origin: b"), "400"),
        (("//v1/photos",), "200"),
        (("/v1/photos", "-X", "POST"), "403"),
        (("/v1/photos", "-H", "X-HTTP-Method-Override: DELETE"), "403"),
        (("/v1/photos?_method=put",), "403"),
        (("/v1/photos", "-H", "Host: example.com"), "403"),
        (("/v1/photos", "-H", "Origin: https://example.com"), "403"),
        (("/v1/photos", "-H", "Sec-Fetch-Site: cross-site"), "403"),
        (("/v1/photos", "-H", "Authorization: Bearer nonsense"), "200"),
        (("/v1/photos", "-H", "Cookie: JSESSIONID=nonsense"), "200"),
    ],
)
def test_only_what_is_allowed_is_signed(me: Person, asked: tuple[str, ...], status: str) -> None:
    path, *more = asked
    curl = ("curl", "-sS", "--path-as-is", "-o", "/dev/null", "-w", "%{http_code}")
    words = (*curl, f"{{url}}{path}", *more)
    done = running(me.signed_in(), "--allow", "/v1/photos", "--read-only", "--", *words)
    assert (done.returncode, done.stdout) == (0, status), done.stderr


CLOSED = [
    ("POST", "/v1/tokens"),
    ("GET", "/v1/sessions"),
    ("POST", "/v1/Sessions"),
    ("POST", "/v1/applications"),
    ("PUT", "/v1/account/password"),
    ("POST", "/psapi/v3/mem/authenticate"),
    ("GET", "/psapi/v3/mem/authenticate/logout"),
    ("POST", "/psapi/v3/mem/organization/O1/authenticate"),
    ("POST", "/api/auth/token/obtain/"),
    ("POST", "/api/login/change"),
    ("GET", "/api/logout"),
    ("POST", "/studio/login"),
    ("PUT", "/api/users/ada@example.com"),
    ("PATCH", "/api/user/1/"),
    ("POST", "/api/User/"),
]
ASK = """
import http.client, json, os, sys
for method, path in json.loads(sys.argv[1]):
    asking = http.client.HTTPConnection(os.environ["SAFELIGHT_URL"].removeprefix("http://"))
    asking.request(method, path, "{}", {"Content-Type": "application/json"})
    answer = asking.getresponse()
    print(answer.status, json.loads(answer.read())["detail"])
"""


@pytest.mark.parametrize(
    "options",
    [(), ("--allow", "/v1/tokens", "--allow", "/v1", "--allow", "/psapi", "--allow", "/")],
)
def test_nothing_opens_what_signs_in_or_hands_out_secrets(
    me: Person, options: tuple[str, ...]
) -> None:
    words = (*options, "--", sys.executable, "-c", ASK, json.dumps(CLOSED))
    before = json.loads(me.signed_in()("get", "/v1/tokens").out)["items"]
    done = running(me, *words)
    refused = (
        "403 Here the service signs in, changes passwords or hands out secrets: this is closed."
    )
    assert done.stdout.splitlines() == [refused] * len(CLOSED), done.stderr
    assert json.loads(me("get", "/v1/tokens").out)["items"] == before


def test_a_large_body_goes_on_as_it_comes(me: Person, tmp_path: Path) -> None:
    photo = tmp_path / "large.png"
    photo.write_bytes(picture(".png", width=1600, height=1400))
    assert photo.stat().st_size > 1024 * 1024
    words = ("curl", "-sS", "--fail", "-F", f"file=@{photo}", "{url}/v1/photos")
    done = running(me.signed_in(), "--", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f'"size":{photo.stat().st_size}' in done.stdout


def test_the_address_is_good_for_a_while(me: Person) -> None:
    words = ("sh", "-c", "sleep 1.2; curl -sS $SAFELIGHT_URL/v1/account")
    done = running(me.signed_in(), "--seconds", "1", "--", *words)
    assert "The time for which this address was good is over." in done.stdout


def test_the_address_ends_with_the_program(me: Person) -> None:
    url = running(me.signed_in(), "--", "printenv", "SAFELIGHT_URL").stdout.strip()
    assert url.startswith("http://127.0.0.1:")
    assert subprocess.run(["curl", "-sS", url], capture_output=True).returncode == 7


@pytest.mark.parametrize(("script", "code"), [("exit 0", 0), ("exit 9", 9), ("kill -9 $$", 137)])
def test_the_exit_code_is_the_program_s(me: Person, script: str, code: int) -> None:
    assert running(me.signed_in(), "--", "sh", "-c", script).returncode == code


ENDING = """
import os, signal, sys, urllib.request
def end(*_):
    print(urllib.request.urlopen(os.environ["SAFELIGHT_URL"] + "/v1/account").status, flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, end)
print("ready", flush=True)
signal.pause()
"""


@pytest.mark.parametrize(
    ("script", "rest", "code"),
    [(ENDING, "200\n", 7), ("print('ready', flush=True); import signal; signal.pause()", "", 143)],
)
def test_a_stop_is_the_program_s_and_waits_for_it(
    me: Person, script: str, rest: str, code: int
) -> None:
    me.signed_in()
    words = [*COMMAND, "run", "--", sys.executable, "-c", script]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    said, _ = process.communicate(timeout=30)
    assert (said, process.returncode) == (rest, code)


def test_a_program_that_is_not_there_is_one_line(me: Person) -> None:
    done = running(me.signed_in(), "--", "no-such-program")
    assert (done.returncode, done.stderr) == (
        2, "safelight: no-such-program: No such file or directory.\n",
    )  # fmt: skip


def test_nothing_runs_for_nobody(me: Person) -> None:
    done = running(me, "--", "echo", "ran")
    assert (done.returncode, done.stdout) == (4, "")
