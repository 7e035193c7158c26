"""`python3 dev.py check`: format, lint, types and the import contract, without the tests."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = Path(sys.executable).parent


class Check(NamedTuple):
    """One look at the source: what it is called, what runs, and what puts it right."""

    name: str
    command: tuple[str, ...]
    remedy: str


CHECKS = (
    Check(
        "format",
        ("ruff", "format", "--check", "--output-format", "concise", "."),
        ".venv/bin/ruff format .",
    ),
    Check(
        "lint", ("ruff", "check", "--output-format", "concise", "."), ".venv/bin/ruff check --fix ."
    ),
    Check("types", ("mypy",), ""),
    # What a user's editor knows of every public name. It asks the first `python` in PATH.
    Check("exports", ("basedpyright", "--verifytypes", "safelight", "--ignoreexternal"), ""),
    Check("imports", ("lint-imports", "--no-logo"), ""),
)


def main() -> int:
    """Run every check, even after one has failed, so that one run tells all."""
    return 1 if run_checks() else 0


def run_checks() -> list[str]:
    """The names of the checks that failed; what they had to say is printed."""
    return [check.name for check in CHECKS if not passes(check)]


def passes(check: Check) -> bool:
    """Run one check; quiet when all is well."""
    program, *arguments = check.command
    started = time.monotonic()
    done = subprocess.run(
        [str(PROGRAMS / program), *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{PROGRAMS}{os.pathsep}{os.environ.get('PATH', os.defpath)}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "ok" if done.returncode == 0 else "FAILED"
    print(f"{check.name:<8} {verdict:<7} {time.monotonic() - started:5.1f} s", flush=True)
    if done.returncode != 0:
        print(f"\n{done.stdout.strip()}\n")
        if check.remedy:
            print(f"Most of it is put right by: {check.remedy}\n")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
