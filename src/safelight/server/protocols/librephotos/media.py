"""Pictures: `/media/{kind}/{name}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from safelight.library.ports import ThumbnailKind
from safelight.library.questions import ByImageHash, FetchOriginal, FetchThumbnail, PhotoFile
from safelight.server.files import write_file
from safelight.server.http import Reply, Request
from safelight.server.protocols.librephotos.credentials import is_from_listed_page
from safelight.server.wire import PublicEndpoint

_KINDS = {
    "square_thumbnails": ThumbnailKind.SQUARE,
    "square_thumbnails_small": ThumbnailKind.SQUARE_SMALL,
    "thumbnails_big": ThumbnailKind.LARGE,
}
_AFTER_HASH = re.compile(r"[._]")


def media_endpoints(origins: frozenset[str]) -> tuple[PublicEndpoint, ...]:
    """Thumbnails and originals; there are no videos, faces, avatars and archives here, so those
    paths hold nothing. Pages of `origins` may embed what their reader may see."""

    def write(file: PhotoFile, request: Request) -> Reply:
        reply = write_file(file, request)
        if file.public or is_from_listed_page(request, origins):
            reply.set_header("cross-origin-resource-policy", "cross-origin")
        return reply

    thumbnails = tuple(
        PublicEndpoint(
            method="GET",
            path=f"/media/{name}/{{name}}",
            read=_reading_thumbnail(kind),
            write=write,
            summary="A thumbnail, as JPEG",
        )
        for name, kind in _KINDS.items()
    )
    original = PublicEndpoint(
        method="GET",
        path="/media/photos/{name}",
        read=lambda request: FetchOriginal(photo=_read_name(request), secretive=True),
        write=write,
        summary="A photo as it was uploaded",
    )
    return (*thumbnails, original)


def _reading_thumbnail(kind: ThumbnailKind) -> Callable[[Request], FetchThumbnail]:
    return lambda request: FetchThumbnail(photo=_read_name(request), kind=kind, secretive=True)


def _read_name(request: Request) -> ByImageHash:
    """What follows the first dot or underscore is decoration (LP-64)."""
    return ByImageHash(_AFTER_HASH.split(request.params["name"], maxsplit=1)[0])
