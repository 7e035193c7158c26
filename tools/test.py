"""`python3 dev.py test`: every check, then every test; what people and CI run alike.

Arguments go to pytest, so `dev.py test -k throttle` or `dev.py test tests/identity -n 0` work.
`--require-all` is pytest's too (tests/conftest.py): it makes a skipped test a failure.
"""

import subprocess
import sys
from pathlib import Path

from tools import check, system_packages

ROOT = Path(__file__).resolve().parent.parent

# Debian's names. Chromium shows the pages, and needs libatomic1 when a test drives it;
# gnome-keyring keeps sign-ins, on a bus of dbus; nginx-light is a proxy that asks Safelight who is
# there; wrk measures.
SYSTEM_PACKAGES = (
    "chromium",
    "dbus",
    "gnome-keyring",
    "libatomic1",
    "nginx-light",
    "systemd",
    "wrk",
)


def main(arguments: list[str]) -> int:
    """Exit code 0 only when no check and no test failed."""
    system_packages.provide(SYSTEM_PACKAGES)
    failed = check.run_checks()
    # Two workers: the machine this has to be quick on has two cores. A later `-n` wins.
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadscope", *arguments]
    tests = subprocess.run(command, cwd=ROOT, check=False).returncode
    if failed:
        print(f"These checks failed, see above: {', '.join(failed)}.", flush=True)
        return tests or 1
    return tests


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
