"""Options that several commands have, with one wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Data = Annotated[Path, Parameter(help="The data folder.", env_var="SAFELIGHT_DATA")]
Config = Annotated[
    Path | None,
    Parameter(
        help="Settings (TOML); DIR/safelight.toml if it is there.", env_var="SAFELIGHT_CONFIG"
    ),
]
Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Yes = Annotated[bool, Parameter(name="--yes", negative="", help="Do not ask.")]
PasswordStdin = Annotated[
    bool,
    Parameter(
        name="--password-stdin",
        negative="",
        help="Read the password as one line of standard input.",
    ),
]
