"""The tests with generated requests again and again, each time with requests that are new."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tools.prove.proof import Broken, Effort, Tally

ROOT = Path(__file__).resolve().parent.parent.parent
_TESTS = (
    "tests/protocols/test_native_schemathesis.py",
    "tests/protocols/test_wires_schemathesis.py",
)
_ROUNDS = 4


def prove(effort: Effort) -> Tally:
    """Schemathesis holds the native API to its document, and looks for faults on the others."""
    tally = Tally()
    for number in range(effort.times(_ROUNDS)):
        # Another seed than that of the ordinary tests, which may be any.
        seed = effort.seed * 1000 + number
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:randomly"]
        done = subprocess.run(
            [*command, f"--hypothesis-seed={seed}", *_TESTS],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Broken(f"--hypothesis-seed={seed}:\n{done.stdout[-4000:]}")
        passed = re.search(r"(\d+) passed", done.stdout)
        tally["endpoints with generated requests"] += int(passed[1]) if passed else 0
    return tally
