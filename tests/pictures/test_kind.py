"""What a file is, by its first bytes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pictures.samples import HEIC, picture

from safelight.errors import NotAPicture
from safelight.pictures.kind import HEAD_LENGTH, KINDS, read_kind


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "image/png"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"II*\0\x08\0\0\0\0\0", "image/tiff"),
        (b"MM\0*\0\0\0\x08\0\0", "image/tiff"),
        (b"\0\0\0\x14ftypheic\0\0\0\0mif1", "image/heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heix", "image/heic"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1heic", "image/avif"),
        (b"\0\0\0\x18ftypmsf1\0\0\0\0msf1avis", "image/avif"),
    ],
)
def test_a_picture_is_known_by_its_signature(head: bytes, media_type: str) -> None:
    assert read_kind(head).media_type == media_type


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"", id="an empty file"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'>", id="SVG"),
        pytest.param(b"<?xml version='1.0'?><svg>", id="SVG with a declaration"),
        pytest.param(b"<!doctype html><script>", id="HTML"),
        pytest.param(b"<script>//\xff\xd8\xff\xe0", id="HTML with a JPEG behind it"),
        pytest.param(b"%PDF-1.7", id="PDF"),
        pytest.param(b"%!PS-Adobe", id="PostScript"),
        pytest.param(b"\0\0\0\x18ftypisom\0\0\0\0isommp42", id="MP4"),
        pytest.param(b"\0\0\0\x18ftypisom\0\0\0\0heicavif", id="MP4 that names picture brands"),
        pytest.param(b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", id="QuickTime"),
        pytest.param(b"\0\0\0\x18ftypmif1\0\0\0\0mif1miaf", id="HEIF of an unknown coding"),
        pytest.param(b"\0\0\0\x10ftypmif1\0\0\0\0heicheic", id="brands past the end of their box"),
        pytest.param(b"RIFF\0\0\0\0AVI LIST", id="AVI"),
        pytest.param(b"II*\0\x10\0\0\0CR\x02\0", id="Canon raw"),
        pytest.param(b"P6 2 2 255\n", id="PPM"),
        pytest.param(b"BM\0\0\0\0", id="BMP"),
        pytest.param(b"\xff\xd8", id="a JPEG cut after two bytes"),
        pytest.param(b"PK\x03\x04", id="ZIP"),
    ],
)
def test_what_is_not_on_the_list_is_refused(head: bytes) -> None:
    with pytest.raises(NotAPicture):
        read_kind(head)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".gif", ".tiff", ".avif"])
def test_the_kind_names_the_extension_of_what_libvips_writes(suffix: str) -> None:
    assert f".{read_kind(picture(suffix)[:HEAD_LENGTH]).extension}" == suffix


def test_the_kind_of_a_phone_s_heic_is_read_from_its_head() -> None:
    assert read_kind(HEIC[:HEAD_LENGTH]).extension == "heic"


@given(st.binary(max_size=HEAD_LENGTH))
def test_any_bytes_are_of_a_listed_kind_or_refused(head: bytes) -> None:
    with contextlib.suppress(NotAPicture):
        assert read_kind(head) in KINDS
