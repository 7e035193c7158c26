"""The darkroom: pictures examined and made smaller by libvips, on threads of its own."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import TypeVar

import pyvips

from safelight.errors import NotAPicture, NotFound, StorageFull, Unavailable
from safelight.library.ports import Picture, ThumbnailKind
from safelight.pictures.opened_picture import OpenedPicture

T = TypeVar("T")

PIXEL_LIMIT = 200_000_000
"""The most pixels a picture may have by default: as many as the largest sensors of phones give."""

# The families of loaders that `kind.py` may ask for. UltraHDR is not among them: such a file is a
# JPEG with a second picture behind it, and read as a JPEG it looks as it does on every screen.
_LOADERS = ("Jpeg", "Png", "Webp", "Heif", "Nsgif", "Tiff")

_LARGE_HEIGHT = 1080
_LARGE_WIDTH = 4096  # a height alone would let a panorama be 100,000 pixels wide


class VipsDarkroom:
    """`library.ports.Darkroom` by libvips.

    One thread a core decodes, and libvips adds none of its own: measured, that makes as many
    pictures a second as a wide pool inside libvips, with less memory. Memory stays bounded however
    many wait: a baseline JPEG, a PNG or a TIFF flows through in strips; the kinds that decode only
    whole (progressive JPEG, interlaced PNG, WebP, AVIF) take up to six bytes a pixel, and of the
    large ones only one is open at a time.
    """

    def __init__(self, *, pixel_limit: int = PIXEL_LIMIT, threads: int | None = None) -> None:
        """`threads` is how many pictures are worked on at once; one for each core by default.

        Sets libvips up for the whole process: only the loaders of the allowed kinds, no loader
        that its authors call unfit for strangers' files, and no cache.
        """
        pyvips.block_untrusted_set(True)
        pyvips.operation_block_set("VipsForeignLoad", True)
        for family in _LOADERS:
            pyvips.operation_block_set(f"VipsForeignLoad{family}", False)
        # The cache is for pipelines that share steps; here it would only keep strangers' files
        # open and in memory.
        pyvips.cache_set_max(0)
        pyvips.concurrency_set(1)
        # Both libraries log what they find in a file, in the words of whoever wrote that file.
        logging.getLogger("exifread").setLevel(logging.CRITICAL)
        logging.getLogger("pyvips").setLevel(logging.CRITICAL)
        self._pixel_limit = pixel_limit
        self._pool = ThreadPoolExecutor(threads or os.cpu_count(), thread_name_prefix="darkroom")
        self._one_large = threading.Lock()

    def close(self) -> None:
        """Finish what was begun and end the threads. What is asked afterwards raises."""
        self._pool.shutdown()

    async def examine(self, path: Path) -> Picture:
        """See `library.ports.Darkroom`.

        Reads every pixel once, so that a file that breaks off in the middle is found now and not
        when somebody wants to see it.
        """
        return await self._run(lambda: self._examine(path))

    async def thumbnail(self, path: Path, kind: ThumbnailKind, into: Path) -> None:
        """See `library.ports.Darkroom`.

        `SQUARE_SMALL` is 250 by 250 pixels and `SQUARE` 500 by 500, cut from the middle; `LARGE`
        is at most 1080 high and 4096 wide. Nothing is enlarged: a smaller picture gives a smaller
        thumbnail. The folder of `into` must be there. Raises StorageFull when its disk is full.
        """
        await self._run(lambda: self._thumbnail(path, kind, into))

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _examine(self, path: Path) -> Picture:
        opened = self._open(path)
        metadata = opened.metadata()
        if metadata.is_preview:
            raise NotAPicture("The file is a camera's raw picture, which is not supported.")
        with self._room_for(opened):
            color = opened.dominant_color()
        return Picture(
            media_type=opened.kind.media_type,
            extension=opened.kind.extension,
            width=opened.width,
            height=opened.height,
            orientation=opened.orientation,
            taken_at=metadata.taken_at,
            camera_make=metadata.camera_make,
            camera_model=metadata.camera_model,
            lens=metadata.lens,
            latitude=metadata.latitude,
            longitude=metadata.longitude,
            dominant_color=color,
        )

    def _thumbnail(self, path: Path, kind: ThumbnailKind, into: Path) -> None:
        opened = self._open(path)
        with self._room_for(opened):
            jpeg = _develop(opened, kind)
        _write_whole(jpeg, into)

    def _open(self, path: Path) -> OpenedPicture:
        try:
            return OpenedPicture(path, self._pixel_limit)
        except FileNotFoundError:
            raise NotFound("The picture's file is not there.") from None
        except OSError as error:
            raise Unavailable("The picture's file cannot be read.") from error

    def _room_for(self, opened: OpenedPicture) -> threading.Lock | nullcontext[None]:
        is_large = opened.width * opened.height * 8 > self._pixel_limit
        return self._one_large if is_large else nullcontext()


def _develop(opened: OpenedPicture, kind: ThumbnailKind) -> bytes:
    match kind:
        case ThumbnailKind.SQUARE_SMALL:
            return opened.square(250)
        case ThumbnailKind.SQUARE:
            return opened.square(500)
        case ThumbnailKind.LARGE:
            return opened.within(width=_LARGE_WIDTH, height=_LARGE_HEIGHT)


def _write_whole(content: bytes, into: Path) -> None:
    """Write a file that is there whole or not at all, after a power cut too."""
    try:
        with tempfile.NamedTemporaryFile(dir=into.parent, prefix=".", delete=False) as unfinished:
            try:
                unfinished.write(content)
                unfinished.flush()
                os.fsync(unfinished.fileno())
                Path(unfinished.name).replace(into)
            except BaseException:
                Path(unfinished.name).unlink()
                raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull from None
        raise Unavailable("The thumbnail cannot be written.") from error
