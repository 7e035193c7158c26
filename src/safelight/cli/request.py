"""`safelight request`, and `get`, `post` and `delete` for short: any call of the service's."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
from cyclopts import Parameter
from rich.console import Console
from rich.json import JSON

from safelight.cli import exits
from safelight.cli.accounts import choose, open_account
from safelight.cli.bodies import read_body
from safelight.cli.exits import Answer, wants_json
from safelight.cli.files import write_whole
from safelight.cli.options import Json, NoInput, ProfileName
from safelight.cli.output import print_json
from safelight.client.addresses import require_path, same_origin
from safelight.client.client import Client
from safelight.client.courier import explain
from safelight.client.errors import AnswerTooLarge
from safelight.client.steps import FAILURES
from safelight.errors import ConfigurationError, SafelightError, Unavailable

Path_ = Annotated[
    str, Parameter(metavar="PATH", help="Below the service's address; with a query if need be.")
]
Body = Annotated[
    str | None,
    Parameter(
        metavar="TEXT",
        show_default=False,
        allow_leading_hyphen=True,
        help="What to send: the text itself, @FILE, or - for standard input.",
    ),
]
Form = Annotated[
    tuple[str, ...],
    Parameter(
        metavar="NAME=VALUE", show_default=False, negative="", help="A field of a form. Repeatable."
    ),
]
File = Annotated[
    tuple[str, ...],
    Parameter(
        metavar="NAME=PATH", show_default=False, negative="", help="A file of a form. Repeatable."
    ),
]
Header = Annotated[
    tuple[str, ...],
    Parameter(metavar="NAME:VALUE", show_default=False, negative="", help="A header. Repeatable."),
]
Output = Annotated[
    Path | None,
    Parameter(metavar="FILE", show_default=False, help="Write the answer's body there."),
]

_MOST_SHOWN_BYTES = 16 * 1024 * 1024
_TRIES = 3

_METHOD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token (RFC 9110 §5.6.2 and §9.1)."""

_SECRET_HEADERS = frozenset(
    {"set-cookie", "jsession", "session", "x-csrf-token", "x-xsrf-token", "authorization"}
)
"""Answers that hand out a credential: it is the client's, and is not shown."""


class Answered(Answer, frozen=True, kw_only=True):
    """As `--json` prints it. `body` is the JSON that came, else its text; `null` where that is
    none, or was written to a file."""

    status: int
    headers: dict[str, str]
    body: object


def request(
    method: Annotated[str, Parameter(help="GET, POST or another.")],
    path: Path_,
    /,
    *,
    body: Body = None,
    form: Form = (),
    file: File = (),
    header: Header = (),
    output: Output = None,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> int:
    """Send a request as the account, and print the answer."""
    _require_words(method, path)
    with ExitStack() as opened:
        sending = read_body(body, form, file, header, opened)
        client = opened.enter_context(open_account(choose(profile), no_input=no_input))
        if method.upper() == "GET" and sending.keys() == {"headers"}:
            return _get(client, path, sending["headers"], output, as_json=wants_json(json))
        response = client.request(method.upper(), path, **sending)
        error = client.error_of(response)
        answered = _Raw(response.status_code, _shown(response.headers), response.content)
        if output is not None and error is None:
            write_whole(output, [response.content])
            answered = answered._replace(content=b"")
    _print(answered, as_json=wants_json(json))
    return _end(error)


def get(
    path: Path_,
    /,
    *,
    header: Header = (),
    output: Output = None,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> int:
    """As `request GET`."""
    return request(
        "GET", path, header=header, output=output, profile=profile, no_input=no_input, json=json
    )


def post(
    path: Path_,
    /,
    *,
    body: Body = None,
    form: Form = (),
    file: File = (),
    header: Header = (),
    output: Output = None,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> int:
    """As `request POST`."""
    return request(
        "POST",
        path,
        body=body,
        form=form,
        file=file,
        header=header,
        output=output,
        profile=profile,
        no_input=no_input,
        json=json,
    )


def delete(
    path: Path_,
    /,
    *,
    header: Header = (),
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> int:
    """As `request DELETE`."""
    return request("DELETE", path, header=header, profile=profile, no_input=no_input, json=json)


class _Raw(NamedTuple):
    status: int
    headers: dict[str, str]
    content: bytes


def _get(
    client: Client, path: str, headers: dict[str, str], output: Path | None, *, as_json: bool
) -> int:
    """An answer that breaks off before anything of it was shown is asked for again."""
    for left in reversed(range(_TRIES)):
        has_begun = False
        try:
            with client.stream("GET", path, headers=headers) as response:
                has_begun = True
                return _take_in(client, response, output, as_json=as_json)
        except Unavailable:
            if not has_begun or not left:
                raise
    raise AssertionError


def _require_words(method: str, path: str) -> None:
    """Raises ConfigurationError for what no request line can have."""
    if not _METHOD.fullmatch(method):
        raise ConfigurationError("The method has to be one word, such as GET or POST.")
    require_path(path)


def _take_in(client: Client, response: Any, output: Path | None, *, as_json: bool) -> int:
    """The answer's body to where it is wanted, piece by piece: no more of it is held than a person
    or JSON can make use of. Nothing is written to a file for a refusal."""
    error = None
    if not same_origin(response.request.url, client.auth.session.wire.url):
        host = response.request.url.host
        print(f"safelight: This comes from {host}, without any credential.", file=sys.stderr)
    if not response.is_success:
        response.read()
        error = client.error_of(response)
    pieces = response.iter_bytes()
    content = b""
    if output is not None and error is None:
        write_whole(output, pieces)
    else:
        content = _beginning(pieces)
    rest = next(pieces, b"")
    if rest and (as_json or sys.stdout.isatty()):
        raise AnswerTooLarge("The answer is too large to be shown: use --output FILE.")
    answered = _Raw(response.status_code, _shown(response.headers), content)
    if output is None or as_json or content:
        _print(answered, as_json=as_json)
    try:
        for piece in chain((rest,), pieces):
            sys.stdout.buffer.write(piece)
    except FAILURES as broken:
        error = explain(broken, response.request)
    return _end(error)


def _beginning(pieces: Iterator[bytes]) -> bytes:
    """All of it, but for what is far too much."""
    taken, count = [], 0
    while count < _MOST_SHOWN_BYTES and (piece := next(pieces, b"")):
        taken.append(piece)
        count += len(piece)
    return b"".join(taken)


def _end(error: SafelightError | None) -> int:
    if error is None:
        return exits.DONE
    print(f"safelight: {error.message}", file=sys.stderr)
    return exits.code_of(error)


def _shown(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name not in _SECRET_HEADERS}


def _print(answered: _Raw, *, as_json: bool) -> None:
    content = answered.content
    if as_json:
        body = _meaning(content)
        print_json(Answered(status=answered.status, headers=answered.headers, body=body))
    elif not sys.stdout.isatty():
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    elif content:
        _print_to_a_person(content)


def _print_to_a_person(content: bytes) -> None:
    """JSON in colours; text as it is, without what would move the cursor."""
    meaning = _meaning(content)
    if isinstance(meaning, str):
        print("".join(c for c in meaning if c.isprintable() or c in "\n\t"))
    elif meaning is None and content.strip() != b"null":
        print(f"safelight: {len(content)} bytes that are not text: use --output", file=sys.stderr)
    elif os.environ.get("NO_COLOR"):
        print(msgspec.json.format(content, indent=2).decode())
    else:
        Console(highlight=False).print(JSON.from_data(meaning, ensure_ascii=False))


def _meaning(content: bytes) -> object:
    """What the JSON says, else the text, else None."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        return content.decode() if content else None
    except UnicodeDecodeError:
        return None
