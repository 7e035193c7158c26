"""`safelight serve` as a process of its own."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import trustme
from tests.cli.command import Command, is_one_line
from tests.cli.conftest import QUICK
from tests.house import PASSWORD
from tools.running import COMMAND, Server, free_port, running

JSON = {"content-type": "application/json"}
SIGN_IN = json.dumps({"identifier": "ada", "password": PASSWORD}).encode()


@contextmanager
def serving(
    cli: Command, *options: str, settings: dict[str, str] | None = None
) -> Iterator[Server]:
    log = cli.data.parent / "log"
    with running(cli.data, settings=QUICK | (settings or {}), options=options, log=log) as server:
        yield server


def serve(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A server that must not start."""
    return subprocess.run(
        [*COMMAND, "serve", *arguments], capture_output=True, text=True, timeout=30
    )


def opened(port: int, sent: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(sent)
    return connection


def refuses_soon(port: int) -> bool:
    """Whether nobody can connect any more, at the latest in some seconds."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            opened(port, b"").close()
        except ConnectionRefusedError:
            return True
        time.sleep(0.05)
    return False


def eventually_answers(url: str) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            httpx2.get(url)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return True
    return False


def bearer(session: dict[str, str]) -> dict[str, str]:
    return {"authorization": f"Bearer {session['token']}"}


def head_of_sign_in(length: int) -> bytes:
    return (
        "POST /v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {length}\r\n\r\n"
    ).encode()


def read_all(connection: socket.socket) -> bytes:
    """Up to the end of the connection, which is closed."""
    found = b""
    with connection:
        while chunk := connection.recv(65536):
            found += chunk
    return found


# --- starting -------------------------------------------------------------------------------


def test_a_port_that_is_in_use_is_refused_in_one_line(cli: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = serve("--data", str(cli.data), "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == (
        f"safelight: Cannot listen at 127.0.0.1, port {port}: the port is in use: stop what "
        "listens there, or choose another with --port.\n"
    )


def test_a_second_server_does_not_share_the_port_of_the_first(cli: Command) -> None:
    with serving(cli) as server:
        done = serve("--data", str(cli.data.parent / "other"), "--port", str(server.port))
    assert done.returncode == 1
    assert is_one_line(done.stderr)
    assert not (cli.data.parent / "other").exists()


def test_an_address_of_another_machine_is_refused_in_one_line(cli: Command) -> None:
    done = serve("--data", str(cli.data), "--host", "192.0.2.1", "--port", str(free_port()))
    assert done.returncode == 1
    assert is_one_line(done.stderr)


def test_a_data_folder_that_cannot_be_made_is_refused_in_one_line(cli: Command) -> None:
    cli.data.write_text("a file")
    done = serve("--data", str(cli.data), "--port", str(free_port()))
    assert done.returncode == 2
    assert is_one_line(done.stderr)


def test_a_damaged_key_file_is_refused_in_one_line(cli: Command) -> None:
    cli.add_account()
    (cli.data / "keys" / "keys.json").write_text("{}")
    done = serve("--data", str(cli.data), "--port", str(free_port()))
    assert done.returncode == 2
    assert is_one_line(done.stderr)
    assert "keys.json is damaged" in done.stderr


def test_what_lies_in_the_folder_it_is_started_from_is_not_run(
    cli: Command, tmp_path: Path
) -> None:
    cli.add_account()
    (cli.data / "keys" / "keys.json").write_text("[]")
    (tmp_path / "attr.py").write_text("raise SystemExit('attr.py of that folder ran')")
    done = subprocess.run(
        [Path(sys.executable).with_name("safelight"), "serve", "--data", str(cli.data)],
        cwd=tmp_path, capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert done.returncode == 2
    assert "keys.json is damaged" in done.stderr
    assert "attr.py" not in done.stderr


def test_a_database_that_was_moved_away_is_not_replaced_by_an_empty_one(cli: Command) -> None:
    cli.add_account("ada")
    database, away = cli.data / "safelight.db", cli.data.parent / "away.db"
    with serving(cli) as server:
        own = httpx2.post(f"{server.url}/v1/sessions", content=SIGN_IN, headers=JSON).json()
        database.rename(away)
        beside = cli.admin("account", "list")
        assert (beside.code, is_one_line(beside.err)) == (2, True)
    done = serve("--data", str(cli.data))
    assert done.returncode == 2
    assert f"{database} is gone, though " in done.stderr
    away.rename(database)
    with serving(cli) as server:
        answer = httpx2.get(f"{server.url}/v1/account", headers=bearer(own))
        assert answer.status_code == 200


def test_where_it_listens_is_said_once_and_logs_are_json(cli: Command, tmp_path: Path) -> None:
    cli.add_account("ada", "--admin")
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--data", str(cli.data), "--port", str(port), "--workers", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    first = process.stdout.readline()
    assert eventually_answers(f"http://127.0.0.1:{port}/healthz")
    process.terminate()
    rest, errors = process.communicate(timeout=30)
    assert first == f"Safelight listens at http://localhost:{port}\n"
    assert rest == ""
    assert {json.loads(line)["event"] for line in errors.splitlines()} == {"started"}


def test_a_worker_that_a_shortened_file_kills_says_so_and_is_started_anew(cli: Command) -> None:
    cli.add_account("ada")
    with serving(cli) as server:
        own = httpx2.post(f"{server.url}/v1/sessions", content=SIGN_IN, headers=JSON).json()
        os.truncate(server.data / "safelight.db-generation", 0)
        with pytest.raises(httpx2.TransportError):
            httpx2.get(f"{server.url}/v1/account", headers=bearer(own))
        assert eventually_answers(f"{server.url}/healthz")
        again = httpx2.get(f"{server.url}/v1/account", headers=bearer(own))
        assert again.status_code == 200
    assert "Fatal Python error: Bus error" in server.log.read_text()


def test_the_process_that_watches_the_workers_stays_small(cli: Command) -> None:
    with serving(cli) as server:
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    resident = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert resident is not None
    assert int(resident[1]) < 48 * 1024
    assert all(name not in mapped for name in ("libvips", "sqlalchemy", "obstore"))


# --- the first admin ------------------------------------------------------------------------


def set_up(server: Server, token: str, username: str) -> httpx2.Response:
    """LibrePhotos' sign-up, which makes the first admin with the token of the first start."""
    asked = {
        "username": username, "email": f"{username}@example.com", "password": PASSWORD,
        "first_name": "Ada", "last_name": "Lovelace",
    }  # fmt: skip
    headers = {"X-Safelight-Setup": token}
    return httpx2.post(f"{server.url}/api/user/", json=asked, headers=headers)


def tokens_in(log: Path) -> list[str]:
    return re.findall(r"sl_setup_\w+", log.read_text())


def test_the_set_up_token_is_printed_once_and_makes_one_admin(cli: Command) -> None:
    with serving(cli) as server:
        (token,) = tokens_in(server.log)
        assert set_up(server, "sl_setup_" + "A" * 32, "eve").status_code == 401
        assert set_up(server, token, "ada").status_code == 201
        assert set_up(server, token, "eve").status_code in (401, 403)
    accounts = cli.admin("account", "list", "--json").json
    assert [(each["username"], each["admin"]) for each in accounts] == [("ada", True)]


def test_a_new_start_replaces_the_set_up_token(cli: Command) -> None:
    with serving(cli) as server:
        (first,) = tokens_in(server.log)
    with serving(cli) as server:
        _, second = tokens_in(server.log)
        assert set_up(server, first, "eve").status_code == 401
        assert set_up(server, second, "ada").status_code == 201
    with serving(cli) as server:
        assert tokens_in(server.log) == [first, second]


# --- stopping -------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_stopping_server_answers_what_is_under_way_and_nothing_new(
    cli: Command, workers: str
) -> None:
    cli.add_account()
    with serving(cli, "--workers", workers) as server:
        idle = opened(server.port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        slow = opened(server.port, head_of_sign_in(len(SIGN_IN)) + SIGN_IN[:10])
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        assert refuses_soon(server.port)
        assert server.process.poll() is None
        slow.sendall(SIGN_IN[10:])
        assert read_all(slow).startswith(b"HTTP/1.1 201")
        assert server.process.wait(10) == 0
        idle.close()


def test_workers_end_with_the_process_that_watches_them(cli: Command) -> None:
    """Else nothing would respawn them, and the next server would find its port in use."""
    with serving(cli, "--workers", "2") as server:
        server.process.kill()
        server.process.wait()
        assert refuses_soon(server.port)
    with running(cli.data, settings=QUICK, port=server.port, log=cli.data.parent / "next") as again:
        assert again.process.poll() is None


def test_a_request_that_takes_too_long_does_not_keep_a_server_from_stopping(cli: Command) -> None:
    with serving(cli, settings={"SERVER__DRAIN_SECONDS": "1"}) as server:
        stuck = opened(server.port, head_of_sign_in(100) + b"{")
        time.sleep(0.2)
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(10)
        assert time.monotonic() - began < 5
        stuck.close()


# --- HTTPS ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def write_certificate(authority: trustme.CA, folder: Path, name: str) -> tuple[str, str]:
    issued = authority.issue_cert("localhost")
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    certificate.write_bytes(b"".join(each.bytes() for each in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    return str(certificate), str(key)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_https_is_served_directly(
    cli: Command, tmp_path: Path, authority: trustme.CA, version: ssl.TLSVersion
) -> None:
    cli.add_account()
    certificate, key = write_certificate(authority, tmp_path, "server")
    context = ssl.create_default_context()
    context.minimum_version = context.maximum_version = version
    authority.configure_trust(context)
    with over_tls(cli, certificate, key, context) as client:
        answer = client.post("/studio/login", data={"email": "ada", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    cookies = answer.headers.get_list("set-cookie")
    assert cookies != []
    assert all("; Secure" in cookie for cookie in cookies)


@contextmanager
def over_tls(
    cli: Command, certificate: str, key: str, context: ssl.SSLContext
) -> Iterator[httpx2.Client]:
    port = free_port()
    process = subprocess.Popen(
        [*COMMAND, "serve", "--data", str(cli.data), "--port", str(port),
         "--tls-cert", certificate, "--tls-key", key]
    )  # fmt: skip
    try:
        with httpx2.Client(base_url=f"https://localhost:{port}", verify=context) as client:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                try:
                    client.get("/healthz")
                    break
                except httpx2.TransportError:
                    time.sleep(0.05)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def test_a_certificate_and_a_key_that_do_not_fit_are_refused_in_one_line(
    cli: Command, tmp_path: Path, authority: trustme.CA
) -> None:
    certificate, _ = write_certificate(authority, tmp_path, "one")
    _, key = write_certificate(authority, tmp_path, "two")
    for pair in ((certificate, key), (key, certificate), (certificate, str(tmp_path / "none"))):
        done = serve("--data", str(cli.data), "--tls-cert", pair[0], "--tls-key", pair[1])
        assert done.returncode == 2
        assert is_one_line(done.stderr)


# --- odd clients ----------------------------------------------------------------------------


def test_a_body_that_stalls_gets_408_and_a_client_that_goes_away_leaves_no_fault(
    cli: Command,
) -> None:
    settings = {"SERVER__BODY_SECONDS": "0.5", "SERVER__LOG_LEVEL": "debug"}
    with serving(cli, settings=settings) as server:
        gone = opened(server.port, head_of_sign_in(100) + b"{")
        time.sleep(0.2)
        gone.close()
        stalled = opened(server.port, head_of_sign_in(100) + b"{")
        assert read_all(stalled).startswith(b"HTTP/1.1 408")
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line[0] == "{"]
    assert "body_broken" in {line["event"] for line in lines}
    assert [line for line in lines if line["level"] in ("warning", "error")] == []


def test_the_access_log_names_requests_without_their_query(cli: Command) -> None:
    with serving(cli, settings={"SERVER__ACCESS_LOG": "true"}) as server:
        httpx2.get(f"{server.url}/healthz?auth_token=canary")
        httpx2.get(f"{server.url}/psapi/v3/mem/user/session?api_key=canary")
        httpx2.get(f"{server.url}/galleries/download/canary")
        httpx2.get(f"{server.url}/download/canary;canary")
        httpx2.get(f"{server.url}/healthz;auth_token=canary")
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line[0] == "{"]
    answered = [line for line in lines if line["event"] == "answered"]
    assert [(line["method"], line["path"], line["status"], line["realm"]) for line in answered][
        -5:
    ] == [
        ("GET", "/healthz", 200, "web"),
        ("GET", "/psapi/v3/mem/user/session", 401, "photoshelter"),
        ("GET", "/galleries/download/…", 404, "galleries"),
        ("GET", "/download/…", 404, "web"),
        ("GET", "/healthz", 404, "web"),
    ]
    assert all(line["address"] == "127.0.0.1" and line["seconds"] > 0 for line in answered)
    assert "canary" not in server.log.read_text()
