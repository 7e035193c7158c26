"""One picture file: its header read and judged, its pixels read when they are wanted."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pyvips

from safelight.errors import Busy, NotAPicture, PictureTooLarge, SafelightError
from safelight.pictures.kind import HEAD_LENGTH, TIFF, Kind, read_kind
from safelight.pictures.metadata import Metadata, read_metadata, read_tiff_metadata

_JPEG_QUALITY = 82
_WHITE = [255, 255, 255]
_SAMPLE_SIDE = 40  # pixels; enough to find a colour, and a JPEG decodes an eighth of its size

# libvips 8.18 ignores the `fail_on` of `thumbnail_source`; as a loader's option it counts. "error"
# refuses files that break off or are damaged, and lets the small faults pass that real cameras
# make, which are only worth a warning.
_STRICT = "[fail_on=error]"

_NO_MEMORY = "vips_tracked: out of memory"


class OpenedPicture:
    """A picture that is of an allowed kind and size. No pixel has been decoded yet.

    `width` and `height` are as displayed, after `orientation` (EXIF, 1 to 8).
    """

    def __init__(self, path: Path, pixel_limit: int) -> None:
        """Raises NotAPicture, PictureTooLarge (more than `pixel_limit`), or OSError; whatever reads
        its pixels raises NotAPicture too, or Busy when there is no memory for them."""
        self._path = path
        with path.open("rb") as file:
            self.kind: Kind = read_kind(file.read(HEAD_LENGTH))
        try:
            self._header: pyvips.Image = pyvips.Image.new_from_source(
                self._source(), "", access="sequential"
            )
        except pyvips.Error as error:
            if _NO_MEMORY in str(error.detail):
                # A WebP's canvas is asked for with its head. No other moment has more room for it.
                raise PictureTooLarge(
                    "The picture has more pixels than this server has memory for."
                ) from None
            raise _refusal(error) from None
        # The loader judges by content as well; where the two disagree, the file is a trap.
        if self._field("vips-loader", "") != self.kind.loader:
            raise NotAPicture
        turned: int = self._field("orientation", 1)
        # What is outside EXIF's table is shown as it is, by libvips too.
        self.orientation: int = turned if 1 <= turned <= 8 else 1
        across: int = self._header.width
        down: int = self._header.height
        if across * down > pixel_limit:
            raise PictureTooLarge(
                f"The picture has {across} by {down} pixels; this server accepts"
                f" {pixel_limit} in all."
            )
        on_its_side = self.orientation in (5, 6, 7, 8)
        self.width: int = down if on_its_side else across
        self.height: int = across if on_its_side else down

    def metadata(self) -> Metadata:
        """What the camera wrote down. Bad EXIF leaves fields absent and raises nothing."""
        if self.kind is TIFF:
            with self._path.open("rb") as file:
                return read_tiff_metadata(file)
        return read_metadata(self._field("exif-data", b""))

    def dominant_color(self) -> str:
        """The commonest colour, `#rrggbb`: the mean of the fullest of 512 boxes of colours.

        Reads every pixel of the file, and so finds what is cut off or damaged: NotAPicture.
        """
        sample = self._reduced(_SAMPLE_SIDE, _SAMPLE_SIDE, crop="none")
        try:
            flat = bytes(sample.write_to_memory())
        except pyvips.Error as error:
            raise _refusal(error) from None
        pixels = list(zip(flat[0::3], flat[1::3], flat[2::3], strict=True))
        box, _ = Counter(tuple(c >> 5 for c in pixel) for pixel in pixels).most_common(1)[0]
        inside = [pixel for pixel in pixels if tuple(c >> 5 for c in pixel) == box]
        mean = [sum(channel) // len(inside) for channel in zip(*inside, strict=True)]
        return "#" + bytes(mean).hex()

    def square(self, side: int) -> bytes:
        """A JPEG of the middle, `side` by `side` pixels, or as large as the picture allows."""
        side = min(side, self.width, self.height)
        return self._jpeg(self._reduced(side, side, crop="centre"))

    def within(self, *, width: int, height: int) -> bytes:
        """A JPEG of the whole picture, fitted into `width` by `height`, never enlarged."""
        return self._jpeg(self._reduced(width, height, crop="none"))

    def _reduced(self, width: int, height: int, *, crop: str) -> pyvips.Image:
        """The picture upright in sRGB, three bytes a pixel, with white behind what is clear."""
        # A profile is stripped with the rest, so the colours must not need it any more. Without
        # one they need no conversion, which takes longer than all else together (measured: 350 ms
        # in place of 130 for the large thumbnail of 24 megapixels).
        profile = {"output_profile": "srgb"} if self._has("icc-profile-data") else {}
        try:
            image = pyvips.Image.thumbnail_source(
                self._source(),
                width,
                height=height,
                size="down",
                crop=crop,
                option_string=_STRICT,
                **profile,
            )
            image = image.flatten(background=_WHITE) if image.hasalpha() else image
            return image.colourspace("srgb")
        except pyvips.Error as error:
            raise _refusal(error) from None

    def _jpeg(self, image: pyvips.Image) -> bytes:
        try:
            # keep="none": no EXIF (it tells where the photographer lives), no XMP, no profile.
            written: bytes = image.jpegsave_buffer(
                Q=_JPEG_QUALITY, keep="none", optimize_coding=True
            )
        except pyvips.Error as error:
            raise _refusal(error) from None
        return written

    def _source(self) -> pyvips.Source:
        # A source takes the path as it is; libvips reads options out of a bare file name.
        return pyvips.Source.new_from_file(str(self._path))

    def _has(self, name: str) -> bool:
        return bool(self._header.get_typeof(name))

    def _field(self, name: str, absent: Any) -> Any:
        return self._header.get(name) if self._has(name) else absent


def _refusal(error: pyvips.Error) -> SafelightError:
    """What is said of a file that libvips cannot read; its own words may name a path."""
    detail = str(error.detail)
    if "has not been built in" in detail:
        return NotAPicture("The image library of this server has no decoder for this picture.")
    if _NO_MEMORY in detail:
        return Busy("The server has not enough memory for this picture at the moment.")
    return NotAPicture("The picture is damaged or cut off.")
