"""`safelight.testing` in somebody else's pytest: loaded lightly, clear when it cannot be used."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path


def run_pytest(folder: Path, test: str, *, conftest: str) -> subprocess.CompletedProcess[str]:
    (folder / "conftest.py").write_text(textwrap.dedent(conftest))
    (folder / "test_mine.py").write_text(textwrap.dedent(test))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_run_that_wants_no_service_loads_no_server(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        """
        import sys

        def test_mine():
            loaded = {name.split(".")[0] for name in sys.modules}
            assert not loaded & {"httpx2", "sqlalchemy", "granian", "argon2", "h11"}
            assert "safelight.testing" in sys.modules
        """,
        conftest='pytest_plugins = ["safelight.testing"]',
    )
    assert "1 passed" in done.stdout, done.stdout


def test_without_the_server_s_packages_a_test_says_what_to_install(tmp_path: Path) -> None:
    done = run_pytest(
        tmp_path,
        """
        def test_mine(photoshelter):
            pass

        def test_other():
            pass
        """,
        conftest="""
        import sys

        sys.modules["sqlalchemy"] = None
        pytest_plugins = ["safelight.testing"]
        """,
    )
    assert "1 passed, 1 error" in done.stdout, done.stdout
    assert (
        "safelight.testing runs a real server, whose packages are not here: "
        "pip install 'safelight[server]' (sqlalchemy is missing)\n"
    ) in done.stdout
    assert "Traceback" not in done.stdout
