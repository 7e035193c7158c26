"""A real safe of the system: gnome-keyring on a message bus of the test's own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_PASSWORD = b"the password of the session"
_START_SECONDS = 20


def is_installed() -> bool:
    return all(map(shutil.which, ("dbus-daemon", "gnome-keyring-daemon")))


class SecretService:
    """Opened, locked and opened again, as by somebody who signs in to a desktop, and out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._bus_path = folder / "bus"
        self._log = (folder / "log").open("ab")
        self._keyring: subprocess.Popen[bytes] | None = None
        (folder / "run").mkdir(mode=0o700)
        self._bus = self._start(
            "dbus-daemon", "--session", "--nofork", "--nopidfile",
            f"--address=unix:path={self._bus_path}",
        )  # fmt: skip
        _wait_for(lambda: _answers(self._bus_path))

    @property
    def environment(self) -> dict[str, str]:
        """What makes a program find it, and no place of its own."""
        return {
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._bus_path}",
            "SAFELIGHT_STORE": "",
        }

    def unlock(self) -> None:
        self._restart("--unlock")

    def lock(self) -> None:
        """As after a restart of the machine: what is in there stays, and does not open."""
        self._restart()

    def content(self) -> bytes:
        """All of its files."""
        return b"".join(path.read_bytes() for path in self._folder.rglob("*.keyring"))

    def close(self) -> None:
        self._stop(self._keyring)
        self._stop(self._bus)
        self._log.close()

    def _restart(self, *options: str) -> None:
        self._stop(self._keyring)
        control = self._folder / "run" / "keyring"
        shutil.rmtree(control, ignore_errors=True)
        self._keyring = self._start(
            "gnome-keyring-daemon", "--foreground", "--components=secrets",
            f"--control-directory={control}", *options, stdin=_PASSWORD if options else b"",
        )  # fmt: skip
        _wait_for(self._owns_its_name)

    def _owns_its_name(self) -> bool:
        asked = subprocess.run(
            ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/",
             "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"],
            env={**os.environ, **self.environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return "true" in asked.stdout

    def _start(self, *command: str, stdin: bytes = b"") -> subprocess.Popen[bytes]:
        surroundings = {
            **os.environ,
            "HOME": str(self._folder),
            "XDG_DATA_HOME": str(self._folder / "data"),
            "XDG_RUNTIME_DIR": str(self._folder / "run"),
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={self._bus_path}",
        }
        surroundings.pop("DISPLAY", None)  # nobody is there to be asked
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=self._log, stderr=self._log, env=surroundings
        )
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        return process

    def _stop(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(_START_SECONDS)


@contextmanager
def secret_service() -> Iterator[SecretService]:
    """One that is open. Its folder has a short name: a socket's path may not be long."""
    with TemporaryDirectory(prefix="safe-") as folder:
        service = SecretService(Path(folder))
        try:
            service.unlock()
            yield service
        finally:
            service.close()


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _START_SECONDS
    while not condition():
        assert time.monotonic() < until, "the system's safe does not start"
        time.sleep(0.02)
