"""A program at a terminal, and somebody who answers what it asks."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

_SECONDS = 40


def converse(
    command: Sequence[str],
    environment: Mapping[str, str],
    answers: Mapping[str, str],
    folder: Path | None = None,
) -> tuple[int, str]:
    """The exit code and the screen; each question is given its answer, once."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        command, stdin=terminal, stdout=terminal, stderr=terminal, cwd=folder,
        env={**environment, "TERM": "xterm"}, start_new_session=True,
    )  # fmt: skip
    os.close(terminal)
    waiting, screen = dict(answers), ""
    until = time.monotonic() + _SECONDS
    while time.monotonic() < until:
        if not select.select([controller], [], [], 0.1)[0]:
            continue
        try:
            screen += os.read(controller, 65536).decode()
        except OSError:
            break
        for question in [each for each in waiting if each in screen]:
            os.write(controller, f"{waiting.pop(question)}\n".encode())
    os.close(controller)
    return process.wait(20), screen.replace("\r\n", "\n")
