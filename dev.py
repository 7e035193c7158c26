#!/usr/bin/env python3
"""Every developer command of Safelight, from nothing but Python 3.11 or newer.

`python3 dev.py COMMAND` makes `.venv` beside this file, installs the locked packages that the
command needs, and hands over to `tools/COMMAND.py` inside it. Only the standard library is used
here, because this file runs before anything is installed.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "Safelight needs Python 3.11 or newer; this is Python {}.{} ({}).".format(
            *sys.version_info[:2], sys.executable
        )
    )

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "safelight-installed.json"
DEBIAN_PYTHON = Path("/usr/bin/python3")


class Command(NamedTuple):
    """One command: which lock file it needs, and what a person is told about it."""

    packages: str
    usage: str
    effect: str


COMMANDS = {
    "demo": Command(
        "runtime",
        "demo [--exit] [--json] [--port N]",
        "start a server and show every sign-in on it",
    ),
    "test": Command(
        "test",
        "test [--require-all] [ARGS]",
        "check, then run the tests (ARGS go to pytest)",
    ),
    "check": Command("test", "check", "format, lint, types and imports, without the tests"),
    "rows": Command("test", "rows", "count the protocol rows that tests show"),
    "bench": Command("test", "bench", "measure the hot paths on this machine"),
    "prove": Command("test", "prove [NAMES]", "run the longer proofs: bad input, crashes, races"),
    "docs": Command("runtime", "docs", "write the reference pages anew from the code"),
    "lock": Command("lock", "lock", "choose the newest packages and write requirements/*.txt"),
}

# A lock file that contains another one whole: installing it satisfies both.
INCLUDES = {"runtime": ("runtime",), "test": ("test", "runtime"), "lock": ("lock",)}


def main(arguments: list[str]) -> NoReturn:
    """Run one command; never returns, because the command takes this process over."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(help_text())
        sys.exit(0 if arguments else 2)
    name, *rest = arguments
    if name not in COMMANDS:
        sys.exit(f"dev.py has no command {name!r}. It has: {', '.join(COMMANDS)}.")
    os.chdir(ROOT)
    with one_at_a_time():
        make_environment()
        install(COMMANDS[name].packages)
    os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-m", f"tools.{name}", *rest])


def help_text() -> str:
    """What `--help` prints."""
    width = max(len(command.usage) for command in COMMANDS.values())
    lines = [f"  {command.usage:<{width}}  {command.effect}" for command in COMMANDS.values()]
    return "\n".join(
        [
            "usage: python3 dev.py COMMAND",
            "",
            *lines,
            "",
            "The first run makes .venv and installs the locked packages; later ones start at once.",
            "Nothing outside this folder changes, with one exception: as root on Debian, `test`",
            "installs the system packages that its tests need.",
        ]
    )


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Keep two first runs from installing over each other.

    The lock is on this very file: it is there before `.venv` is, and leaves nothing behind.
    """
    with Path(__file__).open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def make_environment() -> None:
    """Have a `.venv` of this Python's version; one of another version is thrown away."""
    version = "{}.{}".format(*sys.version_info[:2])
    if read_stamp().get("python") == version and VENV_PYTHON.exists():
        return
    with step(f"making .venv for Python {version}"):
        # Debian's python3 has no ensurepip, so the environment gets no pip of its own.
        command = [sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)]
        run(command, "cannot make .venv")
        write_stamp({"python": version})


def install(packages: str) -> None:
    """Have exactly the locked packages of one set, and the project itself, editable."""
    stamp = read_stamp()
    wanted = {name: digest_of(name) for name in INCLUDES[packages]}
    if all(stamp.get(name) == digest for name, digest in wanted.items()):
        return
    installer = find_installer()
    lock_file = f"requirements/{packages}.txt"
    # Without isolation each build uses the locked requirements/build.txt, and nothing else.
    put = [*installer[1], "--no-build-isolation"]
    with step(f"installing {lock_file} with {installer[0]}"):
        for locked in ("requirements/build.txt", lock_file):
            run([*put, "--require-hashes", "-r", locked], f"cannot install {locked}")
        run([*put, "--no-deps", "-e", "."], "cannot install the project itself")
    write_stamp({**stamp, **wanted})


def find_installer() -> tuple[str, list[str]]:
    """The name and the command line of an installer: uv where there is one, else a pip."""
    uv = shutil.which("uv")
    if uv:
        return "uv", [uv, "pip", "install", "--quiet", "--python", str(VENV_PYTHON)]
    python = find_python_with_pip()
    if python is None and os.geteuid() == 0 and shutil.which("apt-get"):
        with step("installing python3-pip with apt-get"):
            run(["apt-get", "update", "-q"], "cannot read Debian's package lists")
            apt = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "python3-pip"]
            run(apt, "cannot install python3-pip")
        python = find_python_with_pip()
    if python is None:
        sys.exit("pip is missing. Install it with: sudo apt-get install python3-pip")
    return "pip", [
        *(str(python), "-m", "pip", "--python", str(VENV_PYTHON), "install"),
        *("--quiet", "--no-input", "--disable-pip-version-check"),
    ]


def find_python_with_pip() -> Path | None:
    """A Python that has pip, not necessarily this one: pip can install for another."""
    for python in (Path(sys.executable), DEBIAN_PYTHON):
        if python.exists():
            asking = [str(python), "-m", "pip", "--version"]
            if subprocess.run(asking, capture_output=True, check=False).returncode == 0:
                return python
    return None


def digest_of(packages: str) -> str:
    """Changes when the lock files do, or what the project declares about itself."""
    files = (f"requirements/{packages}.txt", "requirements/build.txt", "pyproject.toml")
    return hashlib.sha256(b"".join((ROOT / file).read_bytes() for file in files)).hexdigest()


def read_stamp() -> dict[str, str]:
    """What the last install left; empty when there was none."""
    try:
        stamp: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def write_stamp(stamp: dict[str, str]) -> None:
    STAMP.write_text(json.dumps(stamp, indent=2) + "\n")


@contextmanager
def step(title: str) -> Iterator[None]:
    """One line of progress; on standard error, so that a command's JSON stays alone."""
    print(f"safelight: {title} … ", end="", file=sys.stderr, flush=True)
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:.1f} s", file=sys.stderr)


def run(command: list[str], failure: str) -> None:
    """Run quietly; show all that was printed, and stop, when it fails."""
    environment = {
        **os.environ,
        "DEBIAN_FRONTEND": "noninteractive",
        "PIP_ROOT_USER_ACTION": "ignore",
        "UV_PYTHON_DOWNLOADS": "never",
    }
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print("failed\n", file=sys.stderr)
        print(done.stdout, file=sys.stderr)
        sys.exit(f"safelight: {failure}: `{' '.join(command)}` ended with {done.returncode}.")


if __name__ == "__main__":
    main(sys.argv[1:])
