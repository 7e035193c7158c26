"""`safelight completion`: what a shell needs to finish words."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from safelight.cli.commands import app
from safelight.cli.main import OPERATORS

Shell = Literal["bash", "zsh", "fish"]


def completion(shell: Annotated[Shell, Parameter(help="Which shell.")], /) -> None:
    """Print a script for a shell to load."""
    try:
        script = app.generate_completion(shell=shell)
    except ImportError:  # without the server's packages its commands cannot be looked at
        for name in OPERATORS:
            del app[name]
        script = app.generate_completion(shell=shell)
    print(script)
