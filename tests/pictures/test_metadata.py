"""What the camera wrote down, whole, in part, or wrong."""

from __future__ import annotations

import struct
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pictures import samples
from tests.pictures.samples import exif

from safelight.pictures.metadata import Metadata, read_metadata

FULL = exif(
    image={samples.MAKE: "Acme", samples.MODEL: "Acme One"},
    camera={
        samples.DATE_TIME_ORIGINAL: "2026:05:04 18:30:00",
        samples.OFFSET_TIME_ORIGINAL: "+02:00",
        samples.LENS_MODEL: "50mm F1.8",
    },
    place={
        samples.LATITUDE_REF: "S",
        samples.LATITUDE: [(33, 1), (51, 1), (3600, 100)],
        samples.LONGITUDE_REF: "E",
        samples.LONGITUDE: [(151, 1), (12, 1), (0, 1)],
    },
)


def test_everything_that_a_camera_says_is_read() -> None:
    assert read_metadata(b"Exif\0\0" + FULL) == Metadata(
        taken_at=datetime(2026, 5, 4, 16, 30, tzinfo=UTC),
        camera_make="Acme",
        camera_model="Acme One",
        lens="50mm F1.8",
        latitude=-33.86,
        longitude=151.2,
    )


@pytest.mark.parametrize(
    ("written", "offset", "taken_at"),
    [
        ("2026:05:04 18:30:00", "", datetime(2026, 5, 4, 18, 30, tzinfo=UTC)),
        ("2026:05:04 18:30:00", "-05:30", datetime(2026, 5, 5, 0, 0, tzinfo=UTC)),
        ("2026:05:04 18:30:00", "+23:59", datetime(2026, 5, 3, 18, 31, tzinfo=UTC)),
        ("2026:05:04 18:30:00", "+24:00", None),
        ("2026:05:04 18:30:00", "east", datetime(2026, 5, 4, 18, 30, tzinfo=UTC)),
        ("2024:02:29 00:00:00", "", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2023:02:29 00:00:00", "", None),
        ("0000:00:00 00:00:00", "", None),
        ("    :  :     :  :  ", "", None),
        ("0001:01:01 00:00:00", "+01:00", None),
        ("9999:12:31 23:59:59", "-01:00", None),
        ("2026:05:04 24:00:00", "", None),
        ("2026-05-04T18:30:00", "", None),
        ("٢٠٢٦:٠٥:٠٤ ١٨:٣٠:٠٠", "", None),
    ],
)
def test_the_date_is_an_instant_or_absent(
    written: str, offset: str, taken_at: datetime | None
) -> None:
    block = exif(camera={samples.DATE_TIME_ORIGINAL: written, samples.OFFSET_TIME_ORIGINAL: offset})
    assert read_metadata(block).taken_at == taken_at


@pytest.mark.parametrize(
    ("latitude", "side", "read"),
    [
        ([(90, 1), (0, 1), (0, 1)], "N", 90.0),
        ([(90, 1), (0, 1), (1, 1)], "N", None),
        ([(1, 0), (0, 1), (0, 1)], "N", None),
        ([(10, 1), (30, 1)], "N", None),
        ([(10, 1), (30, 1), (0, 1)], "", None),
        ([(10, 1), (30, 1), (0, 1)], "X", None),
        ([(10, 1), (30, 1), (0, 1)], "s", -10.5),
    ],
)
def test_a_place_is_whole_and_on_the_globe_or_absent(
    latitude: list[tuple[int, int]], side: str, read: float | None
) -> None:
    place: dict[int, samples.Value] = {
        samples.LATITUDE: latitude,
        samples.LONGITUDE_REF: "W",
        samples.LONGITUDE: [(180, 1), (0, 1), (0, 1)],
    }
    if side:
        place[samples.LATITUDE_REF] = side
    metadata = read_metadata(exif(place=place))
    assert metadata.latitude == read
    assert metadata.longitude == (None if read is None else -180.0)


def test_texts_are_cut_and_freed_of_what_cannot_be_printed() -> None:
    block = exif(image={samples.MAKE: "  Ac\x1b[31mme\r\n", samples.MODEL: "m" * 1000})
    metadata = read_metadata(block)
    assert metadata.camera_make == "Ac[31mme"
    assert metadata.camera_model == "m" * 200


def test_a_text_that_is_not_utf_8_is_read_as_latin_1() -> None:
    block = exif(image={samples.MAKE: "Photo~ & Cie"}).replace(b"~", b"\xe9")
    assert read_metadata(block).camera_make == "Photoé & Cie"


def test_what_stands_before_the_damage_is_kept() -> None:
    metadata = read_metadata(FULL[: FULL.index(b"50mm")])
    assert metadata.camera_make == "Acme"
    assert metadata.lens == ""


@pytest.mark.parametrize("block", [b"", b"Exif\0\0", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"none"])
def test_a_block_that_is_none_says_nothing(block: bytes) -> None:
    assert read_metadata(block) == Metadata()


def test_folders_that_nest_without_end_cost_a_blink() -> None:
    # 5,000 fields, each of which sends the reader through all 5,000 again for the place.
    entry = struct.pack("<HHII", 0x8825, 4, 1, 8)
    block = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 5000) + entry * 5000
    began = time.process_time()
    assert read_metadata(block) == Metadata()
    assert time.process_time() - began < 2


def test_texts_that_overlap_cost_little_memory() -> None:
    # 5,000 fields, each of which claims the whole block as its text.
    fields = b"".join(struct.pack("<HHII", 0xC000 + n, 2, 60_000, 0) for n in range(5000))
    block = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", 5000) + fields
    began = time.process_time()
    assert read_metadata(block.replace(b"\0", b"a")) == Metadata()
    assert read_metadata(block) == Metadata()
    assert time.process_time() - began < 2


@given(st.binary(max_size=400))
def test_any_bytes_after_a_header_are_read_or_passed_over(body: bytes) -> None:
    for header in (b"II*\0", b"MM\0*"):
        assert isinstance(read_metadata(header + body), Metadata)


@given(st.data())
def test_any_damage_to_a_good_block_is_passed_over(data: st.DataObject) -> None:
    block = bytearray(FULL)
    for _ in range(data.draw(st.integers(1, 12))):
        block[data.draw(st.integers(4, len(block) - 1))] = data.draw(st.integers(0, 255))
    metadata = read_metadata(bytes(block))
    assert metadata.latitude is None or -90 <= metadata.latitude <= 90
    assert metadata.longitude is None or -180 <= metadata.longitude <= 180
    assert metadata.taken_at is None or metadata.taken_at.tzinfo is UTC
    assert all(c.isprintable() for c in metadata.camera_make + metadata.camera_model)
