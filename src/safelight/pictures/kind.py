"""What a file is, by its first bytes: the list of picture types that are let in.

The name of a file and the content type of its upload are a stranger's claims and are not looked
at. What is not on the list (SVG, PDF, HTML, video, camera raw) is refused before any decoder sees
it, since a decoder is where a hostile file does its harm.
"""

from __future__ import annotations

import msgspec

from safelight.errors import NotAPicture

HEAD_LENGTH = 64
"""How many bytes from the start of a file `read_kind` wants; a shorter file gives fewer."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """A picture type: its media type, its file extension, the libvips loader that reads it."""

    media_type: str
    extension: str
    loader: str


JPEG = Kind(media_type="image/jpeg", extension="jpg", loader="jpegload_source")
PNG = Kind(media_type="image/png", extension="png", loader="pngload_source")
WEBP = Kind(media_type="image/webp", extension="webp", loader="webpload_source")
GIF = Kind(media_type="image/gif", extension="gif", loader="gifload_source")
TIFF = Kind(media_type="image/tiff", extension="tiff", loader="tiffload_source")
HEIC = Kind(media_type="image/heic", extension="heic", loader="heifload_source")
AVIF = Kind(media_type="image/avif", extension="avif", loader="heifload_source")

KINDS = (JPEG, PNG, WEBP, GIF, TIFF, HEIC, AVIF)

# ISO/IEC 23008-12 annex B and the AV1 Image File Format §8: brands of coded pictures. `mif1` alone
# says only "some picture", so the compatible brands decide there.
_BRANDS = {
    b"heic": HEIC,
    b"heix": HEIC,
    b"heim": HEIC,
    b"heis": HEIC,
    b"hevc": HEIC,
    b"hevx": HEIC,
    b"avif": AVIF,
    b"avis": AVIF,
}


def read_kind(head: bytes) -> Kind:
    """The type of the file that begins with `head`. Raises NotAPicture for all but the listed."""
    if not head:
        raise NotAPicture("The file is empty.")
    kind = _by_signature(head) or _by_brand(head)
    if kind is None:
        raise NotAPicture("The file is not a JPEG, PNG, WebP, GIF, TIFF, HEIC or AVIF picture.")
    return kind


def _by_signature(head: bytes) -> Kind | None:
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    # Canon's CR2 is a TIFF outside whose first picture is a preview: it says so at byte 8.
    if head.startswith((b"II*\0", b"MM\0*")) and head[8:10] != b"CR":
        return TIFF
    return None


def _by_brand(head: bytes) -> Kind | None:
    """HEIC or AVIF, by the brands of the `ftyp` box (ISO/IEC 14496-12 §4.3)."""
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    major, compatible = head[8:12], head[16:end]
    brands = [major, *(compatible[i : i + 4] for i in range(0, len(compatible), 4))]
    if major not in _BRANDS and major not in (b"mif1", b"msf1"):
        return None
    return next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)
