"""`safelight completion`: what a shell needs to finish words."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from safelight.cli.commands import app
from safelight.cli.exits import Answer, wants_json
from safelight.cli.main import OPERATORS
from safelight.cli.options import Json
from safelight.cli.output import print_json

Shell = Literal["bash", "zsh", "fish"]


class Completion(Answer, frozen=True, kw_only=True):
    shell: str
    script: str


def completion(
    shell: Annotated[Shell, Parameter(help="Which shell.")], /, *, json: Json = False
) -> None:
    """Print a script for a shell to load."""
    try:
        script = app.generate_completion(shell=shell)
    except ImportError:  # without the server's packages its commands cannot be looked at
        for name in OPERATORS:
            del app[name]
        script = app.generate_completion(shell=shell)
    if wants_json(json):
        print_json(Completion(shell=shell, script=script))
    else:
        print(script)
