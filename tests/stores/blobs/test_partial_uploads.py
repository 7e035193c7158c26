"""Uploads in parts, as files: what survives, who wins, what is left."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.stores.blobs.full_disk import full_disk_in

from safelight.clock import system_entropy
from safelight.errors import ChecksumMismatch, NotFound, OffsetMismatch, StorageFull
from safelight.identity.ids import AccountId
from safelight.stores.blobs.partial_uploads import FilePartialUploads

ADA, GRACE = AccountId("U0000ada........"), AccountId("U0000grace......")
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def partials(tmp_path: Path) -> FilePartialUploads:
    return FilePartialUploads(tmp_path / "parts", tmp_path, system_entropy)


@pytest.fixture
def part(tmp_path: Path) -> Path:
    path = tmp_path / "part"
    path.write_bytes(b"12345")
    return path


async def test_an_upload_is_its_accounts_and_as_long_as_what_arrived(
    partials: FilePartialUploads, part: Path
) -> None:
    begun = await partials.begin(ADA, NOW)
    later = NOW + timedelta(hours=1)
    assert await partials.append(ADA, begun.id, part, offset=0, at=later) == 5
    found = await partials.find(ADA, begun.id)
    assert found is not None
    assert (found.size, found.changed_at) == (5, later)
    assert await partials.of_account(ADA) == [found]
    assert await partials.find(GRACE, begun.id) is None
    assert await partials.of_account(GRACE) == []
    with pytest.raises(NotFound):
        await partials.append(GRACE, begun.id, part, offset=5, at=later)


async def test_of_many_parts_at_once_for_one_place_one_is_added(
    partials: FilePartialUploads, part: Path
) -> None:
    begun = await partials.begin(ADA, NOW)
    tries = [partials.append(ADA, begun.id, part, offset=0, at=NOW) for _ in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [each for each in results if not isinstance(each, OffsetMismatch)] == [5]
    assert {each.offset for each in results if isinstance(each, OffsetMismatch)} == {5}


async def test_another_opening_of_the_folder_goes_on_where_the_first_left_off(
    partials: FilePartialUploads, part: Path, tmp_path: Path
) -> None:
    begun = await partials.begin(ADA, NOW)
    await partials.append(ADA, begun.id, part, offset=0, at=NOW)
    second = FilePartialUploads(tmp_path / "parts", tmp_path, system_entropy)
    assert await second.append(ADA, begun.id, part, offset=5, at=NOW) == 10


async def test_the_whole_is_handed_over_and_the_upload_stays_until_it_is_removed(
    partials: FilePartialUploads, part: Path
) -> None:
    begun = await partials.begin(ADA, NOW)
    for offset in (0, 5):
        await partials.append(ADA, begun.id, part, offset=offset, at=NOW)
    whole = b"1234512345"
    received = await partials.hand_over(ADA, begun.id, md5=hashlib.md5(whole).hexdigest())
    assert received.path.read_bytes() == whole
    assert (received.size, received.sha256) == (10, hashlib.sha256(whole).hexdigest())
    received.path.unlink()
    assert await partials.find(ADA, begun.id) is not None
    await partials.remove(ADA, begun.id)
    await partials.remove(ADA, begun.id)
    assert await partials.find(ADA, begun.id) is None


async def test_an_upload_that_many_complete_at_once_is_there_or_gone_and_never_a_fault(
    partials: FilePartialUploads, part: Path
) -> None:
    md5 = hashlib.md5(b"12345").hexdigest()
    for _ in range(50):
        begun = await partials.begin(ADA, NOW)
        await partials.append(ADA, begun.id, part, offset=0, at=NOW)

        async def complete(id: str = begun.id) -> int:
            whole = await partials.hand_over(ADA, id, md5=md5)
            await partials.remove(ADA, id)
            return whole.size

        tries = [complete() for _ in range(10)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert {each for each in results if not isinstance(each, NotFound)} == {5}
    assert await partials.of_account(ADA) == []


async def test_a_wrong_checksum_hands_nothing_over(
    partials: FilePartialUploads, part: Path, tmp_path: Path
) -> None:
    begun = await partials.begin(ADA, NOW)
    await partials.append(ADA, begun.id, part, offset=0, at=NOW)
    with pytest.raises(ChecksumMismatch):
        await partials.hand_over(ADA, begun.id, md5="0" * 32)
    assert handed_over(tmp_path) == []


@pytest.mark.parametrize("id", ["", "x", "../../../etc/passwd", "0" * 31, "0" * 33, "A" * 32])
async def test_what_is_no_id_is_never_a_path(
    partials: FilePartialUploads, part: Path, id: str
) -> None:
    assert await partials.find(ADA, id) is None
    with pytest.raises(NotFound):
        await partials.append(ADA, id, part, offset=0, at=NOW)
    with pytest.raises(NotFound):
        await partials.hand_over(ADA, id, md5="0" * 32)
    with pytest.raises(NotFound):
        await partials.remove(ADA, id)


async def test_a_part_that_finds_no_room_leaves_the_upload_as_it_was(
    part: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    large = tmp_path / "large"
    with full_disk_in(folder) as disk:
        large.write_bytes(bytes(disk.too_much))
        partials = FilePartialUploads(folder / "parts", folder, system_entropy)
        begun = await partials.begin(ADA, NOW)
        await partials.append(ADA, begun.id, part, offset=0, at=NOW)
        with disk.full(), pytest.raises(StorageFull):
            await partials.append(ADA, begun.id, large, offset=5, at=NOW)
        found = await partials.find(ADA, begun.id)
        assert found is not None
        assert found.size == 5


async def test_a_sweep_removes_everybodys_old_uploads(
    partials: FilePartialUploads, part: Path
) -> None:
    old = await partials.begin(ADA, NOW - timedelta(seconds=1))
    new = await partials.begin(GRACE, NOW)
    assert partials.sweep(NOW) == 1
    assert await partials.find(ADA, old.id) is None
    assert await partials.find(GRACE, new.id) is not None


async def test_files_are_for_the_servers_user_only(
    partials: FilePartialUploads, tmp_path: Path
) -> None:
    begun = await partials.begin(ADA, NOW)
    path = tmp_path / "parts" / ADA / begun.id
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def handed_over(folder: Path) -> list[Path]:
    return list(folder.glob("*.staged"))
