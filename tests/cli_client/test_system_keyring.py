"""Sign-ins in a real safe of the system, a Secret Service, open and locked."""

import json
import subprocess
from collections.abc import Iterator

import pytest
from tests.cli.command import is_one_line
from tests.cli_client.person import Person
from tests.cli_client.secret_service import SecretService, is_installed, secret_service
from tests.house import PASSWORD

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def bus() -> Iterator[SecretService]:
    if not is_installed():
        pytest.skip("gnome-keyring is not installed: apt-get install gnome-keyring dbus")
    with secret_service() as service:
        yield service


@pytest.fixture
def safe(bus: SecretService) -> SecretService:
    bus.unlock()
    return bus


def run(me: Person, safe: SecretService, *words: str, stdin: str = "") -> Done:
    return me.process(*words, stdin=stdin, environment=safe.environment)


def sign_in(me: Person, safe: SecretService, service: str, account: str, *more: str) -> None:
    done = run(me, safe, "login", *me.words(service, account), *more, stdin=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert "The session is kept in the system's keyring." in done.stderr


def token(me: Person, safe: SecretService, *more: str) -> str:
    done = run(me, safe, "token", *more)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_the_system_s_keyring_is_taken_by_itself_and_emptied_by_a_logout(
    me: Person, safe: SecretService
) -> None:
    sign_in(me, safe, "safelight", "ada")
    secret = token(me, safe)
    assert len(secret) >= 32
    assert secret not in me.everything_kept()
    assert secret.encode() not in safe.content()  # it is encrypted there
    assert run(me, safe, "get", "/v1/account").returncode == 0
    assert run(me, safe, "logout").returncode == 0
    assert stored(me, safe) == []


def test_what_is_in_it_outlives_a_restart_of_the_machine(me: Person, safe: SecretService) -> None:
    sign_in(me, safe, "librephotos", "ada")
    before = token(me, safe)
    safe.lock()
    safe.unlock()
    assert token(me, safe) == before
    assert run(me, safe, "logout").returncode == 0


def test_two_accounts_have_an_entry_each_and_neither_sees_the_other_s(
    me: Person, safe: SecretService
) -> None:
    sign_in(me, safe, "photoshelter", "ada", "--profile", "one")
    sign_in(me, safe, "photoshelter", "grace", "--profile", "two")
    mine, hers = token(me, safe, "--profile", "one"), token(me, safe, "--profile", "two")
    assert mine != hers
    assert len(stored(me, safe)) == 2
    for profile, own, other in (("one", mine, hers), ("two", hers, mine)):
        shown = run(me, safe, "export", "curl", "--profile", profile).stdout
        assert own in shown
        assert other not in shown
    assert run(me, safe, "logout", "--profile", "one").returncode == 0
    assert token(me, safe, "--profile", "two") == hers
    assert len(stored(me, safe)) == 1
    assert run(me, safe, "logout", "--profile", "two").returncode == 0


def test_a_locked_keyring_is_told_and_nothing_is_lost(me: Person, safe: SecretService) -> None:
    sign_in(me, safe, "safelight", "ada")
    before, settings = token(me, safe), me.everything_kept()
    safe.lock()
    for words in (
        ("token",),
        ("get", "/v1/account"),
        ("export", "curl"),
        ("logout",),
        ("login", *me.words("safelight")),
    ):
        done = run(me, safe, *words, stdin=f"{PASSWORD}\n")
        assert (done.returncode, done.stdout) == (1, ""), words
        assert is_one_line(done.stderr)
        assert "The system keyring does not open (KeyringLocked). Unlock it and try again" in (
            done.stderr
        )
        assert "--store vault (an encrypted file) or --store plaintext (a plain one)" in done.stderr
    shown = run(me, safe, "status", "--json")
    assert shown.returncode == 1
    assert [each["state"] for each in json.loads(shown.stdout)["profiles"]] == ["failed"]
    assert me.everything_kept() == settings
    safe.unlock()
    assert token(me, safe) == before
    assert run(me, safe, "get", "/v1/account").returncode == 0
    assert run(me, safe, "logout").returncode == 0


def test_a_locked_keyring_is_met_before_a_new_sign_in_is_made(
    me: Person, safe: SecretService
) -> None:
    """It would be kept nowhere, and stay open at the service."""
    safe.lock()
    done = run(me, safe, "login", *me.words("safelight"), stdin=f"{PASSWORD}\n")
    assert done.returncode == 1
    assert "does not open" in done.stderr
    safe.unlock()
    assert stored(me, safe) == []
    assert run(me, safe, "status").returncode == 4


def test_a_keyring_that_is_gone_says_what_else_there_is(me: Person, safe: SecretService) -> None:
    sign_in(me, safe, "safelight", "ada")
    nowhere = {**safe.environment, "DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"}
    done = me.process("get", "/v1/account", environment=nowhere)
    assert done.returncode == 1
    assert is_one_line(done.stderr)
    assert "choose another place for sign-ins" in done.stderr
    assert run(me, safe, "logout").returncode == 0


def stored(me: Person, safe: SecretService) -> list[str]:
    """The names of Safelight's entries, asked without Safelight."""
    code = (
        "import secretstorage\n"
        "bus = secretstorage.dbus_init()\n"
        "for item in secretstorage.search_items(bus, {'service': 'safelight'}):\n"
        "    print(item.get_attributes()['username'])\n"
    )
    done = me.python(code, environment=safe.environment)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()
