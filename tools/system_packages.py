"""Debian packages that the tests and the bench meet as real counterparts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence


def provide(names: Sequence[str]) -> None:
    """Install what is missing where that is possible; say loudly what stays missing.

    Nothing here ends the run: a test skips when its counterpart is not there, and a run that
    may not skip (`--require-all`) fails by that.
    """
    missing = [name for name in names if not is_installed(name)]
    if not missing:
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        print(
            f"WARNING: missing system packages: {' '.join(missing)}\n"
            "         Tests that need them will be skipped. On Debian, install them with:\n"
            f"         sudo apt-get install --no-install-recommends {' '.join(missing)}",
            file=sys.stderr,
            flush=True,
        )
        return
    print(f"installing system packages: {' '.join(missing)}", file=sys.stderr, flush=True)
    apt_get("update")
    apt_get("install", "-y", "--no-install-recommends", *missing)


def is_installed(name: str) -> bool:
    """Whether dpkg has the package installed; False where there is no dpkg."""
    if shutil.which("dpkg-query") is None:
        return False
    asked = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout == "installed"


def apt_get(*arguments: str) -> None:
    """Run apt-get quietly; what it printed is shown when it fails."""
    environment = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        # Single-user mode, so that a package's service (nginx) is not started on its own port.
        "RUNLEVEL": "1",
    }
    done = subprocess.run(
        ["apt-get", "-q", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(f"WARNING: apt-get {arguments[0]} failed:\n{done.stdout}", file=sys.stderr)
