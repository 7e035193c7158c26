"""What a script relies on: the code that a command ends with, and JSON that names its version."""

import os
import signal
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from tests.cli.command import Outcome, is_one_line
from tests.cli_client.person import Person
from tests.cli_client.test_bad_surroundings import answering
from tests.house import PASSWORD
from tests.pictures.samples import picture
from tools.running import COMMAND

SERVICES = {
    "pixieset": ("--realm", "studio"),
    "photoshelter": ("--api-key", "abcdefghijk"),
    "librephotos": (),
    "recorder-monitor": (),
    "safelight": (),
}
every_service = pytest.mark.parametrize("service", list(SERVICES))


def login_at(me: Person, service: str, url: str) -> tuple[int, str]:
    """The exit code of a sign-in, and what is said. Nobody is signed in after it."""
    words = ("login", service, "--url", url, "--username", "ada", "--password-stdin")
    done = me(*words, *SERVICES[service], stdin=f"{PASSWORD}\n")
    assert is_one_line(done.err), done.err
    assert done.out == ""
    assert PASSWORD not in done.err
    assert me("status").code == 4
    return done.code, done.err


# --- every code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((200, {"content-type": "application/json"}, b"{}"), 0),
        ((400, {}, b"{}"), 1),
        ((409, {}, b"{}"), 1),
        ((401, {}, b"{}"), 4),
        ((403, {"cf-mitigated": "challenge"}, b""), 4),
        ((403, {}, b"{}"), 5),
        ((404, {}, b"{}"), 6),
        ((429, {"retry-after": "900"}, b"{}"), 7),
        ((500, {}, b"{}"), 8),
        ((502, {}, b"<html>"), 8),
        ((503, {"retry-after": "900"}, b"{}"), 8),
    ],
)
def test_each_answer_has_its_exit_code(
    me: Person, answer: tuple[int, dict[str, str], bytes], code: int
) -> None:
    with answering(*answer) as url:
        me.has(SERVICE="safelight", URL=url, TOKEN="t")
        done = me("get", "/v1/anything")
    assert done.code == code
    assert done.err == "" if code == 0 else is_one_line(done.err)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("login",), "No SERVICE. What it takes: safelight login --help"),
        (("login", "librephotos", "--url"), "--url has no value. What it takes: safelight login"),
        (("photos", "a", "b"), 'More than expected: "a", "b". What it takes: safelight photos'),
        (("get", "/", "--no-inpt"), "Unknown option: --no-inpt. Did you mean --no-input?"),
    ],
)
def test_wrong_usage_says_where_the_right_one_is(
    me: Person, words: tuple[str, ...], said: str
) -> None:
    done = me(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"safelight: {said}")
    assert is_one_line(done.err)


def test_wrong_usage_is_2_and_some_of_several_is_3(me: Person, tmp_path: Path) -> None:
    me.signed_in()
    assert me("get").code == 2
    good = tmp_path / "harbour.png"
    good.write_bytes(picture())
    done = me("upload", str(good), "/nowhere.png")
    assert done.code == 3
    assert "/nowhere.png" in done.err


@contextmanager
def silent() -> Iterator[tuple[str, threading.Event]]:
    """A server that takes connections and says nothing; set once somebody has asked."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            try:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(1)
                    asked.set()
                    while connection.recv(4096):
                        pass
            except OSError:
                return

        thread = threading.Thread(target=take)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", asked
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    "words", [("get", "/v1/account"), ("upload", "{file}"), ("galleries", "--json")]
)
def test_an_interrupted_command_is_130_and_the_session_stays(
    me: Person, tmp_path: Path, words: tuple[str, ...]
) -> None:
    me.signed_in()
    file = tmp_path / "harbour.png"
    file.write_bytes(picture())
    settings = me.folder / "config.toml"
    before, kept = settings.read_text(), me.everything_kept()
    with silent() as (url, asked):
        process = subprocess.Popen(
            [*COMMAND, *(each.format(file=file) for each in words)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **me.environment, "SAFELIGHT_SERVICE": "safelight",
                 "SAFELIGHT_URL": url, "SAFELIGHT_TOKEN": "t"},
        )  # fmt: skip
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (out, err) == ("", "")
    assert settings.read_text() == before
    assert me.everything_kept() == kept
    assert me("get", "/v1/account").code == 0


# --- JSON -----------------------------------------------------------------------------------------


def test_every_command_s_json_names_its_version(me: Person, tmp_path: Path) -> None:
    file = tmp_path / "harbour.png"
    file.write_bytes(picture())
    login = ("login", *me.words("safelight"), "--json")
    assert version_of(me(*login, stdin=f"{PASSWORD}\n")) == 1
    uploaded = me("upload", str(file), "--json", "--gallery", "Harbour", "--create")
    photo = uploaded.json["done"][0]["photo"]
    for words in (
        ("login", *me.words("safelight")),
        ("status",),
        ("status", "--offline"),
        ("switch", "safelight"),
        ("request", "GET", "/v1/account"),
        ("get", "/v1/account"),
        ("post", "/v1/galleries", "--body", '{"name": "Pier"}'),
        ("delete", "/v1/galleries/none"),
        ("galleries",),
        ("photos",),
        ("organizations",),
        ("download", photo, "--to", str(tmp_path), "--overwrite"),
        ("token",),
        ("export", "curl"),
        ("export", "httpie"),
        ("logout",),
    ):
        assert version_of(me(*words, "--json", stdin=f"{PASSWORD}\n")) == 1, words
    assert uploaded.json["schema_version"] == 1


@pytest.mark.parametrize(
    ("words", "code", "reason"),
    [
        (("get", "/v1/account"), 4, "sign_in_needed"),
        (("token",), 4, "sign_in_needed"),
        (("token", "--profile", "nobody"), 2, "bad_input"),
        (("galleries",), 4, "sign_in_needed"),
        (("photos", "--gallery", "x"), 4, "sign_in_needed"),
        (("organizations",), 4, "sign_in_needed"),
        (("upload", "x.jpg"), 4, "sign_in_needed"),
        (("download", "x"), 4, "sign_in_needed"),
        (("export", "curl"), 4, "sign_in_needed"),
        (("logout",), 4, "sign_in_needed"),
        (("status",), 4, "sign_in_needed"),
        (("switch", "x"), 2, "bad_input"),
        (("login", "librephotos"), 2, "bad_input"),
        (("login", "nowhere"), 2, "bad_input"),
        (("photos", "--nonsense"), 2, "bad_input"),
        (("nonsense",), 2, "bad_input"),
    ],
)
def test_so_does_every_error(me: Person, words: tuple[str, ...], code: int, reason: str) -> None:
    done = me(*words, "--json")
    assert done.code == code
    assert version_of(done) == 1
    assert done.json["error"]["reason"] == reason
    assert is_one_line(done.err)  # for a person who looks at the script


def version_of(done: Outcome) -> object:
    return done.json["schema_version"]


# --- what answers in the service's place ----------------------------------------------------------


@every_service
def test_a_page_of_something_else_says_to_look_at_the_address(me: Person, service: str) -> None:
    page = b"<!doctype html><title>Welcome to your new router</title>"
    with answering(200, {"content-type": "text/html"}, page) as url:
        code, said = login_at(me, service, url)
    assert code == 1
    assert "Check the address." in said


@every_service
@pytest.mark.parametrize("status", [403, 503])
def test_a_captcha_says_to_open_a_browser(me: Person, service: str, status: int) -> None:
    headers = {"content-type": "text/html", "cf-mitigated": "challenge"}
    with answering(status, headers, b"<html>Just a moment...") as url:
        code, said = login_at(me, service, url)
    assert code == 4
    assert "Open the service in a browser from this machine, then try again." in said


@every_service
def test_a_gateway_without_the_service_behind_it_is_8(me: Person, service: str) -> None:
    with answering(502, {"content-type": "text/html"}, b"<html>Bad gateway") as url:
        code, said = login_at(me, service, url)
    assert code == 8
    assert "502" in said


# --- what is between here and the service ---------------------------------------------------------


@contextmanager
def speaking_tls(authority: trustme.CA, name: str) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stop = threading.Event()

        def serve() -> None:
            listener.settimeout(0.05)
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                    connection.settimeout(5)
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"https://localhost:{listener.getsockname()[1]}"
        stop.set()
        thread.join()


def test_a_certificate_of_an_unknown_authority(me: Person) -> None:
    with speaking_tls(trustme.CA(), "localhost") as url:
        code, said = login_at(me, "safelight", url)
    assert code == 8
    assert f"{url} cannot be reached: " in said
    assert "certificate verify failed" in said
    assert "name that one's file in SSL_CERT_FILE." in said


def test_a_certificate_of_another_host(
    me: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    with speaking_tls(authority, "other.example") as url:
        code, said = login_at(me, "safelight", url)
    assert code == 8
    assert "Hostname mismatch" in said
    assert "Check the address." in said


def test_https_where_http_is_spoken(me: Person) -> None:
    with answering(200, {}, b"{}") as url:
        code, said = login_at(me, "safelight", url.replace("http:", "https:"))
    assert code == 8
    assert "Check the address: HTTPS is not what is spoken there." in said


@pytest.mark.parametrize("url", ["http://localhost:9", "https://nobody.invalid"])
def test_nobody_there(me: Person, url: str) -> None:
    code, said = login_at(me, "safelight", url)
    assert code == 8
    assert f"{url} cannot be reached: " in said
    assert "Check the address and the network." in said
