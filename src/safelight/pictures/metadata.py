"""What the camera wrote down: when, with what, where.

Nothing here refuses a picture. Cameras, phones and editors write broken EXIF every day, so what
cannot be read is absent, and what stands before the damage is kept.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import BinaryIO

import msgspec
from exifread.core.exif_header import ExifHeader

_TEXT_LENGTH = 200
_MOMENT = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)", re.ASCII)

# A photo's EXIF takes some two thousand reads without the maker's notes, which are left out. A
# hostile block of 64 KiB can nest folders so that a reader works for hours; it stops here instead,
# after some 20 ms.
_BUDGET = 1024 * 1024
_COST_OF_A_READ = 32


class Metadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a camera says of a picture; each field is absent (None, or "") on its own.

    `taken_at` is UTC. `latitude` and `longitude` are in degrees, north and east positive, and
    both there or both absent. `is_preview` says that the file's first picture is a smaller stand-in
    for another one inside, as camera raw files in a TIFF outside have it.
    """

    taken_at: datetime | None = None
    camera_make: str = ""
    camera_model: str = ""
    lens: str = ""
    latitude: float | None = None
    longitude: float | None = None
    is_preview: bool = False


def read_metadata(block: bytes) -> Metadata:
    """The meaning of an EXIF block, with or without its `Exif` prefix. Never raises."""
    return read_tiff_metadata(io.BytesIO(block.removeprefix(b"Exif\0\0")))


def read_tiff_metadata(file: BinaryIO) -> Metadata:
    """The meaning of the EXIF in a TIFF file, whose own folders it is. Never raises.

    Reads a bounded part of `file`, whatever its length and its claims.
    """
    tags = _read_tags(file)
    latitude, longitude = _place(tags)
    return Metadata(
        taken_at=_moment(
            _text(tags, "EXIF DateTimeOriginal"), _text(tags, "EXIF OffsetTimeOriginal")
        ),
        camera_make=_text(tags, "Image Make"),
        camera_model=_text(tags, "Image Model"),
        lens=_text(tags, "EXIF LensModel"),
        latitude=latitude,
        longitude=longitude,
        # TIFF 6.0 §8, NewSubfileType: bit 0 is "reduced-resolution version of another image".
        is_preview=_numbers(tags, "Image SubfileType")[:1] == [1.0],
    )


def _read_tags(file: BinaryIO) -> Mapping[str, Sequence[object]]:
    """The values of the first folder and of its EXIF and GPS folders, by exifread's names."""
    header: ExifHeader | None = None
    try:
        endian = {b"II*\0": "I", b"MM\0*": "M"}[file.read(4)]
        metered = _Metered(file)
        header = ExifHeader(metered, endian, 0, 0, strict=False, detailed=False)  # type: ignore[arg-type]
        header.dump_ifd(header.s2n(4, 4), "Image")
        if "Image ExifOffset" in header.tags:
            header.dump_ifd(header.tags["Image ExifOffset"].values[0], "EXIF")
    except Exception:  # noqa: BLE001, S110
        # The parser meets bytes that a stranger chose and raises whatever they lead it into:
        # struct.error, TypeError, KeyError, RecursionError … What it had read by then stands.
        pass
    return {name: tag.values for name, tag in header.tags.items()} if header else {}


class _Exhausted(Exception):
    """The EXIF wants more reading than any camera's does."""


class _Metered:
    """A file that may be read for `_BUDGET`, in bytes and in calls, and then no more."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._left = _BUDGET

    def seek(self, offset: int) -> int:
        return self._file.seek(offset)

    def read(self, length: int) -> bytes:
        found = self._file.read(min(length, _BUDGET))
        self._left -= _COST_OF_A_READ + len(found)
        if self._left < 0:
            raise _Exhausted
        return found


def _text(tags: Mapping[str, Sequence[object]], name: str) -> str:
    """The printable part of a text field, at most `_TEXT_LENGTH` characters; "" if there is none.

    exifread leaves bytes that are no UTF-8 as they are; those are read as Latin-1, which older
    cameras wrote.
    """
    value = tags.get(name, "")
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return ""
    return "".join(c for c in value if c.isprintable()).strip()[:_TEXT_LENGTH]


def _numbers(tags: Mapping[str, Sequence[object]], name: str) -> list[float]:
    """The values of a numeric field; empty when absent, or when one of them is no number."""
    try:
        return [float(value) for value in tags.get(name, ())]  # type: ignore[arg-type]
    except (TypeError, ValueError, ArithmeticError):
        # A fraction over zero is how a receiver without a fix fills the field.
        return []


def _moment(written: str, offset: str) -> datetime | None:
    """`2026:05:04 18:30:00` with `+02:00` as UTC (Exif 3.0 §4.6.6.6); UTC when there is no offset.

    None for anything else, such as the blanks or zeros of a camera whose clock was never set.
    """
    moment, ahead = _MOMENT.fullmatch(written), _OFFSET.fullmatch(offset)
    if moment is None:
        return None
    year, month, day, hour, minute, second = map(int, moment.groups())
    zone: timezone = UTC
    try:
        if ahead is not None:
            span = timedelta(hours=int(ahead[2]), minutes=int(ahead[3]))
            zone = timezone(-span if ahead[1] == "-" else span)
        return datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _place(tags: Mapping[str, Sequence[object]]) -> tuple[float, float] | tuple[None, None]:
    """Latitude and longitude in degrees (Exif 3.0 §4.6.7); none unless both are there and right."""
    latitude = _degrees(tags, "GPS GPSLatitude", "N", "S")
    longitude = _degrees(tags, "GPS GPSLongitude", "E", "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None, None
    return latitude, longitude


def _degrees(
    tags: Mapping[str, Sequence[object]], name: str, positive: str, negative: str
) -> float | None:
    parts, side = _numbers(tags, name), _text(tags, f"{name}Ref").upper()
    if len(parts) != 3 or side not in (positive, negative):
        return None
    angle = parts[0] + parts[1] / 60 + parts[2] / 3600
    return round(-angle if side == negative else angle, 7)
