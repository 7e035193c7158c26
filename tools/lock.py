"""`python3 dev.py lock`: choose the newest packages and write the lock files anew.

A lock file names every package with the digests of all its files, for each Python from 3.11 on
and each kind of machine. It names no address: where packages come from is the installer's affair.
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = Path(sys.executable).parent / "uv"
PROGRAM = ("pyproject.toml", "--extra", "server", "--constraint", "requirements/build.txt")

# Each lock file and what goes into it; a later one keeps to the versions of an earlier one.
LOCKS: dict[str, tuple[str, ...]] = {
    "build": ("requirements/build.in",),
    "runtime": PROGRAM,
    "test": (*PROGRAM, "requirements/test.in", "--constraint", "requirements/runtime.txt"),
    "lock": ("requirements/lock.in",),
}


def main() -> int:
    """Write every lock file; the exit code is the first failure's, else 0."""
    for name, sources in LOCKS.items():
        target = ROOT / "requirements" / f"{name}.txt"
        before = pins_of(target)
        done = compile_lock(sources, target)
        if done != 0:
            return done
        report(name, before, pins_of(target))
    return 0


def compile_lock(sources: tuple[str, ...], target: Path) -> int:
    """Resolve to the newest versions; returns uv's exit code."""
    command = [
        *(str(UV), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"),
        *("--upgrade", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
        *(*sources, "--output-file", str(target.relative_to(ROOT))),
    ]
    environment = {**os.environ, "UV_CUSTOM_COMPILE_COMMAND": "python3 dev.py lock"}
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def pins_of(target: Path) -> dict[str, str]:
    """Each package of a lock file with its version; empty when there is no such file."""
    if not target.exists():
        return {}
    lines = (line for line in target.read_text().splitlines() if "==" in line)
    return dict(line.split()[0].split("==") for line in lines)


def report(name: str, before: dict[str, str], after: dict[str, str]) -> None:
    """Say what changed, one line a package."""
    print(f"requirements/{name}.txt: {len(after)} packages")
    for package in sorted(before.keys() | after.keys()):
        old, new = before.get(package, "absent"), after.get(package, "gone")
        if before and old != new:
            print(f"  {package} {old} -> {new}")


if __name__ == "__main__":
    sys.exit(main())
