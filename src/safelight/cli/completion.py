"""`safelight completion`: what a shell needs to finish words."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from safelight.cli.commands import app

Shell = Literal["bash", "zsh", "fish"]


def completion(shell: Annotated[Shell, Parameter(help="Which shell.")], /) -> None:
    """Print a script for a shell to load."""
    print(app.generate_completion(shell=shell))
