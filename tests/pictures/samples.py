"""Pictures and EXIF blocks made to measure, and files that only claim to be pictures."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Mapping

import pyvips

Value = str | int | list[tuple[int, int]]

# Exif 3.0 §4.6: the numbers of the fields that tests write.
MAKE, MODEL, ORIENTATION = 0x010F, 0x0110, 0x0112
DATE_TIME_ORIGINAL, OFFSET_TIME_ORIGINAL, LENS_MODEL = 0x9003, 0x9011, 0xA434
LATITUDE_REF, LATITUDE, LONGITUDE_REF, LONGITUDE = 1, 2, 3, 4
_EXIF_FOLDER, _PLACE_FOLDER = 0x8769, 0x8825

# A red picture of 64 by 48 pixels as an iPhone would write it; libvips cannot write HEIC itself.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAABgAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEA"
    "GEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAA"
    "AwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAAB"
    "AAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAACBt"
    "ZGF0AAAAFCgBrwQY+Mpx1//zIR+fgLhh0hHn"
)


def picture(
    suffix: str = ".jpg", *, width: int = 600, height: int = 400, **options: object
) -> bytes:
    """A picture with the colour #c86432 over most of it, a blue stripe on top, and some grain."""
    black = pyvips.Image.black(width, height, bands=3)
    plain = black.linear(1, [200, 100, 50])
    stripe = black.crop(0, 0, width, max(1, height // 8)).linear(1, [20, 40, 220])
    grain = pyvips.Image.gaussnoise(width, height, mean=0, sigma=2, seed=1)
    image = (plain.insert(stripe, 0, 0) + grain).cast("uchar").copy(interpretation="srgb")
    return bytes(image.write_to_buffer(suffix, **options))


def with_exif(jpeg: bytes, block: bytes) -> bytes:
    """The JPEG with `block` as its APP1 segment (Exif 3.0 §4.7.2)."""
    body = b"Exif\0\0" + block
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def exif(
    image: Mapping[int, Value] | None = None,
    camera: Mapping[int, Value] | None = None,
    place: Mapping[int, Value] | None = None,
) -> bytes:
    """A little-endian EXIF block: the first folder, the camera's and the place's."""
    first: dict[int, Value] = dict(image or {})
    folders = [(_EXIF_FOLDER, camera), (_PLACE_FOLDER, place)]
    first.update({tag: 0 for tag, fields in folders if fields})
    start = 8 + len(_folder(first, 8))
    rest = b""
    for tag, fields in folders:
        if fields:
            first[tag] = start + len(rest)
            rest += _folder(fields, start + len(rest))
    return b"II*\0" + struct.pack("<I", 8) + _folder(first, 8) + rest


def _folder(fields: Mapping[int, Value], offset: int) -> bytes:
    entries, beyond = b"", b""
    end = offset + 2 + 12 * len(fields) + 4
    for tag, value in sorted(fields.items()):
        match value:
            case str():
                kind, count, content = 2, len(value.encode()) + 1, value.encode() + b"\0"
            case int():
                kind, count, content = 4, 1, struct.pack("<I", value)
            case _:
                kind, count = 5, len(value)
                content = b"".join(struct.pack("<II", *ratio) for ratio in value)
        if len(content) > 4:
            content, beyond = struct.pack("<I", end + len(beyond)), beyond + content
        entries += struct.pack("<HHI", tag, kind, count) + content.ljust(4, b"\0")
    return struct.pack("<H", len(fields)) + entries + b"\0\0\0\0" + beyond


def tiff_of_subfile_type(subfile_type: int) -> bytes:
    """A grey TIFF of 8 by 8 pixels whose NewSubfileType (TIFF 6.0 §8) is as wanted."""
    fields = {254: subfile_type, 256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 277: 1, 278: 8, 279: 64}
    start = len(exif(image={**fields, 273: 0}))
    return exif(image={**fields, 273: start}) + b"\x80" * 64


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a hundred bytes whose header tells of as many pixels as wanted."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return _png(_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(b"\0" * 9)))


def png_with_packed(size: int) -> bytes:
    """A small PNG whose colour profile unpacks to `size` zeros."""
    profile = _chunk(b"iCCP", b"x\0\0" + zlib.compress(b"\0" * size, 9))
    pixels = zlib.compress(b"\0\x80" * 1)
    return _png(
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)),
        profile,
        _chunk(b"IDAT", pixels),
    )


def _png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check
