"""A full disk, and one that cannot be written to: what is there stays, what is wrong is said."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.command import is_one_line
from tests.cli_client.disks import Disk, small_disk
from tests.cli_client.person import Person
from tests.house import PASSWORD
from tests.pictures.samples import picture


@pytest.fixture
def disk(me: Person) -> Iterator[Disk]:
    """Where all is that the person keeps."""
    with small_disk(me.folder) as disk:
        yield disk


def kept_by(me: Person) -> dict[str, bytes]:
    """Locks are no content."""
    return {
        str(path): path.read_bytes()
        for path in sorted(me.folder.rglob("*"))
        if path.is_file() and path.suffix in (".json", ".toml")
    }


def test_a_sign_in_that_finds_no_room_is_ended_again(me: Person, disk: Disk) -> None:
    end_all_sessions(me, "grace")
    me.signed_in()
    before = kept_by(me)
    disk.fill()
    done = me.login("safelight", "grace")
    assert (done.code, done.out) == (1, "")
    assert is_one_line(done.err)
    assert "No space left on device" in done.err
    assert kept_by(me) == before
    disk.make_room()
    assert me("get", "/v1/account").json["username"] == "ada"
    assert me.login("safelight", "grace").code == 0
    open_ones = me("get", "/v1/sessions").json["items"]
    assert len(open_ones) == 1  # the one that was kept nowhere is not left open


def test_a_forced_sign_in_that_finds_no_room_costs_no_earlier_one(me: Person, disk: Disk) -> None:
    end_all_sessions(me, "ada")
    me.signed_in("recorder-monitor", "ada")
    before = kept_by(me)
    disk.fill()
    done = me.login("recorder-monitor", "ada", "--force")
    assert (done.code, done.out) == (1, "")
    assert is_one_line(done.err)
    assert "what was there before is as it was" in done.err
    assert kept_by(me) == before
    disk.make_room()
    assert me("get", "/api/users/ada@example.com").code == 0


def test_a_session_that_is_renewed_without_room_is_good_for_this_once(
    me: Person, disk: Disk
) -> None:
    me.signed_in("safelight", "ada", "--remember")
    before = kept_by(me)
    end_all_sessions(me, "ada")
    disk.fill()
    done = me("get", "/v1/account")
    assert (done.code, done.json["username"]) == (0, "ada")
    assert "The session could not be kept:" in done.err
    assert "No space left on device" in done.err
    assert kept_by(me) == before
    disk.make_room()
    done = me("get", "/v1/account")
    assert (done.code, done.err) == (0, "")


def test_the_settings_stay_whole_when_a_change_finds_no_room(me: Person, disk: Disk) -> None:
    me.signed_in("safelight", "ada", "--profile", "one")
    me.signed_in("safelight", "grace", "--profile", "two")
    before = kept_by(me)
    disk.fill()
    done = me("switch", "one")
    assert done.code == 1
    assert "No space left on device" in done.err
    assert is_one_line(done.err)
    assert kept_by(me) == before
    assert me("get", "/v1/account").json["username"] == "grace"


def test_a_download_without_room_leaves_no_part_of_it(
    me: Person, disk: Disk, tmp_path: Path
) -> None:
    me.signed_in()
    file = tmp_path / "harbour.png"
    file.write_bytes(picture())
    photo = me("upload", str(file), "--json").json["done"][0]["photo"]
    target = disk.folder / "photos"
    target.mkdir()
    disk.fill()
    done = me("download", photo, "--to", str(target))
    assert done.code == 1
    assert "No space left on device" in done.err
    assert list(target.iterdir()) == []
    disk.make_room()
    assert me("download", photo, "--to", str(target)).code == 0
    assert (target / "harbour.png").read_bytes() == picture()


def test_photos_that_find_room_are_downloaded_though_another_does_not(
    me: Person, disk: Disk, tmp_path: Path
) -> None:
    me.signed_in()
    files = [tmp_path / name for name in ("first.png", "large.png", "last.png")]
    for width, file in enumerate(files, start=51):
        beside = bytes(100_000 if file.stem == "large" else 0)
        file.write_bytes(picture(width=width, height=41) + beside)
    photos = [me("upload", str(file), "--json").json["done"][0]["photo"] for file in files]
    target = disk.folder / "photos"
    target.mkdir()
    done = me("download", *photos, "--to", str(target), "--json")
    assert done.code == 3
    assert [each["photo"] for each in done.json["done"]] == [photos[0], photos[2]]
    assert [each["code"] for each in done.json["failed"]] == ["keeping_failed"]
    assert {path.name for path in target.iterdir()} == {"first.png", "last.png"}


def test_a_session_is_used_where_nothing_can_be_written(me: Person, disk: Disk) -> None:
    for service in ("safelight", "photoshelter", "galleries"):
        me.signed_in(service)
    before = kept_by(me)
    disk.close_to_writing()
    for profile, path in (
        ("safelight", "/v1/account"),
        ("photoshelter", "/psapi/v3/mem/user/session"),
        ("galleries", "/api/v1/user"),
    ):
        done = me("get", path, "--profile", profile)
        assert done.code == 0, done.err
    assert me("token", "--profile", "safelight").code == 0
    assert kept_by(me) == before


@pytest.mark.parametrize("words", [("switch", "one"), ("login",), ("logout",)])
def test_what_has_to_be_written_there_says_that_it_cannot(
    me: Person, disk: Disk, words: tuple[str, ...]
) -> None:
    me.signed_in("safelight", "ada", "--profile", "one")
    me.signed_in("safelight", "grace", "--profile", "two")
    disk.close_to_writing()
    if words == ("login",):
        words = ("login", *me.words("librephotos"))
    done = me(*words, stdin=f"{PASSWORD}\n")
    assert (done.code, done.out) == (1, "")
    assert "Read-only file system" in done.err
    assert is_one_line(done.err)
    assert me("get", "/v1/account").json["username"] == "grace"


def end_all_sessions(me: Person, account: str) -> None:
    """From elsewhere."""
    environment = {"SAFELIGHT_CONFIG_DIR": str(me.folder.parent / "elsewhere")}
    login = ("login", *me.words("safelight", account))
    done = me.process(*login, stdin=f"{PASSWORD}\n", environment=environment)
    assert done.returncode == 0, done.stderr
    assert me.process("logout", "--everywhere", environment=environment).returncode == 0
