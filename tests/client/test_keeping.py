"""Where sign-ins rest: private, whole or not at all, and never one account's for another's."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError
from tests.client.people import Ada
from tests.client.services import SERVICES

import safelight
from safelight.client.errors import KeepingFailed
from safelight.client.events import Happened
from safelight.client.grant import Grant, HeldCookie, OrganizationOffer
from safelight.client.keeping import AccountKey, Keeper, Kept
from safelight.client.keeping.choice import Place, open_keeper
from safelight.client.keeping.encrypted_file import EncryptedFileKeeper
from safelight.client.keeping.memory import MemoryKeeper
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.client.keeping.system_keyring import KeyringKeeper
from safelight.client.turn import Turn
from safelight.identity.ids import OrganizationId
from safelight.secret import Secret
from safelight.testing.faults import Answer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = AccountKey(service="librephotos", origin="https://photos.example/", account="ada")
GRACE = AccountKey(service="librephotos", origin="https://photos.example/", account="grace")


def kept(token: str = "Token.of_Ada") -> Kept:
    return Kept(
        id="0123",
        generation=7,
        epoch="e",
        grant=Grant(
            identifier="ada",
            user_id="7",
            session_token=Secret(token),
            access_token=Secret("é—access"),
            cookies=(
                HeldCookie(
                    name="c",
                    value=Secret("v"),
                    domain=".photos.example",
                    path="/",
                    host_only=False,
                    secure=True,
                    expires_at=NOW,
                ),
            ),
            organizations=(OrganizationOffer(id=OrganizationId("O0000"), name="Harbour"),),
            expires_at=NOW,
        ),
        renewed_at=NOW,
        process=4711,
    )


class FakeKeyring(KeyringBackend):
    """A safe in memory; `is_locked` as when nobody is there to unlock it."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.entries: dict[tuple[str, str], str] = {}
        self.is_locked = False

    def get_password(self, service: str, username: str) -> str | None:
        self._require_open()
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._require_open()
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._require_open()
        if self.entries.pop((service, username), None) is None:
            raise PasswordDeleteError("no such entry")

    def _require_open(self) -> None:
        if self.is_locked:
            raise KeyringLocked("Failed to unlock the collection: s3cr3t")


@pytest.fixture
def safe() -> Iterator[FakeKeyring]:
    before = keyring.get_keyring()
    backend = FakeKeyring()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(before)


Make = Callable[[Path], Keeper]
KEEPERS: dict[str, Make] = {
    "plain": PlainFileKeeper,
    "encrypted": lambda folder: EncryptedFileKeeper(folder, lambda: Secret("open sesame")),
    "keyring": KeyringKeeper,
    "memory": lambda folder: MemoryKeeper(),
}
every_keeper = pytest.mark.parametrize("make", list(KEEPERS.values()), ids=list(KEEPERS))


@every_keeper
def test_what_is_written_is_read_again(make: Make, tmp_path: Path, safe: FakeKeyring) -> None:
    keeper = make(tmp_path / "kept")
    assert keeper.read(ADA) is None
    keeper.write(ADA, kept())
    assert keeper.read(ADA) == kept()
    keeper.write(ADA, kept("another"))
    assert keeper.read(ADA) == kept("another")
    if not isinstance(keeper, MemoryKeeper):
        assert make(tmp_path / "kept").read(ADA) == kept("another")
    keeper.remove(ADA)
    assert keeper.read(ADA) is None
    keeper.remove(ADA)


@every_keeper
def test_two_accounts_never_meet(make: Make, tmp_path: Path, safe: FakeKeyring) -> None:
    keeper = make(tmp_path / "kept")
    others = [
        GRACE,
        AccountKey(service="photoshelter", origin=ADA.origin, account="ada"),
        AccountKey(service="librephotos", origin="https://other.example/", account="ada"),
        AccountKey(service="librephotos", origin=ADA.origin, account="ada", organization="O0000"),
    ]
    keeper.write(ADA, kept())
    for number, other in enumerate(others):
        assert keeper.read(other) is None
        keeper.write(other, kept(f"of {number}"))
    for number, other in enumerate(others):
        assert keeper.read(other) == kept(f"of {number}")
        keeper.remove(other)
    assert keeper.read(ADA) == kept()


@pytest.mark.parametrize("name", ["plain", "encrypted", "keyring"])
def test_folders_and_files_are_for_their_owner_alone(
    name: str, tmp_path: Path, safe: FakeKeyring
) -> None:
    os.umask(0)
    try:
        folder = tmp_path / "a" / "kept"
        keeper = KEEPERS[name](folder)
        keeper.write(ADA, kept())
        with Turn(keeper.lock_path(ADA)).claim() as claim:
            assert claim.take()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(each.stat().st_mode) for each in folder.iterdir()} <= {0o600}
    finally:
        os.umask(0o022)


@pytest.mark.parametrize("name", ["plain", "encrypted"])
def test_a_file_that_others_may_read_is_not_used(name: str, tmp_path: Path) -> None:
    keeper = KEEPERS[name](tmp_path / "kept")
    keeper.write(ADA, kept())
    (file,) = (tmp_path / "kept").iterdir()
    file.chmod(0o644)
    with pytest.raises(KeepingFailed, match=f"chmod 600 {file}"):
        keeper.read(ADA)


def test_a_folder_that_others_may_enter_is_closed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir(mode=0o755)
    PlainFileKeeper(tmp_path / "kept").write(ADA, kept())
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o700


def test_the_encrypted_file_shows_nothing(tmp_path: Path) -> None:
    keeper = KEEPERS["encrypted"](tmp_path / "kept")
    keeper.write(ADA, kept())
    (file,) = (tmp_path / "kept").iterdir()
    first = file.read_bytes()
    assert b"Token.of_Ada" not in first
    assert b"ada" not in first
    keeper.write(ADA, kept())
    assert file.read_bytes() != first


def test_the_encrypted_file_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    KEEPERS["encrypted"](tmp_path / "kept").write(ADA, kept())
    asked = iter([Secret("wrong"), Secret("open sesame")])
    keeper = EncryptedFileKeeper(tmp_path / "kept", lambda: next(asked))
    with pytest.raises(KeepingFailed, match="passphrase"):
        keeper.read(ADA)
    assert keeper.read(ADA) == kept()


def test_one_account_s_encrypted_file_does_not_open_in_another_s_place(tmp_path: Path) -> None:
    keeper = KEEPERS["encrypted"](tmp_path / "kept")
    keeper.write(ADA, kept())
    (file,) = (tmp_path / "kept").iterdir()
    file.rename(file.with_name(f"{GRACE.name}.vault"))
    with pytest.raises(KeepingFailed, match="does not open"):
        keeper.read(GRACE)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", b"[]", b'{"version":1}', b'{"version":1,"kept":{}}', b"null" * 9],
)
def test_a_damaged_file_is_named_and_left_as_it_is(content: bytes, tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    keeper.write(ADA, kept())
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(content)
    with pytest.raises(KeepingFailed, match=f"{file} is damaged. Remove it and sign in again"):
        keeper.read(ADA)
    assert file.read_bytes() == content


@pytest.mark.parametrize("cut", [0, 5, 20, 40, -1])
def test_a_damaged_encrypted_file_is_named(cut: int, tmp_path: Path) -> None:
    keeper = KEEPERS["encrypted"](tmp_path / "kept")
    keeper.write(ADA, kept())
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(file.read_bytes()[:cut])
    with pytest.raises(KeepingFailed, match=str(file)):
        keeper.read(ADA)


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    keeper.write(ADA, kept())
    (file,) = (tmp_path / "kept").iterdir()
    file.write_text(json.dumps({**json.loads(file.read_text()), "version": 2}))
    with pytest.raises(KeepingFailed, match="newer Safelight"):
        keeper.read(ADA)


def test_a_writing_that_fails_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    keeper.write(ADA, kept())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(KeepingFailed, match="No space left on device"):
        keeper.write(ADA, kept("another"))
    assert keeper.read(ADA) == kept()
    assert len(list((tmp_path / "kept").iterdir())) == 1


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_a_program_that_is_stopped_as_it_writes_leaves_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    keeper.write(ADA, kept())

    def stopped(handle: int) -> None:
        raise stop

    monkeypatch.setattr(os, "fsync", stopped)
    with pytest.raises(stop):
        keeper.write(ADA, kept("another"))
    assert keeper.read(ADA) == kept()
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_what_a_killed_program_left_goes_with_the_session(tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    for key in (ADA, GRACE):
        keeper.write(key, kept())
        (tmp_path / "kept" / f".{key.name}.json.0123456789abcdef").write_text("half")
    keeper.remove(ADA)
    assert {path.name for path in (tmp_path / "kept").iterdir()} == {
        f"{GRACE.name}.json",
        f".{GRACE.name}.json.0123456789abcdef",
    }


def test_a_locked_keyring_is_said_to_be_locked(tmp_path: Path, safe: FakeKeyring) -> None:
    keeper = KeyringKeeper(tmp_path / "kept")
    safe.is_locked = True
    for act in (
        lambda: keeper.read(ADA),
        lambda: keeper.write(ADA, kept()),
        lambda: keeper.remove(ADA),
    ):
        with pytest.raises(KeepingFailed, match="Unlock it and try again") as raised:
            act()
        assert "s3cr3t" not in raised.value.message


def test_a_locked_keyring_stops_a_client_before_anything_is_sent(
    ada: Ada, tmp_path: Path, safe: FakeKeyring
) -> None:
    safe.is_locked = True
    auth = ada.at("safelight", keeper=KeyringKeeper(tmp_path / "kept"))
    with safelight.Client(auth, clock=ada.house.clock) as client:
        with pytest.raises(KeepingFailed):
            client.get("/v1/account")
        assert ada.way.seen == []
        safe.is_locked = False
        assert client.get("/v1/account").status_code == 200


@pytest.mark.parametrize(
    "named",
    ["nonsense.Backend", "Backend", "keyring.backends.null.Nothing", "json.JSONDecoder"],
)
def test_a_keyring_that_is_named_and_cannot_be_loaded_is_told(
    tmp_path: Path, safe: FakeKeyring, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", named)
    monkeypatch.setattr(keyring.core, "_keyring_backend", None)
    keeper = KeyringKeeper(tmp_path / "kept")
    for act in (
        lambda: keeper.read(ADA),
        lambda: keeper.write(ADA, kept()),
        lambda: keeper.remove(ADA),
        lambda: open_keeper(tmp_path, passphrase=lambda: Secret("x")),
    ):
        with pytest.raises(KeepingFailed, match=r"^PYTHON_KEYRING_BACKEND asks .* Correct or"):
            act()
    assert isinstance(open_keeper(tmp_path, Place.PLAINTEXT), PlainFileKeeper)


def test_a_safe_may_fail_as_it_likes(tmp_path: Path, safe: FakeKeyring) -> None:
    class Odd(FakeKeyring):
        def _require_open(self) -> None:
            raise ConnectionResetError("s3cr3t")

    keyring.set_keyring(Odd())
    keeper = KeyringKeeper(tmp_path / "kept")
    with pytest.raises(KeepingFailed, match=r"does not open \(ConnectionResetError\)") as raised:
        keeper.read(ADA)
    assert "s3cr3t" not in raised.value.message


# --- the choice -------------------------------------------------------------------------------


def test_the_keyring_is_taken_where_there_is_one(tmp_path: Path, safe: FakeKeyring) -> None:
    assert isinstance(open_keeper(tmp_path), KeyringKeeper)


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring])
def test_without_a_keyring_it_is_an_encrypted_file_never_a_plain_one(
    tmp_path: Path, safe: FakeKeyring, backend: type[KeyringBackend]
) -> None:
    keyring.set_keyring(backend())  # type: ignore[no-untyped-call]
    keeper = open_keeper(tmp_path, passphrase=lambda: Secret("x"))
    assert isinstance(keeper, EncryptedFileKeeper)
    with pytest.raises(KeepingFailed, match="no system keyring"):
        open_keeper(tmp_path)


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        (Place.PLAINTEXT, PlainFileKeeper),
        (Place.MEMORY, MemoryKeeper),
        (Place.KEYRING, KeyringKeeper),
        (Place.VAULT, EncryptedFileKeeper),
    ],
)
def test_a_place_can_be_asked_for_by_name(tmp_path: Path, place: Place, kind: type[Keeper]) -> None:
    assert isinstance(open_keeper(tmp_path, place, lambda: Secret("x")), kind)


def test_an_encrypted_file_needs_a_passphrase(tmp_path: Path) -> None:
    with pytest.raises(KeepingFailed, match="passphrase"):
        open_keeper(tmp_path, Place.VAULT)


# --- over runs --------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["photoshelter-cookie", "librephotos", "galleries"])
def test_a_later_run_goes_on_with_the_session_of_an_earlier_one(
    ada: Ada, tmp_path: Path, service: str
) -> None:
    for _ in range(3):
        auth = ada.at(service, keeper=PlainFileKeeper(tmp_path / "kept"))
        with safelight.Client(auth, clock=ada.house.clock) as client:
            assert client.get(SERVICES[service].path).status_code == 200
        ada.house.clock.advance(70)
    assert ada.sign_ins(service) == 1


def test_the_last_cookie_of_a_run_is_what_the_next_one_begins_with(
    ada: Ada, tmp_path: Path
) -> None:
    """Each answer renews PhotoShelter's cookie, which is not worth a write each time."""
    keeper = PlainFileKeeper(tmp_path / "kept")
    auth = ada.at("photoshelter-cookie", keeper=keeper)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        for _ in range(3):
            client.get("/psapi/v3/mem/user/session")
            ada.house.clock.advance(20)
        written = keeper.read(auth.session.holding.key)
        assert written != auth.session.holding.held
    assert keeper.read(auth.session.holding.key) == auth.session.holding.held


def test_a_password_that_was_refused_is_kept_as_a_slow_hash(ada: Ada, tmp_path: Path) -> None:
    keeper = PlainFileKeeper(tmp_path / "kept")
    wrong = "not the right one"
    for _ in range(2):
        auth = ada.at("safelight", keeper=keeper, credentials=("ada@example.com", wrong))
        with (
            safelight.Client(auth, clock=ada.house.clock) as client,
            pytest.raises(safelight.SafelightError),
        ):
            client.get("/v1/account")
    assert ada.sign_ins("safelight") == 1
    files = [each.read_text() for each in (tmp_path / "kept").glob("*.json")]
    assert len(files) == 1
    assert wrong not in files[0]
    with safelight.Client(ada.at("safelight", keeper=keeper), clock=ada.house.clock) as client:
        assert client.get("/v1/account").status_code == 200
    assert ada.sign_ins("safelight") == 2


def test_the_sign_out_leaves_nothing_behind(ada: Ada, tmp_path: Path) -> None:
    auth = ada.at("safelight", keeper=PlainFileKeeper(tmp_path / "kept"))
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.get("/v1/account")
        client.sign_out()
    assert [each.suffix for each in (tmp_path / "kept").iterdir()] in ([], [".lock"])


def test_a_sign_out_that_the_service_did_not_hear_ends_nothing(ada: Ada, tmp_path: Path) -> None:
    auth = ada.at("safelight", keeper=PlainFileKeeper(tmp_path / "kept"))
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.get("/v1/account")
        ada.way.order("DELETE", "/v1/sessions/current", Answer(status=502))
        with pytest.raises(safelight.SafelightError):
            client.sign_out()
        assert client.get("/v1/account").status_code == 200
        client.forget()
        assert not client.is_live()
    assert ada.happened(Happened.SIGNED_OUT) == 1


def test_a_kept_sign_in_needs_a_name_to_be_found_under(ada: Ada, tmp_path: Path) -> None:
    with pytest.raises(safelight.SafelightError, match="Name the account"):
        ada.at("safelight", credentials=None, keeper=PlainFileKeeper(tmp_path / "kept"))


def test_two_accounts_on_one_machine_stay_apart(ada: Ada, tmp_path: Path) -> None:
    """One keeper, two people, each with requests in between the other's."""
    ada.house.add_account("grace", password="another horse battery")
    keeper = PlainFileKeeper(tmp_path / "kept")
    mine = ada.at("galleries", keeper=keeper)
    hers = ada.at(
        "galleries", keeper=keeper, credentials=("grace@example.com", "another horse battery")
    )
    with (
        safelight.Client(mine, clock=ada.house.clock) as my_client,
        safelight.Client(hers, clock=ada.house.clock) as her_client,
    ):
        for _ in range(3):
            assert my_client.get("/api/v1/user").json()["data"]["username"] == "ada"
            assert her_client.get("/api/v1/user").json()["data"]["username"] == "grace"
            ada.house.settle()
            ada.house.clock.advance(3 * 3600)
    assert len(list((tmp_path / "kept").glob("*.json"))) == 2


def test_importing_the_package_loads_no_http_library() -> None:
    code = (
        "import sys, safelight; "
        "assert 'httpx2' not in sys.modules and 'safelight.client' not in sys.modules; "
        "safelight.Client; assert 'httpx2' in sys.modules; "
        "assert 'keyring' not in sys.modules and 'starlette' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
