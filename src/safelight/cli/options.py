"""Options that several commands have, with one wording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

Data = Annotated[Path, Parameter(metavar="DIR", help="The data folder.", env_var="SAFELIGHT_DATA")]
Config = Annotated[
    Path | None,
    Parameter(
        metavar="FILE",
        help="Settings (TOML). Without it, DIR/safelight.toml if that is there.",
        env_var="SAFELIGHT_CONFIG",
    ),
]
Json = Annotated[
    bool, Parameter(name="--json", negative="", show_default=False, help="Print JSON.")
]
Yes = Annotated[bool, Parameter(name="--yes", negative="", show_default=False, help="Do not ask.")]
PasswordStdin = Annotated[
    bool,
    Parameter(
        name="--password-stdin",
        negative="",
        show_default=False,
        help="Read the password as one line of standard input, as without a terminal.",
    ),
]

# --- a person's commands --------------------------------------------------------------------

ProfileName = Annotated[
    str,
    Parameter(
        name="--profile",
        metavar="NAME",
        show_default=False,
        help="Which sign-in; without it the current one.",
    ),
]
NoInput = Annotated[
    bool, Parameter(name="--no-input", negative="", show_default=False, help="Ask nothing.")
]
