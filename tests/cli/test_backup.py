"""`safelight admin backup` and `restore`: all of it or nothing, beside a server at work."""

import contextlib
import hashlib
import io
import itertools
import os
import shutil
import sqlite3
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cli.command import Command, is_one_line
from tests.cli.conftest import QUICK
from tests.house import PASSWORD
from tests.pictures.samples import picture
from tools.running import Server, admin, running

from safelight.errors import MalformedRequest
from safelight.stores.archive import Manifest, Member, restore_archive, verify_archive


class BackedUp(NamedTuple):
    """An archive that was written while photos came in, and what was known before it."""

    archive: Path
    headers: tuple[dict[str, str], ...]
    photos: dict[str, str]
    """The SHA-256 of each photo that was acknowledged before the backup began, by its id."""


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> BackedUp:
    """With small photos that are added and deleted all the while."""
    folder = tmp_path_factory.mktemp("backed-up")
    data, archive = folder / "data", folder / "safelight.tar"
    account = ("account", "add", "ada@example.com", "--username", "ada", "--admin")
    admin(data, *account, "--password-stdin", password=PASSWORD)
    key = admin(data, "application", "add", "Plug-in", "--json")["api_key"]
    (data / "safelight.toml").write_text("[realms.native]\nidle_seconds = 5000\n")
    with running(data, settings=QUICK, log=folder / "log") as server:
        headers = tuple(sign_in_everywhere(server, key))
        photos = dict(add_photo(server, headers[0], number) for number in range(5))
        stop = threading.Event()
        busy = [
            threading.Thread(target=keep_busy, args=(server, headers[0], stop, start, deletes))
            for start, deletes in ((1000, False), (2000, True))
        ]
        for thread in busy:
            thread.start()
        admin(data, "backup", str(archive))
        stop.set()
        for thread in busy:
            thread.join()
    return BackedUp(archive, headers, photos)


def sign_in_everywhere(server: Server, key: str) -> Iterator[dict[str, str]]:
    """The headers of an opaque token, of a sealed cookie, and of a signed token."""
    with httpx2.Client(base_url=server.url) as client:
        asked = {"identifier": "ada", "password": PASSWORD}
        token = client.post("/v1/sessions", json=asked).json()["token"]
        yield {"authorization": f"Bearer {token}"}
        form = {"email": "ada", "password": PASSWORD}
        sealed = client.post("/psapi/v3/mem/authenticate", data=form, headers={"x-ps-api-key": key})
        cookie = "; ".join(f"{name}={value}" for name, value in sealed.cookies.items())
        yield {"cookie": cookie, "x-ps-api-key": key}
        client.cookies.clear()
        pair = {"username": "ada", "password": PASSWORD}
        access = client.post("/api/auth/token/obtain/", json=pair).json()["access"]
        yield {"authorization": f"Bearer {access}"}


def add_photo(server: Server, headers: dict[str, str], number: int) -> tuple[str, str]:
    content = picture(width=40 + number % 50, height=30 + number // 50)
    answer = httpx2.post(
        f"{server.url}/v1/photos", files={"file": ("photo.jpg", content)}, headers=headers
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["items"][0]["id"], hashlib.sha256(content).hexdigest()


def keep_busy(
    server: Server, headers: dict[str, str], stop: threading.Event, start: int, deletes: bool
) -> None:
    for number in itertools.count(start):
        if stop.is_set():
            return
        photo, _ = add_photo(server, headers, number)
        if deletes:
            httpx2.delete(f"{server.url}/v1/photos/{photo}", headers=headers)


def content_of(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {entry.name: tar.extractfile(entry).read() for entry in tar}  # type: ignore[union-attr]  # plain files


def write_tar(path: Path, entries: list[tuple[tarfile.TarInfo, bytes]]) -> Path:
    with tarfile.open(path, "w") as tar:
        for entry, content in entries:
            entry.size = len(content) if entry.isreg() else 0
            tar.addfile(entry, io.BytesIO(content))
    return path


def plain(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [(tarfile.TarInfo(name), data) for name, data in content.items()]


def with_manifest(content: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    """`content` with a list of its files that is right."""
    old = msgspec.json.decode(content["manifest.json"], type=Manifest)
    files = {name: data for name, data in content.items() if name != "manifest.json"}
    members = tuple(
        Member(name=name, size=len(data), sha256=hashlib.sha256(data).hexdigest())
        for name, data in files.items()
    )
    manifest = msgspec.structs.replace(old, members=members, **changes)
    return {**files, "manifest.json": msgspec.json.encode(manifest)}


# --- whole ----------------------------------------------------------------------------------


def test_a_restored_server_knows_old_sessions_and_serves_every_photo(
    cli: Command, tmp_path: Path, backed_up: BackedUp
) -> None:
    done = cli.admin("restore", str(backed_up.archive))
    assert done.code == 0, done.err
    assert done.out.startswith("Restored ")
    assert cli.admin("check", "--json").json["ok"] is True
    own, sealed, signed = backed_up.headers
    with (
        running(cli.data, settings=QUICK, log=tmp_path / "log") as server,
        httpx2.Client(base_url=server.url) as client,
    ):
        assert client.get("/v1/account", headers=own).status_code == 200
        assert client.get("/psapi/v3/mem/user/session", headers=sealed).status_code == 200
        client.cookies.clear()
        assert client.get("/api/photos/", headers=signed).status_code == 200
        for photo, digest in backed_up.photos.items():
            answer = client.get(f"/v1/photos/{photo}/original", headers=own)
            assert hashlib.sha256(answer.content).hexdigest() == digest
            assert client.get(f"/v1/photos/{photo}/thumbnail", headers=own).status_code == 200
    assert "idle_seconds = 5000" in (cli.data / "safelight.toml").read_text()


def test_a_backup_and_what_is_restored_are_for_their_owner_alone(
    cli: Command, backed_up: BackedUp
) -> None:
    assert backed_up.archive.stat().st_mode & 0o777 == 0o600
    cli.admin("restore", str(backed_up.archive))
    modes = {path.stat().st_mode & 0o077 for path in (cli.data, *cli.data.rglob("*"))}
    assert modes == {0}


def test_nothing_unfinished_lies_beside_a_backup(backed_up: BackedUp) -> None:
    assert {path.name for path in backed_up.archive.parent.iterdir()} == {
        "data", "log", "safelight.tar"
    }  # fmt: skip


def test_a_backup_is_an_ordinary_tar_file_without_thumbnails(backed_up: BackedUp) -> None:
    names = list(content_of(backed_up.archive))
    assert names[:3] == ["safelight.db", "safelight.toml", "keys/keys.json"]
    assert names[-1] == "manifest.json"
    assert all(name.startswith("blobs/photos/") for name in names[3:-1])
    assert len(names) >= 4 + len(backed_up.photos)


def test_a_restore_fills_an_empty_folder_that_is_there(cli: Command, backed_up: BackedUp) -> None:
    cli.data.mkdir(mode=0o700)
    assert cli.admin("restore", str(backed_up.archive)).code == 0


def test_photos_in_a_bucket_are_not_in_a_backup_and_that_is_said(
    cli: Command, tmp_path: Path, backed_up: BackedUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli.admin("restore", str(backed_up.archive))
    shutil.rmtree(cli.data / "blobs")
    monkeypatch.setenv("SAFELIGHT_LIBRARY__S3__URL", "s3://pictures/safelight")
    outcome = cli.admin("backup", str(tmp_path / "new.tar"))
    assert outcome.code == 0
    assert outcome.err == (
        "The photos lie in s3://pictures/safelight and are not in it: back them up there.\n"
    )
    assert list(content_of(tmp_path / "new.tar")) == [
        "safelight.db", "safelight.toml", "keys/keys.json", "manifest.json"
    ]  # fmt: skip


# --- refused --------------------------------------------------------------------------------


def test_a_backup_never_overwrites(cli: Command, tmp_path: Path) -> None:
    cli.add_account()
    taken = tmp_path / "taken.tar"
    taken.write_text("precious")
    outcome = cli.admin("backup", str(taken))
    assert (outcome.code, outcome.err) == (1, f"safelight: {taken} exists already.\n")
    assert taken.read_text() == "precious"


def test_a_backup_of_nothing_is_refused(cli: Command, tmp_path: Path) -> None:
    outcome = cli.admin("backup", str(tmp_path / "new.tar"))
    assert outcome.code == 1
    assert is_one_line(outcome.err)
    assert not (tmp_path / "new.tar").exists()


def test_a_backup_of_a_damaged_database_is_refused(cli: Command, tmp_path: Path) -> None:
    cli.add_account()
    path = cli.data / "safelight.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    outcome = cli.admin("backup", str(tmp_path / "new.tar"))
    assert outcome.code == 1
    assert is_one_line(outcome.err)
    assert not (tmp_path / "new.tar").exists()


def test_a_backup_into_a_folder_that_is_not_there_is_refused(cli: Command, tmp_path: Path) -> None:
    cli.add_account()
    outcome = cli.admin("backup", str(tmp_path / "nowhere" / "new.tar"))
    assert outcome.code == 1
    assert is_one_line(outcome.err)


def test_a_backup_that_misses_a_photo_is_refused(
    cli: Command, tmp_path: Path, backed_up: BackedUp
) -> None:
    cli.admin("restore", str(backed_up.archive))
    next((cli.data / "blobs" / "photos").glob("*/*")).unlink()
    assert cli.admin("check", "--json").json["ok"] is False
    outcome = cli.admin("backup", str(tmp_path / "new.tar"))
    assert outcome.code == 1
    assert not (tmp_path / "new.tar").exists()


def test_a_folder_that_holds_anything_is_not_restored_into(
    cli: Command, backed_up: BackedUp
) -> None:
    cli.data.mkdir(mode=0o700)
    (cli.data / "precious").write_text("kept")
    outcome = cli.admin("restore", str(backed_up.archive))
    assert (outcome.code, outcome.err) == (
        1, f"safelight: {cli.data} is not an empty folder: restore into a new one.\n"
    )  # fmt: skip
    assert [path.name for path in cli.data.iterdir()] == ["precious"]


def changed_byte(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    name = next(name for name in content if name.startswith("blobs/"))
    flipped = bytes([content[name][0] ^ 1]) + content[name][1:]
    return plain({**content, name: flipped})


def added_file(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return plain({"blobs/photos/aa/aaaa": b"more", **content})


def missing_file(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    name = next(name for name in content if name.startswith("blobs/"))
    return plain({key: value for key, value in content.items() if key != name})


def no_manifest(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return plain({key: value for key, value in content.items() if key != "manifest.json"})


def unreadable_manifest(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return plain({**content, "manifest.json": b'{"format":1,"members":"\xff"}'})


def no_database(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return plain(with_manifest({k: v for k, v in content.items() if k != "safelight.db"}))


def other_version(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return plain(with_manifest(content, format=2))


def damaged_database(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return plain(with_manifest({**content, "safelight.db": content["safelight.db"][:5000]}))


def newer_schema(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "safelight.db"
        path.write_bytes(content["safelight.db"])
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        return plain(with_manifest({**content, "safelight.db": path.read_bytes()}))


def twice(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
    return [*plain({"keys/keys.json": b"{}"}), *plain(content)]


def outside(name: str) -> Callable[[dict[str, bytes]], list[tuple[tarfile.TarInfo, bytes]]]:
    def forged(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
        return plain(with_manifest({name: b"owned", **content}))

    return forged


def of_kind(kind: bytes, target: str) -> Callable[..., list[tuple[tarfile.TarInfo, bytes]]]:
    def forged(content: dict[str, bytes]) -> list[tuple[tarfile.TarInfo, bytes]]:
        link = tarfile.TarInfo("blobs/photos/aa/link")
        link.type, link.linkname = kind, target
        return [*plain(content)[:1], (link, b""), *plain(content)[1:]]

    return forged


FORGERIES = {
    "a changed byte": changed_byte,
    "an added file": added_file,
    "a missing file": missing_file,
    "no list": no_manifest,
    "a list that cannot be read": unreadable_manifest,
    "no database": no_database,
    "another version": other_version,
    "a damaged database": damaged_database,
    "a newer schema": newer_schema,
    "a file twice": twice,
    "a path above": outside("blobs/../../owned"),
    "an absolute path": outside("/tmp/safelight-owned"),
    "a path through a dot": outside("blobs/./owned"),
    "a foreign folder": outside("incoming/owned"),
    "a foreign file": outside("owned"),
    "a hidden file": outside("blobs/.owned"),
    "a symbolic link": of_kind(tarfile.SYMTYPE, "../../../../keys/keys.json"),
    "a hard link": of_kind(tarfile.LNKTYPE, "safelight.db"),
    "a folder": of_kind(tarfile.DIRTYPE, ""),
    "a pipe": of_kind(tarfile.FIFOTYPE, ""),
    "a device": of_kind(tarfile.CHRTYPE, ""),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
def test_an_archive_that_is_not_ours_as_it_was_leaves_nothing(
    cli: Command,
    tmp_path: Path,
    backed_up: BackedUp,
    forge: Callable[[dict[str, bytes]], list[tuple[tarfile.TarInfo, bytes]]],
) -> None:
    forged = write_tar(tmp_path / "forged.tar", forge(content_of(backed_up.archive)))
    outcome = cli.admin("restore", str(forged))
    assert outcome.code == 1
    assert is_one_line(outcome.err)
    assert [path.name for path in tmp_path.iterdir()] == ["forged.tar"]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9, 0.99])
def test_an_archive_that_is_cut_off_leaves_nothing(
    cli: Command, tmp_path: Path, backed_up: BackedUp, share: float
) -> None:
    whole = backed_up.archive.read_bytes()
    end = whole.index(b"manifest.json\0")
    (tmp_path / "cut.tar").write_bytes(whole[: int(end * share)])
    outcome = cli.admin("restore", str(tmp_path / "cut.tar"))
    assert outcome.code == 1
    assert is_one_line(outcome.err)
    assert not cli.data.exists()


@pytest.mark.parametrize("content", [b"", b"hello", os.urandom(20_000), b"\x1f\x8b\x08" * 999])
def test_what_is_no_archive_is_refused(cli: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.tar").write_bytes(content)
    outcome = cli.admin("restore", str(tmp_path / "odd.tar"))
    assert outcome.code == 1
    assert is_one_line(outcome.err)
    assert not cli.data.exists()


def test_an_archive_that_is_not_there_is_refused(cli: Command, tmp_path: Path) -> None:
    outcome = cli.admin("restore", str(tmp_path / "none.tar"))
    assert (outcome.code, outcome.err) == (
        1, f"safelight: There is no file {tmp_path / 'none.tar'}.\n"
    )  # fmt: skip


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), byte=st.integers(1, 255))
def test_whatever_byte_is_changed_the_archive_is_whole_or_refused(
    tmp_path_factory: pytest.TempPathFactory, small: bytes, place: float, byte: int
) -> None:
    """Padding and a header's unused fields may change; what would be restored may not."""
    folder = tmp_path_factory.mktemp("flipped")
    changed = bytearray(small)
    changed[int(place * len(small))] ^= byte
    (folder / "flipped.tar").write_bytes(changed)
    with contextlib.suppress(MalformedRequest):
        manifest = verify_archive(folder / "flipped.tar")
        assert [member.name for member in manifest.members] == [
            "safelight.db", "keys/keys.json"
        ]  # fmt: skip
        restored = restore_archive(folder / "flipped.tar", folder / "data", manifest.made_at)
        assert restored == manifest


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An archive whose headers are a good part of it."""
    folder = tmp_path_factory.mktemp("small")
    admin(folder / "data", "organization", "add", "Harbour Studio")
    with contextlib.closing(sqlite3.connect(folder / "data" / "safelight.db")) as connection:
        connection.execute("VACUUM")
    admin(folder / "data", "backup", str(folder / "small.tar"))
    return (folder / "small.tar").read_bytes()
