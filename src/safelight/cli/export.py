"""`safelight export`: the sign-in, for other programs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from safelight.cli.accounts import choose, open_account
from safelight.cli.exits import Answer, wants_json
from safelight.cli.files import write_whole
from safelight.cli.options import Json, NoInput, ProfileName
from safelight.cli.output import print_json
from safelight.client.exports import (
    Carried,
    carried,
    write_cookies,
    write_curl,
    write_httpie,
    write_playwright,
)

Format = Literal["curl", "cookies", "playwright", "httpie"]

_WRITERS: dict[Format, Callable[[Carried], str]] = {
    "curl": write_curl,
    "cookies": write_cookies,
    "playwright": write_playwright,
    "httpie": write_httpie,
}


_COOKIES_ALONE: frozenset[Format] = frozenset({"cookies", "playwright"})


class Exported(Answer, frozen=True, kw_only=True):
    """As `--json` prints it. `content` is null where it was written to a file."""

    format: str
    origin: str
    content: str | None
    file: str | None


def export(
    format: Annotated[Format, Parameter(help="For which program.")],
    /,
    *,
    output: Annotated[
        Path | None,
        Parameter(metavar="FILE", show_default=False, help="Write it there, for you alone."),
    ] = None,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """Print the sign-in in another program's format."""
    with open_account(choose(profile), no_input=no_input, hands_on=True) as client:
        grant = client.sign_in().grant
        assert grant is not None
        what = carried(client.auth.session.wire, grant)
        wants_key = client.auth.session.wire.service == "photoshelter"
    if wants_key and format in _COOKIES_ALONE:
        print(
            "safelight: PhotoShelter wants its API key besides, in the header X-PS-Api-Key.",
            file=sys.stderr,
        )
    content = _WRITERS[format](what)
    if output is not None:
        write_whole(output, [content.encode()], private=True)
    if wants_json(json):
        shown = content if output is None else None
        file = str(output) if output is not None else None
        print_json(Exported(format=format, origin=what.origin, content=shown, file=file))
    elif output is None:
        print(content, end="")
