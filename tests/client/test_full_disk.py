"""A renewal that spends what is kept, on a disk without room: nothing is spent that is not kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli_client.disks import Disk, small_disk
from tests.client.people import Ada

import safelight
from safelight.client.errors import KeepingFailed
from safelight.client.keeping.folder import Folder
from safelight.client.keeping.plain_file import PlainFileKeeper

PATH = "/api/photos/"
REFRESH = "/api/auth/token/refresh/"
ACCESS_SECONDS = 300


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with small_disk(tmp_path / "disk") as disk:
        yield disk


def run(ada: Ada, keeper: PlainFileKeeper, *, signs_in: bool = False) -> None:
    """A run of its own, that signs in only where it may."""
    options = {} if signs_in else {"credentials": lambda: None}
    auth = ada.at("librephotos", keeper=keeper, account="ada", **options)
    with safelight.Client(auth, clock=ada.house.clock) as client:
        client.get(PATH)


def test_the_first_renewal_is_not_asked_for_without_room(rotating: Ada, disk: Disk) -> None:
    keeper = PlainFileKeeper(disk.folder / "kept")
    run(rotating, keeper, signs_in=True)
    rotating.house.clock.advance(ACCESS_SECONDS)
    disk.fill()
    with pytest.raises(KeepingFailed, match=r"No space left on device\. Make room there"):
        run(rotating, keeper)
    assert rotating.way.count("POST", REFRESH) == 0
    disk.make_room()
    for _ in range(3):
        run(rotating, keeper)
        rotating.house.clock.advance(ACCESS_SECONDS)
    assert rotating.way.count("POST", REFRESH) == 3
    assert rotating.sign_ins("librephotos") == 1


def test_a_disk_that_fills_up_during_a_renewal_costs_nothing(
    rotating: Ada, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = PlainFileKeeper(disk.folder / "kept")
    run(rotating, keeper, signs_in=True)
    hold_room = Folder.hold_room

    def hold_the_last(folder: Folder, name: str, length: int) -> None:
        hold_room(folder, name, length)
        disk.fill()

    monkeypatch.setattr(Folder, "hold_room", hold_the_last)
    for _ in range(3):
        rotating.house.clock.advance(ACCESS_SECONDS)
        run(rotating, keeper)
        disk.make_room()
    assert rotating.way.count("POST", REFRESH) == 3
    assert rotating.sign_ins("librephotos") == 1


def test_room_that_is_held_is_used_or_given_back(disk: Disk) -> None:
    folder = Folder(disk.folder / "kept")
    folder.hold_room("one", 5000)
    disk.fill()
    folder.write("one", b"a" * 5000)
    assert folder.read("one") == b"a" * 5000
    assert [path.name for path in folder.path.iterdir()] == ["one"]
    disk.make_room()
    folder.hold_room("one", 10)
    folder.remove("one")
    assert list(folder.path.iterdir()) == []
