"""How `safelight proxy` begins, ends, and tells what is wrong."""

from __future__ import annotations

import os
import pty
import signal
import socket
import ssl
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import trustme
from tests.cli.command import is_one_line
from tests.cli_client.hostile_service import TOKEN, hostile
from tests.cli_client.person import ASKED, Person
from tests.cli_client.proxied import proxying
from tests.house import PASSWORD
from tools.running import COMMAND, admin

APP = ("--allow-origin", "https://app.example")


def test_it_tells_where_it_listens_and_the_link(me: Person) -> None:
    with proxying(me.signed_in().environment, *APP, "--app", str(me.folder)) as proxy:
        (line,) = proxy.lines
        assert line == {
            "schema_version": 1,
            "url": f"http://localhost:{proxy.port}",
            "account": "ada@example.com",
            "service": "safelight",
            "links": [
                f"https://app.example/#safelight={line['code']}",
                f"http://localhost:{proxy.port}/app/#safelight={line['code']}",
            ],
            "code": line["code"],
        }
        assert len(line["code"]) == 43
        page = proxy.let_in()
        assert proxy.lines[1]["code"] != line["code"]
        assert proxy.ask("GET", "/v1/account", page).json["email"] == "ada@example.com"
        assert proxy.ask("POST", "/v1/photos", page, b"{}").status == 405


@pytest.mark.parametrize("service", list(ASKED))
def test_every_service_is_asked_as_the_account(me: Person, service: str) -> None:
    with proxying(me.signed_in(service).environment, *APP) as proxy:
        answer = proxy.ask("GET", ASKED[service].format(account="ada"), proxy.let_in())
    assert answer.status == 200
    assert "set-cookie" not in answer.headers


def test_a_person_reads_it_in_words(me: Person) -> None:
    me.signed_in()
    process = subprocess.Popen(
        [*COMMAND, "proxy", "--port", "0", *APP],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, **me.environment},
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == ""
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 130
    assert lines[0].endswith(f" go to {me.site.url}/ as ada@example.com.\n")
    assert lines[1] == "Open the app by this link, once, and the browser is let in:\n"
    assert lines[2].startswith("  https://app.example/#safelight=")


def test_it_ends_well_when_it_is_told_to(me: Person) -> None:
    with proxying(me.signed_in().environment, *APP) as proxy:
        proxy.let_in()
    assert proxy.process.returncode == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "Name the app: --allow-origin https://app.example, or --app DIR"),
        (("--allow-origin", "*"), "this should be one origin"),
        (("--app", "nowhere"), "--app nowhere: there is no such folder."),
        ((*APP, "--allow", "photos"), 'this should be like "GET,POST /v1/photos*"'),
        ((*APP, "--host", "0.0.0.0"), "name the one address that browsers use"),
        ((*APP, "--host", "::"), "name the one address that browsers use"),
        ((*APP, "--host", "192.0.2.1"), "it needs --tls-cert and --tls-key"),
        ((*APP, "--host", "nobody.invalid"), "is not an address of this machine"),
        ((*APP, "--tls-cert", "x"), "--tls-cert and --tls-key come together."),
        ((*APP, "--port", "65536"), "--port"),
        ((*APP, "--seconds", "0"), "--seconds"),
        ((*APP, "--max-bytes", "0"), "--max-bytes"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    me: Person, words: tuple[str, ...], says: str
) -> None:
    done = me("proxy", *words)
    assert (done.code, is_one_line(done.err)) == (2, True), done.err
    assert says in done.err


def test_nothing_is_served_for_nobody(me: Person) -> None:
    done = me("proxy", *APP)
    assert (done.code, done.out) == (4, "")
    assert "safelight login SERVICE" in done.err


def test_a_service_that_is_down_is_said_at_once(me: Person) -> None:
    me.has(SERVICE="safelight", URL="http://localhost:9", TOKEN=TOKEN)
    done = me("proxy", *APP)
    assert (done.code, is_one_line(done.err)) == (8, True)
    assert "http://localhost:9 cannot be reached" in done.err


def test_a_port_that_is_taken_is_said(me: Person) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = me.signed_in()("proxy", *APP, "--port", str(port))
    assert (done.code, is_one_line(done.err)) == (1, True)
    assert "the port is in use" in done.err


def test_a_service_that_goes_down_is_a_problem_of_its_own(tmp_path: Path) -> None:
    with hostile() as service:
        variables = {
            "SAFELIGHT_CONFIG_DIR": str(tmp_path), "SAFELIGHT_SERVICE": "safelight",
            "SAFELIGHT_URL": service.url, "SAFELIGHT_TOKEN": TOKEN,
        }  # fmt: skip
        with proxying(variables, *APP, "--allow", "POST /v1/photos") as proxy:
            page = proxy.let_in()
            service.shutdown()
            service.server_close()
            answer = proxy.ask("POST", "/v1/photos", page, b"{}")
    assert (answer.status, answer.code) == (502, "unreachable")
    assert answer.json["reason"] == "service_down"
    assert f"{service.url} cannot be reached" in answer.json["detail"]


def test_a_session_that_is_over_is_for_a_person_to_renew(me: Person) -> None:
    """Also where one sits at the terminal: the question would come in the middle of a request."""
    controller, terminal = pty.openpty()
    with proxying(me.signed_in().environment, *APP, terminal=terminal) as proxy:
        page = proxy.let_in()
        assert me("logout", "--everywhere").code == 0
        answer = proxy.ask("GET", "/v1/account", page)
    assert (answer.status, answer.json["reason"]) == (401, "sign_in_needed")
    assert "SAFELIGHT_PASSWORD_FILE" in answer.json["detail"]
    os.close(controller)
    os.close(terminal)


def test_a_session_that_ends_is_renewed_and_a_large_upload_has_to_be_sent_again(
    me: Person,
) -> None:
    variables = {**me.signed_in().environment, "SAFELIGHT_PASSWORD": PASSWORD}
    end = ("session", "end", "--all", "ada@example.com", "--yes")
    with proxying(variables, *APP, "--allow", "POST,GET /v1/photos") as proxy:
        page = proxy.let_in()
        admin(me.site.server.data, *end)
        assert proxy.ask("GET", "/v1/photos", page).status == 200
        admin(me.site.server.data, *end)
        large = b"p" * (1024 * 1024 + 1)
        first = proxy.ask("POST", "/v1/photos", page, large)
        assert (first.status, first.code) == (503, "not_repeated")
        assert first.headers["retry-after"] == "0"
        again = proxy.ask("POST", "/v1/photos", page, large)
        assert again.status == 415  # the service's own word: this is no form


def test_many_pages_ask_at_once(me: Person) -> None:
    with proxying(me.signed_in().environment, *APP) as proxy, ThreadPoolExecutor(24) as many:
        page = proxy.let_in()
        asked = [many.submit(proxy.ask, "GET", "/v1/account", page) for _ in range(96)]
        assert {each.result().json["email"] for each in asked} == {"ada@example.com"}


def test_it_speaks_https_with_a_certificate(me: Person, tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    options = ("--tls-cert", str(certificate), "--tls-key", str(key))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    with proxying(me.signed_in().environment, *APP, *options) as proxy:
        assert proxy.url == f"https://localhost:{proxy.port}"
        module = f"{proxy.url}/.safelight/browser.js"
        # One that says nothing does not keep others waiting.
        with (
            socket.create_connection(("127.0.0.1", proxy.port)),
            urllib.request.urlopen(module, context=trusting, timeout=10) as answer,
        ):
            assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_it(me: Person, shell: str) -> None:
    script = me("completion", shell).out
    assert "proxy" in script
    assert "allow-origin" in script


def test_other_users_of_the_machine_are_not_answered(me: Person) -> None:
    nobody = 65534
    with proxying(me.signed_in().environment, *APP) as proxy:
        ask = ["curl", "-sS", "-o", "/dev/null", f"{proxy.url}/.safelight/browser.js"]
        assert subprocess.run(ask, capture_output=True).returncode == 0
        if os.getuid() == 0:
            for _ in range(2):
                assert subprocess.run(ask, capture_output=True, user=nobody).returncode == 52
            proxy.process.terminate()
            assert proxy.process.stderr is not None
            told = proxy.process.stderr.read()
            assert told == "safelight: Another user's program was not answered.\n"
    with proxying(me.environment, *APP, "--any-user") as proxy:
        ask[-1] = f"{proxy.url}/.safelight/browser.js"
        if os.getuid() == 0:
            assert subprocess.run(ask, capture_output=True, user=nobody).returncode == 0
