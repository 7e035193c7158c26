"""A share of `dev.py prove files`: over a server with little memory, and on a disk without room."""

from __future__ import annotations

import zlib

import pytest
from tools.prove.corpus import black_png, no_pictures, packed_zeros, torn, two_in_one
from tools.prove.files import MEMORY_LIMIT, files_are_taken_or_refused, is_fit
from tools.prove.full_disk import the_disk_fills_up
from tools.prove.proof import Effort, Tally, Unable

from safelight.pictures.darkroom import VipsDarkroom


def test_hostile_files_are_taken_whole_or_refused_whole() -> None:
    tally = Tally()
    files_are_taken_or_refused(Effort(seed=20260301, share=0.15), tally)
    assert tally["files sent"] > 50
    assert tally["names sent"] > 10
    assert tally["MiB at most"] < MEMORY_LIMIT // 1024**2


def test_what_was_acknowledged_survives_a_full_disk() -> None:
    tally = Tally()
    try:
        the_disk_fills_up(Effort(seed=20260301, share=0.25), tally)
    except Unable as error:
        pytest.xfail(str(error))
    assert tally["times that a disk was full"] == 4
    assert tally["refused for want of room"] > 3


# --- the files themselves ---------------------------------------------------------------------


def test_packed_zeros_are_what_zlib_unpacks() -> None:
    assert zlib.decompress(packed_zeros(3_000_001)) == bytes(3_000_001)


@pytest.mark.parametrize("interlaced", [0, 1])
async def test_a_large_picture_is_one(tmp_path: object, interlaced: int) -> None:
    assert hasattr(tmp_path, "joinpath")
    path = tmp_path.joinpath("x.png")
    path.write_bytes(black_png(300, 200, interlaced))
    darkroom = VipsDarkroom()
    examined = await darkroom.examine(path)
    darkroom.close()
    assert (examined.width, examined.height) == (300, 200)


def test_every_kind_of_specimen_is_there() -> None:
    assert len(list(no_pictures())) > 20
    assert len(list(two_in_one())) == 10
    assert sum(each.accepted is True for each in torn(3)) == 6


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "a\\b", "a\0b", "a\nb", "\u202egpj.exe", "x" * 256, " "]
)
def test_names_that_no_photo_may_have_are_seen(name: str) -> None:
    assert not is_fit(name)
    assert is_fit("boat.jpg")
