"""Form bodies: small ones from memory, uploads staged to disk as they stream in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser
from multipart import parse_options_header as parse_options

from safelight.errors import MalformedRequest, TooLarge, UnsupportedMediaType
from safelight.library.questions import Upload
from safelight.server.http import Form, Request, read_pairs

_MOST_PARTS = 1000
_LONGEST_FIELD = 1024 * 1024


class SealedFile(Protocol):
    """A file that lies complete on the disk."""

    @property
    def path(self) -> Path: ...
    @property
    def size(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def md5(self) -> str: ...


class StagedFile(Protocol):
    """A file that is being written; its digests are computed on the way."""

    @property
    def size(self) -> int: ...
    def write(self, chunk: bytes) -> None:
        """Raises StorageFull, with the file gone."""
        ...

    def seal(self) -> SealedFile:
        """Flush it to the disk: to be called off the event loop."""
        ...

    def discard(self) -> None: ...


class StagingArea(Protocol):
    def begin(self) -> StagedFile: ...


def read_form(request: Request) -> Form:
    """The form in a small body: urlencoded or multipart, told by the content type.

    Raises UnsupportedMediaType for another type, MalformedRequest for a broken body. Files of a
    small multipart body count as fields, their content decoded as UTF-8.
    """
    kind = request.media_type
    if kind == "application/x-www-form-urlencoded":
        return Form(fields=tuple(read_pairs(request.body)))
    if kind == "multipart/form-data":
        return _read_small_multipart(request)
    raise UnsupportedMediaType(f'Unsupported media type "{kind}" in request.')


def read_optional_form(request: Request) -> Form:
    """Likewise; a request with neither a body nor a content type has an empty form."""
    if not request.body and not request.media_type:
        return Form()
    return read_form(request)


def boundary_of(request: Request) -> str:
    """Raises MalformedRequest when the content type names none."""
    _, options = parse_options(request.header(b"content-type") or "")
    boundary = str(options.get("boundary", ""))
    if not boundary:
        raise MalformedRequest("The multipart body has no boundary.")
    return boundary


def _read_small_multipart(request: Request) -> Form:
    fields: list[tuple[str, str]] = []
    try:
        with PushMultipartParser(
            boundary_of(request), max_segment_count=_MOST_PARTS, strict=True
        ) as parser:
            name, content = "", bytearray()
            for event in parser.parse(request.body):
                if isinstance(event, MultipartSegment):
                    name, content = event.name or "", bytearray()
                elif event is None:
                    fields.append((name, content.decode()))
                else:
                    content += event
    except (MultipartError, ValueError):
        raise MalformedRequest("The multipart body could not be read.") from None
    return Form(fields=tuple(fields))


async def stage_form(
    request: Request, chunks: AsyncIterator[bytes], area: StagingArea, file_limit: int
) -> Form:
    """Read a multipart upload as it arrives; each file goes to a staged file, never to memory.

    Whoever gets the form owns its files (`discard_files`). Raises TooLarge when one file has more
    than `file_limit` bytes, MalformedRequest for a broken or cut-off body, StorageFull; nothing
    stays staged then.
    """
    if request.media_type != "multipart/form-data":
        raise UnsupportedMediaType(f'Unsupported media type "{request.media_type}" in request.')
    reading = _Reading(area, file_limit)
    try:
        with PushMultipartParser(
            boundary_of(request), max_segment_count=_MOST_PARTS, strict=True
        ) as parser:
            async for chunk in chunks:
                if not chunk:
                    continue
                for event in parser.parse(chunk):
                    await reading.take(event)
    except ParserLimitReached:
        reading.discard()
        raise MalformedRequest("The multipart body has too many parts or headers.") from None
    except (MultipartError, ValueError):
        reading.discard()
        raise MalformedRequest("The multipart body could not be read.") from None
    except BaseException:
        reading.discard()
        raise
    return reading.form()


def discard_files(form: Form) -> None:
    """Remove staged files that nobody took over."""
    for _, upload in form.files:
        upload.path.unlink(missing_ok=True)


class _Reading:
    """What has come of a multipart body so far."""

    def __init__(self, area: StagingArea, file_limit: int) -> None:
        self._area = area
        self._limit = file_limit
        self._fields: list[tuple[str, str]] = []
        self._files: list[tuple[str, Upload]] = []
        self._segment: MultipartSegment | None = None
        self._staged: StagedFile | None = None
        self._text = bytearray()

    async def take(self, event: MultipartSegment | bytes | bytearray | None) -> None:
        if isinstance(event, MultipartSegment):
            self._segment = event
            self._text = bytearray()
            self._staged = self._area.begin() if event.filename is not None else None
        elif event is None:
            await self._finish()
        elif self._staged is not None:
            if self._staged.size + len(event) > self._limit:
                raise TooLarge(f"A file may have at most {self._limit} bytes.", self._limit)
            self._staged.write(bytes(event))
        else:
            if len(self._text) + len(event) > _LONGEST_FIELD:
                raise TooLarge("A form field is too long.", _LONGEST_FIELD)
            self._text += event

    async def _finish(self) -> None:
        segment, staged = self._segment, self._staged
        name = (segment.name or "") if segment is not None else ""
        if staged is None:
            self._fields.append((name, self._text.decode()))
            return
        sealed = await asyncio.to_thread(staged.seal)
        upload = Upload(
            path=sealed.path,
            name=(segment.filename or "") if segment is not None else "",
            size=sealed.size,
            sha256=sealed.sha256,
            md5=sealed.md5,
        )
        self._files.append((name, upload))
        self._staged = None

    def form(self) -> Form:
        return Form(fields=tuple(self._fields), files=tuple(self._files))

    def discard(self) -> None:
        if self._staged is not None:
            self._staged.discard()
        discard_files(self.form())
