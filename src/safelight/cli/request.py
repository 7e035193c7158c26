"""`safelight request`, and `get`, `post` and `delete` for short: any call of the service's."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NamedTuple

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
from safelight.client.client import Client
from safelight.errors import SafelightError

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
    with ExitStack() as opened:
        sending = read_body(body, form, file, header, opened)
        client = opened.enter_context(open_account(choose(profile), no_input=no_input))
        if output is not None and method.upper() == "GET" and sending.keys() == {"headers"}:
            return _save(client, path, sending["headers"], output, as_json=wants_json(json))
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


def _save(
    client: Client, path: str, headers: dict[str, str], output: Path, *, as_json: bool
) -> int:
    """The answer's body to a file, piece by piece; nothing is written for a refusal."""
    with client.stream("GET", path, headers=headers) as response:
        error = None
        if not response.is_success:
            response.read()
            error = client.error_of(response)
        content = b"" if error is None else response.content
        if error is None:
            write_whole(output, response.iter_bytes())
        answered = _Raw(response.status_code, _shown(response.headers), content)
    if as_json or content:
        _print(answered, as_json=as_json)
    return _end(error)


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
