"""Files that nobody should have to open: wrong, broken off, blown up, ill named, two in one."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from tests.pictures.samples import HEIC, exif, picture, png_that_claims, with_exif

SUFFIXES = (".jpg", ".png", ".webp", ".gif", ".tiff", ".avif")


class Specimen(NamedTuple):
    """`accepted` is whether it must be taken (True), must be refused (False), or may be either.
    `too_large`: it must be refused for its pixels, before any is decoded."""

    what: str
    content: bytes
    accepted: bool | None = False
    too_large: bool = False


class Named(NamedTuple):
    """A file's name as it is sent, and whether such a request may be refused as malformed."""

    sent: str
    may_be_refused: bool = False


def no_pictures() -> Iterator[Specimen]:
    """Of other types, whatever they are called."""
    yield Specimen("nothing", b"")
    yield Specimen("one byte", b"\xff")
    for what, content in {
        "text": b"Not a picture.\n" * 50,
        "HTML": b"<!doctype html><script>alert(document.cookie)</script>",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
        "SVG after a declaration": b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
        "PDF": b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n",
        "PostScript": b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n",
        "MVG": b"push graphic-context\nviewbox 0 0 1 1\nimage over 0,0 0,0 'https://x/'\n",
        "MSL": b'<?xml version="1.0"?><image><read filename="/etc/passwd"/></image>',
        "ELF": b"\x7fELF\x02\x01\x01" + bytes(57),
        "Windows program": b"MZ" + bytes(200),
        "video": b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2mp41" + bytes(100),
        "QuickTime": b"\0\0\0\x14ftypqt  \0\0\x02\0qt  " + bytes(100),
        "JPEG XL": b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(60),
        "JPEG 2000": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60),
        "BMP": b"BM"
        + struct.pack("<IHHIIiiHHIIiiII", 58, 0, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0),
        "OpenEXR": b"v/1\x01\x02\0\0\0" + bytes(60),
        "Radiance": b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\n" + bytes(4),
        "FITS": b"SIMPLE  =                    T" + b" " * 2850,
        "CSV matrix": b"1,2\n3,4\n",
        "vips file": b"\xb6\xa6\xf2\x08" + bytes(100),
        "raw picture of Canon": b"II*\0\x10\0\0\0CR\x02\0" + bytes(100),
        "zip": _zip(),
        "gzip": b"\x1f\x8b\x08" + bytes(40),
        "script": b"#!/bin/sh\nrm -rf /\n",
        "null bytes": bytes(5000),
    }.items():
        yield Specimen(what, content)


def torn(offsets: int) -> Iterator[Specimen]:
    """Each kind of picture, broken off at so many places; and with bytes that were never there."""
    for suffix in SUFFIXES:
        whole = picture(suffix, width=64, height=48)
        yield Specimen(f"whole {suffix}", whole, True)
        for place in range(offsets):
            # Up to nine tenths: the last bytes of some kinds are checksums, or nothing at all.
            end = len(whole) * 9 * (place + 1) // (10 * (offsets + 1))
            # What was read of a GIF's or an AVIF's first lines may well be a picture.
            yield Specimen(f"{suffix} of {end} bytes", whole[:end], None if end > 400 else False)
            flipped = whole[:end] + bytes([whole[end] ^ 0xFF]) + whole[end + 1 :]
            yield Specimen(f"{suffix} with byte {end} turned over", flipped, None)
            yield Specimen(
                f"{suffix} with a hole", whole[:end] + bytes(64) + whole[end + 64 :], None
            )
    yield Specimen("HEIC", HEIC, None)


def bombs() -> Iterator[Specimen]:
    """Small files that would be large ones."""
    for width, height in ((100_000, 100_000), (2**31 - 1, 1), (1, 2**31 - 1), (2**32 - 1,) * 2):
        # More than 2**31 - 1 is no number that a PNG may have.
        claims = png_that_claims(width, height)
        what = f"PNG that claims {width:,} by {height:,}"
        yield Specimen(what, claims, too_large=max(width, height) < 2**31 - 1)
    jpeg = _jpeg_that_claims(65_500, 65_500)
    yield Specimen("JPEG that claims 65,500 by 65,500", jpeg, too_large=True)
    # Its decoder looks at the frames, and not at what the file says of its screen.
    yield Specimen("GIF that claims 65,535 by 65,535", _gif_that_claims(65_535, 65_535), None)
    webp = _webp_that_claims(16_383, 16_383)
    yield Specimen("WebP that claims 16,383 by 16,383", webp, too_large=True)
    tiff = _tiff_that_claims(100_000, 100_000)
    yield Specimen("TIFF that claims 100,000 by 100,000", tiff, too_large=True)
    yield Specimen("PNG of 400 million pixels", black_png(20_000, 20_000), too_large=True)
    yield Specimen("PNG of 190 million pixels", black_png(13_800, 13_800), None)
    yield Specimen("interlaced PNG of 100 million pixels", black_png(10_000, 10_000, 1), None)
    yield Specimen("PNG with a profile of 500 MB", _png_with_profile(500_000_000), None)
    yield Specimen("PNG with a text of 300 MB", _png_with_text(300_000_000), None)
    yield Specimen("GIF of 5,000 frames", _gif_of_frames(5_000), None)
    yield Specimen("TIFF whose folders lead in a circle", _tiff_in_a_circle(), None)
    yield Specimen(
        "EXIF whose folders lead in a circle", with_exif(_JPEG, _exif_in_a_circle()), True
    )
    yield Specimen("EXIF of 64 KiB of entries", with_exif(_JPEG, _exif_of_entries(5_000)), True)
    yield Specimen("JPEG with 12 MB of comments", _jpeg_with_comments(200), None)


def two_in_one() -> Iterator[Specimen]:
    """Pictures that another program takes for something else. They are kept as they are, and never
    served as anything but a picture."""
    script = b"<script>alert(document.cookie)</script>"
    yield Specimen("JPEG and zip", _JPEG + _zip(), True)
    yield Specimen("JPEG with HTML in a comment", _with_comment(script), True)
    yield Specimen(
        "JPEG with HTML in its EXIF", with_exif(_JPEG, exif(image={0x010F: "<svg/onload=x>"})), True
    )
    yield Specimen("JPEG with HTML behind it", _JPEG + b"<html>" + script, True)
    yield Specimen(
        "PNG with PHP behind it", picture(".png", width=8, height=8) + b"<?php echo 1;", True
    )
    yield Specimen("GIF that is a script", b"GIF89a/*" + bytes(40) + b"*/=1;alert(1)//", None)
    yield Specimen("PDF and JPEG", b"%PDF-1.7\n" + _JPEG)
    yield Specimen("HTML and JPEG", b"<!--" + _JPEG + b"-->" + script)
    yield Specimen("JPEG head, PNG body", b"\xff\xd8\xff" + picture(".png", width=8, height=8))
    yield Specimen("AVIF head, JPEG body", b"\0\0\0\x14ftypavif\0\0\0\0avif" + _JPEG)


def names() -> tuple[Named, ...]:
    return (
        Named("../../../../tmp/prove-escaped.jpg"),
        Named("..\\..\\..\\windows\\system32\\x.jpg"),
        Named("/etc/cron.d/prove"),
        Named("C:\\boot.ini"),
        Named("C:C:\\boot.ini"),
        Named(".."),
        Named("."),
        Named("..."),
        Named(""),
        Named(" "),
        Named(".htaccess"),
        Named("a\0b.jpg", may_be_refused=True),
        Named("a%00b.jpg"),
        Named("%2e%2e%2fpasswd"),
        Named("a\r\nSet-Cookie: x=y.jpg", may_be_refused=True),
        Named("a\nb.jpg", may_be_refused=True),
        Named("\u202egpj.exe"),
        Named("\u2066photo\u2069.jpg"),
        Named("x" * 300 + ".jpg"),
        Named("é" * 300 + ".jpg"),
        Named("😀" * 300),
        Named("x" * 5000, may_be_refused=True),
        Named('a"b.jpg', may_be_refused=True),
        Named("a;b=c.jpg"),
        Named("a'b.jpg"),
        Named("<script>alert(1)</script>.jpg"),
        Named("{{7*7}}.jpg"),
        Named("$(touch x).jpg"),
        Named("-rf.jpg"),
        Named("CON"),
        Named("a.jpg\u2028b"),
        Named("e\u0301.jpg"),
        Named("\ufeff.jpg"),
        Named("photo.svg"),
        Named("photo.html"),
        Named("photo.php.jpg"),
    )


_JPEG = picture(width=64, height=48)
_PIECE = 1 << 20


def black_png(width: int, height: int, interlaced: int = 0) -> bytes:
    """Of zeros, and so a thousandth of its size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlaced)
    # An interlaced picture has some more rows, whose beginnings are bytes of their own (PNG §8.2).
    size = (1 + 3 * width) * height + 8 * height * interlaced
    return _png(_chunk(b"IHDR", header), _chunk(b"IDAT", packed_zeros(size)))


def packed_zeros(size: int) -> bytes:
    """What zlib makes of so many zeros, without packing more than a piece of them: the same piece
    again and again, and the checksum that zeros have (RFC 1950 §8.2)."""
    packer = zlib.compressobj(9, wbits=-15)
    piece = packer.compress(bytes(_PIECE)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = zlib.compressobj(9, wbits=-15)
    rest = last.compress(bytes(size % _PIECE)) + last.flush()
    checksum = struct.pack(">I", (size % 65_521) << 16 | 1)
    return b"\x78\xda" + piece * (size // _PIECE) + rest + checksum


def _png_with_profile(size: int) -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    profile = b"x\0\0" + packed_zeros(size)
    pixels = zlib.compress(b"\0\x80")
    return _png(_chunk(b"IHDR", header), _chunk(b"iCCP", profile), _chunk(b"IDAT", pixels))


def _png_with_text(size: int) -> bytes:
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    text = b"Comment\0\0" + packed_zeros(size)
    pixels = zlib.compress(b"\0\x80")
    return _png(_chunk(b"IHDR", header), _chunk(b"zTXt", text), _chunk(b"IDAT", pixels))


def _png(*chunks: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + _crc(name + content)


def _crc(content: bytes) -> bytes:
    return struct.pack(">I", zlib.crc32(content))


def _jpeg_that_claims(width: int, height: int) -> bytes:
    place = _JPEG.index(b"\xff\xc0") + 5
    return _JPEG[:place] + struct.pack(">HH", height, width) + _JPEG[place + 4 :]


def _gif_that_claims(width: int, height: int) -> bytes:
    whole = picture(".gif", width=8, height=8)
    return whole[:6] + struct.pack("<HH", width, height) + whole[10:]


def _webp_that_claims(width: int, height: int) -> bytes:
    """Lossless (VP8L), with no pixels behind its head."""
    bits = (width - 1) | ((height - 1) << 14)
    head = b"\x2f" + struct.pack("<I", bits) + bytes(20)
    body = b"WEBPVP8L" + struct.pack("<I", len(head)) + head + bytes(len(head) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _tiff_that_claims(width: int, height: int) -> bytes:
    fields = {254: 0, 256: width, 257: height, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: height}
    return exif(image={**fields, 279: 64}) + bytes(64)


def _gif_of_frames(count: int) -> bytes:
    whole = picture(".gif", width=8, height=8)
    start = whole.index(b",", 13 + 3 * 2 ** ((whole[10] & 7) + 1) if whole[10] & 0x80 else 13)
    frame = whole[start:-1]
    return whole[:start] + frame * count + b";"


def _tiff_in_a_circle() -> bytes:
    fields = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: 64}
    whole = exif(image=fields)
    return whole[:-4] + struct.pack("<I", 8) + bytes(64)


def _exif_in_a_circle() -> bytes:
    return exif(image={0x8769: 8, 0x8825: 8})


def _exif_of_entries(count: int) -> bytes:
    entries = b"".join(struct.pack("<HHII", 0x010F, 2, 0xFFFFFFFF, 8) for _ in range(count))
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", count) + entries + bytes(4)


def _with_comment(text: bytes) -> bytes:
    return _JPEG[:2] + b"\xff\xfe" + struct.pack(">H", len(text) + 2) + text + _JPEG[2:]


def _jpeg_with_comments(count: int) -> bytes:
    comment = b"\xff\xfe" + struct.pack(">H", 60_002) + bytes(60_000)
    return _JPEG[:2] + comment * count + _JPEG[2:]


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../x.html", "<script>alert(1)</script>")
    return packed.getvalue()
