"""What `safelight request` sends, from its options."""

from __future__ import annotations

import mimetypes
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypedDict

import msgspec

from safelight.errors import ConfigurationError

STDIN = "-"
_JSON = "application/json"
_FRAMING = frozenset({"content-length", "transfer-encoding"})
"""Say where a body ends, so they are the body's own."""


class Sending(TypedDict, total=False):
    """What `Client.request` takes of a body."""

    data: dict[str, list[str]]
    files: list[tuple[str, tuple[str, Any, str]]]
    content: bytes
    headers: dict[str, str]


def read_body(
    body: str | None,
    form: tuple[str, ...],
    file: tuple[str, ...],
    headers: tuple[str, ...],
    files: ExitStack,
) -> Sending:
    """`files` closes what is opened here. Raises ConfigurationError for what does not go together
    or cannot be read."""
    given = _pairs(headers, ":", "--header NAME:VALUE")
    sending = Sending(headers={name.strip().lower(): value.strip() for name, value in given})
    if framing := _FRAMING & sending["headers"].keys():
        raise ConfigurationError(f"--header {min(framing)}: leave it out; the body says that.")
    if body is not None:
        if form or file:
            raise ConfigurationError("--body does not go together with --form and --file.")
        content = _content(body)
        if "content-type" not in sending["headers"]:
            sending["headers"]["content-type"] = _kind(content)
        return sending | Sending(content=content)
    if form:
        sending["data"] = {}
        for name, value in _pairs(form, "=", "--form NAME=VALUE"):
            sending["data"].setdefault(name, []).append(value)
    if file:
        sending["files"] = [
            (name, _open(path, files)) for name, path in _pairs(file, "=", "--file NAME=PATH")
        ]
    return sending


def _pairs(texts: tuple[str, ...], separator: str, usage: str) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        name, found, value = text.partition(separator)
        if not found or not name.strip():
            raise ConfigurationError(f"{name or text}: this should be {usage}.")
        pairs.append((name, value))
    return pairs


def _content(body: str) -> bytes:
    """The text itself, a file's content (`@PATH`), or standard input (`-`)."""
    if body == STDIN:
        return sys.stdin.buffer.read()
    if not body.startswith("@"):
        return body.encode("utf-8", "surrogateescape")
    try:
        return Path(body[1:]).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{body[1:]}: {error.strerror or error}.") from None


def _kind(content: bytes) -> str:
    try:
        msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "application/octet-stream"
    return _JSON


def _open(path: str, files: ExitStack) -> tuple[str, Any, str]:
    try:
        opened = files.enter_context(Path(path).open("rb"))  # noqa: SIM115 - `files` closes it
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror or error}.") from None
    return Path(path).name, opened, mimetypes.guess_type(path)[0] or "application/octet-stream"
