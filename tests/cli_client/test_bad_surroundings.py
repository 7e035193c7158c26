"""What may be in the way of a person: the message says what to do next, and nothing is lost."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import keyring
import keyring.backends.fail
import pytest
from keyring.backend import KeyringBackend
from keyring.compat import properties
from keyring.errors import KeyringLocked
from tests.cli.command import is_one_line
from tests.cli_client.person import Person
from tests.house import PASSWORD

ROOT = Path(__file__).parents[2]


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """A server that says one thing to everybody; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - the standard library's name

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def login(me: Person, service: str, url: str, *options: str) -> tuple[int, str]:
    words = ("login", service, "--url", url, "--username", "ada", "--password-stdin", *options)
    done = me(*words, stdin=f"{PASSWORD}\n")
    assert is_one_line(done.err), done.err
    assert done.out == ""
    assert me("status").code == 4  # nobody is signed in for that
    return done.code, done.err


def test_a_host_that_cannot_be_reached(me: Person) -> None:
    code, said = login(me, "safelight", "http://localhost:9")
    assert code == 8
    assert "http://localhost:9 cannot be reached" in said
    code, said = login(me, "safelight", "https://nobody.invalid")
    assert code == 8
    assert "https://nobody.invalid cannot be reached" in said


@pytest.mark.parametrize("service", ["safelight", "librephotos", "photoshelter"])
def test_a_page_that_is_not_the_service(me: Person, service: str) -> None:
    me.has(API_KEY="abcdefghijk")
    page = b"<!doctype html><title>A router</title>"
    with answering(200, {"content-type": "text/html"}, page) as url:
        code, said = login(me, service, url)
    assert code == 1
    assert "Check the address." in said


def test_a_page_that_tells_people_from_programs(me: Person) -> None:
    with answering(403, {"cf-mitigated": "challenge"}, b"<html>") as url:
        code, said = login(me, "pixieset", url, "--realm", "studio")
    assert code == 4
    assert "Open the service in a browser from this machine, then try again." in said


def test_a_second_factor(me: Person) -> None:
    me.has(API_KEY="abcdefghijk")
    answer = b'{"status":"ok","data":{"two_factor":{"methods":["totp"]}}}'
    with answering(200, {"content-type": "application/json"}, answer) as url:
        code, said = login(me, "photoshelter", url)
    assert code == 4
    assert "Use an app password" in said


def test_a_service_that_wants_to_be_left_alone(me: Person) -> None:
    with answering(429, {"retry-after": "900"}, b"{}") as url:
        code, _ = login(me, "safelight", url)
    assert code == 7


def test_no_https(me: Person) -> None:
    code, said = login(me, "safelight", "http://192.0.2.1")
    assert code == 2
    assert "https://" in said


class Unchosen(KeyringBackend):
    """Of the test's own: keyring does not find it by itself."""

    @properties.classproperty
    def priority(self) -> float:
        raise RuntimeError("only where it is set")


class LockedKeyring(Unchosen):
    def get_password(self, service: str, username: str) -> str | None:
        raise KeyringLocked("locked")

    set_password = delete_password = get_password  # type: ignore[assignment]


@pytest.fixture
def locked() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(LockedKeyring())
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("locked")
def test_a_locked_keyring_is_met_before_the_password_is_sent(me: Person) -> None:
    code, said = login(me, "safelight", "http://localhost:9", "--store", "keyring")
    assert code == 1  # not 8: nothing was sent
    assert "Unlock it and try again" in said


class WorkingKeyring(Unchosen):
    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def test_a_keyring_is_taken_where_there_is_one(me: Person) -> None:
    before, ring = keyring.get_keyring(), WorkingKeyring()
    keyring.set_keyring(ring)
    try:
        me.has(STORE="")
        done = me.login("safelight")
        assert "The session is kept in the system's keyring." in done.err
        assert "  kept in: keyring" in me("status").out
        token = me("token").out.strip()
        assert token in "".join(ring.kept.values())
        assert token not in me.everything_kept()
        assert me("logout").code == 0
        assert ring.kept == {}
    finally:
        keyring.set_keyring(before)


@pytest.mark.parametrize(
    "broken",
    [
        {"PYTHON_KEYRING_BACKEND": "nonsense.Backend"},
        {"PYTHON_KEYRING_BACKEND": "Backend"},
    ],
    ids=lambda broken: str(*broken.values()),
)
def test_a_keyring_that_is_named_and_cannot_be_loaded_costs_nothing(
    me: Person, tmp_path: Path, broken: dict[str, str]
) -> None:
    whole = {
        "PYTHON_KEYRING_BACKEND": "tests.cli_client.file_keyring.FileKeyring",
        "FILE_KEYRING": str(tmp_path / "ring.json"),
        "PYTHONPATH": str(ROOT),
        "SAFELIGHT_STORE": "",
    }
    words = ("login", *me.words("safelight"))
    signed_in = me.process(*words, stdin=f"{PASSWORD}\n", environment=whole)
    assert "The session is kept in the system's keyring." in signed_in.stderr
    before = me.everything_kept()
    for asked in (("token",), ("get", "/v1/account"), ("logout",), words):
        done = me.process(*asked, stdin=f"{PASSWORD}\n", environment=whole | broken)
        assert (done.returncode, done.stdout) == (1, ""), asked
        assert is_one_line(done.stderr)
        assert "PYTHON_KEYRING_BACKEND asks for a keyring that cannot be loaded" in done.stderr
        assert "Correct or remove that setting and try again" in done.stderr
        assert "--store vault (an encrypted file) or --store plaintext (a plain one)" in done.stderr
    shown = me.process("status", environment=whole | broken)
    assert (shown.returncode, "Traceback" in shown.stderr) == (1, False)
    assert "cannot be loaded" in shown.stdout
    assert me.everything_kept() == before
    assert me.process("get", "/v1/account", environment=whole).returncode == 0


@pytest.fixture
def no_keyring() -> Iterator[None]:
    """What the keyring library falls back to on a machine without one; other tests' stand-ins are
    found by it, too."""
    before = keyring.get_keyring()
    keyring.set_keyring(keyring.backends.fail.Keyring())  # type: ignore[no-untyped-call]
    yield
    keyring.set_keyring(before)


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_nothing_is_kept_in_the_clear_unasked(me: Person) -> None:
    me.has(STORE="")
    done = me.login("safelight")
    assert (done.code, done.out) == (4, "")
    assert "SAFELIGHT_VAULT_PASSPHRASE_FILE for an encrypted file, or say --store plaintext." in (
        done.err
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("not toml", "cannot be read"),
        ('current = "x"\n[profiles.x]\nservice = 3\n', "Expected `str`, got `int`"),
        ('current = "x"\n[profiles.x]\nservice = "safelight"\n', "missing required field `url`"),
        ("version = 99\n", "was written by a newer Safelight. Update this one."),
        ("\x00\xff", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_used_are_left_as_they_are(
    me: Person, content: str, says: str
) -> None:
    me.folder.mkdir()
    path = me.folder / "config.toml"
    path.write_text(content, "latin-1")
    for words in (("status",), ("token",), ("get", "/v1/account"), ("logout",)):
        done = me(*words)
        assert done.code == 2
        assert is_one_line(done.err)
        assert says in done.err
        assert str(path) in done.err
    assert me.login("safelight").code == 2
    assert path.read_text("latin-1") == content


def test_settings_of_before_versions_were_written_are_read(me: Person) -> None:
    me.signed_in()
    path = me.folder / "config.toml"
    path.write_text(path.read_text().replace("version = 1\n", ""))
    assert me("status").code == 0


_NO_TEXT = (
    b'{"version":1,"kept":{"id":"i","generation":1,"epoch":"e","grant":{"session_token":5},'
    b'"renewed_at":"2026-03-01T12:00:00Z","process":1}}'
)


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"version":99,"kept":{}}', b"\xff" * 40, _NO_TEXT]
)
def test_a_damaged_sign_in_says_how_to_get_another(me: Person, content: bytes) -> None:
    me.signed_in()
    (kept,) = (me.folder / "sessions").glob("*.json")
    kept.write_bytes(content)
    for words in (("token",), ("get", "/v1/account"), ("status",), ("logout",)):
        done = me(*words)
        assert done.code == 1
        assert str(kept) in done.out + done.err
    assert me("logout", "--local").code == 0
    assert me.login("safelight").code == 0


def test_a_sign_in_that_others_may_read_is_not_used(me: Person) -> None:
    me.signed_in()
    (kept,) = (me.folder / "sessions").glob("*.json")
    kept.chmod(0o644)
    done = me("get", "/v1/account")
    assert done.code == 1
    assert f"chmod 600 {kept}" in done.err


def test_a_full_disk_ends_the_sign_in_that_nobody_would_find_again(
    me: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    me.signed_in()
    before = me.everything_kept()

    def full(*arguments: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        done = me.login("safelight", "grace")
    assert (done.code, is_one_line(done.err)) == (1, True)
    assert "No space left on device" in done.err
    assert "so it was ended" in done.err
    assert me.everything_kept() == before
    assert me("get", "/v1/account").code == 0


def test_status_says_that_an_encrypted_file_stays_closed(me: Person) -> None:
    me.has(VAULT_PASSPHRASE="a passphrase for the test")
    me.signed_in("safelight", "ada", "--store", "vault")
    me.has(VAULT_PASSPHRASE="")
    done = me("status")
    assert done.code == 4
    assert "safelight (current): failed" in done.out
    assert "SAFELIGHT_VAULT_PASSPHRASE_FILE" in done.out


def without_the_server_s_packages(me: Person, *arguments: str) -> subprocess.CompletedProcess[str]:
    return me.python(
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name in ('granian', 'sqlalchemy', 'argon2'):\n"
        "            raise ModuleNotFoundError(f'No module named {name}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
        f"sys.argv = {['safelight', *arguments]}\n"
        "from safelight.cli.main import main\n"
        "main()"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("loginn",), 'Unknown command "loginn". Did you mean "login"? What there is: safelight'),
        (("help",), 'Unknown command "help". What there is: safelight --help'),
        (("photos", "--limti"), "Unknown option: --limti. Did you mean --limit?"),
    ],
)
def test_wrong_usage_needs_no_packages_of_the_server_s(
    me: Person, words: tuple[str, ...], said: str
) -> None:
    done = without_the_server_s_packages(me, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"safelight: {said}")
    assert is_one_line(done.stderr)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete_commands_without_the_server_s_packages(me: Person, shell: str) -> None:
    done = without_the_server_s_packages(me, "completion", shell)
    assert done.stderr == ""
    assert "photoshelter" in done.stdout
    assert "admin" not in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_a_shell_may_come_as_json(me: Person, shell: str) -> None:
    told = me("completion", shell, "--json").json
    assert (told["schema_version"], told["shell"]) == (1, shell)
    assert f"{told['script']}\n" == me("completion", shell).out


def test_why_a_program_is_not_run_may_come_as_json(me: Person) -> None:
    me.signed_in("safelight")
    done = me("run", "--json", "--", "/nowhere/at/all")
    assert done.code == 2
    assert done.json["error"]["message"].startswith("/nowhere/at/all: No such file")
    done = me("run", "--", sys.executable, "-c", "import sys; sys.exit(9)", "--json")
    assert (done.code, done.out) == (9, "")


def test_bash_completes_commands_services_and_options(me: Person) -> None:
    asked = """eval "$("$1" -m safelight.cli.main completion bash)"
    finish() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _safelight; }
    finish safelight lo; echo "${COMPREPLY[@]}"
    finish safelight login ph; echo "${COMPREPLY[@]}"
    finish safelight login photoshelter --st; echo "${COMPREPLY[@]}"
    finish safelight admin account su; echo "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        ["bash", "-c", asked, "bash", sys.executable], capture_output=True, text=True
    )
    assert done.stdout.splitlines() == ["login logout", "photoshelter", "--store", "suspend"]


@pytest.mark.parametrize(
    "words",
    [
        ("download", "PHOTO", "--to", "/tmp/" + "n" * 300),
        ("proxy", "--app", "/tmp/" + "n" * 300),
        ("get", "/v1/account", "--output", "/tmp/" + "n" * 300),
        ("proxy", "--app", "/tmp", "--tls-cert", "/tmp/" + "n" * 300, "--tls-key", "/tmp/key"),
        ("post", "/v1/galleries", "--body", "@/tmp/" + "n" * 300),
    ],
)
def test_a_path_that_cannot_be_is_one_line(me: Person, words: tuple[str, ...]) -> None:
    me.signed_in("safelight")
    done = me(*words)
    assert done.code == 2
    assert "File name too long" in done.err
    assert is_one_line(done.err), done.err


def test_a_file_that_cannot_be_sent_is_one_that_failed(me: Person) -> None:
    me.signed_in("safelight")
    for path, why in (("/tmp/" + "n" * 300, "File name too long"), ("/tmp/n", "No such file")):
        done = me("upload", path)
        assert (done.code, is_one_line(done.err)) == (1, True)
        assert why in done.err


@pytest.mark.parametrize(
    ("redirection", "code"), [(">&-", 1), ("2>&-", 0), ("<&-", 0), (">&- 2>&-", 1)]
)
def test_closed_streams_are_no_reason_for_a_traceback(
    me: Person, redirection: str, code: int
) -> None:
    me.signed_in("safelight")
    for command in ("token", "photos", "get /v1/account"):
        line = f'"{Path(sys.executable).with_name("safelight")}" {command} {redirection}'
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30)
        assert done.returncode == code, (command, done.stderr)
        said = "safelight: Standard output is closed. Send it to /dev/null instead.\n"
        assert done.stderr == (said if redirection == ">&-" else "")


def test_an_address_without_https_is_a_mistake_of_usage_that_names_the_way(me: Person) -> None:
    done = me("login", "safelight", "--url", "http://photos.example", "--username", "ada")
    assert done.code == 2
    assert "Use https://, or say --allow-plain-http." in done.err
    assert is_one_line(done.err)


PIECE = b"x" * 1_000_000


@contextmanager
def pouring(pieces: int, *, breaks: int = 0) -> Iterator[str]:
    """A Safelight server that answers with many megabytes, the first `breaks` times in part."""
    left = [breaks]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/octet-stream")
            self.send_header("content-length", str(pieces * len(PIECE)))
            self.end_headers()
            is_broken, left[0] = left[0] > 0, left[0] - 1
            for _ in range(1 if is_broken else pieces):
                self.wfile.write(PIECE)

        def log_message(self, format: str, *args: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("breaks", [0, 1])
def test_an_answer_of_any_size_goes_to_a_pipe_and_not_to_a_person(me: Person, breaks: int) -> None:
    with pouring(40, breaks=breaks) as url:
        me.has(SERVICE="safelight", URL=url, TOKEN="t" * 40)
        command = Path(sys.executable).with_name("safelight")
        done = subprocess.run([command, "get", "/big"], capture_output=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, b"")
        assert len(done.stdout) == 40 * len(PIECE)
        shown = me("get", "/big", "--json")
        assert shown.code == 1
        assert "too large to be shown: use --output FILE" in shown.out + shown.err


def test_a_stop_leaves_no_part_of_a_file(me: Person, tmp_path: Path) -> None:
    with pouring(2_000) as url:
        me.has(SERVICE="safelight", URL=url, TOKEN="t" * 40)
        words = [Path(sys.executable).with_name("safelight"), "get", "/big", "--output", "big"]
        process = subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.PIPE)
        while not any(each.stat().st_size for each in tmp_path.iterdir() if each.is_file()):
            time.sleep(0.01)
        process.terminate()
        assert process.communicate(timeout=30) == (None, b"")
        assert process.returncode == 143
    assert [each for each in tmp_path.iterdir() if "big" in each.name] == []


def test_an_answer_from_elsewhere_is_told_from_the_service_s(me: Person) -> None:
    with (
        answering(200, {"content-type": "application/json"}, b"{}") as elsewhere,
        answering(302, {"location": f"{elsewhere}/x"}, b"") as url,
    ):
        me.has(SERVICE="safelight", URL=url, TOKEN="t" * 40)
        done = me("get", "/led")
    assert (done.code, done.out) == (0, "{}")
    assert done.err == "safelight: This comes from 127.0.0.1, without any credential.\n"
