"""The wheel, built and installed as a user installs it, without this source tree."""

import re
import subprocess
import sys
import sysconfig
import time
import tomllib
import zipfile
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest
from dev import find_installer, find_python_with_pip
from tests.cli_client.hostile_service import TOKEN, hostile
from tests.cli_client.proxied import proxying
from tools.running import free_port

from safelight import __version__

ROOT = Path(__file__).resolve().parents[2]
IMPORT_NAMES = {
    "argon2-cffi": "argon2", "prometheus-client": "prometheus_client", "pyvips-binary": "pyvips"
}  # fmt: skip
"""Where a package is imported by another name."""


class Installed(NamedTuple):
    """A virtual environment of its own; `wheel` is what was installed there."""

    folder: Path
    wheel: Path

    @property
    def python(self) -> str:
        return str(self.folder / "bin" / "python")

    @property
    def command(self) -> str:
        return str(self.folder / "bin" / "safelight")


def run(*command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command,
        cwd="/",
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", **environment},
    )
    assert done.returncode == 0 or not check, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    python = find_python_with_pip()
    if python is None:  # then uv is there, or nothing could have been installed
        build = [*find_installer()[1][:1], "build", "--wheel", "--no-build-isolation"]
        run(*build, "--python", sys.executable, "--out-dir", str(folder), str(ROOT))
    else:
        pip = (str(python), "-m", "pip", "--python", sys.executable)
        run(
            *pip, "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
            "--disable-pip-version-check", "--wheel-dir", str(folder), str(ROOT),
        )  # fmt: skip
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Installed:
    """The wheel without its dependencies; those of this environment come after it on the path."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", str(folder))
    one = Installed(folder, wheel)
    python = find_python_with_pip()
    if python is None:
        put = [find_installer()[1][0], "pip", "install", "--python", one.python]
    else:
        put = [str(python), "-m", "pip", "--python", one.python, "install", "--quiet"]
    run(*put, "--no-deps", "--no-index", str(wheel))
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return one


def server_packages() -> set[str]:
    """The names under which the server's own dependencies are imported; h11 is httpx2's, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    required = project["optional-dependencies"]["server"]
    names = {re.split(r"[\[<>=~! ]", requirement)[0] for requirement in required}
    return {IMPORT_NAMES.get(name, name) for name in names - {"h11"}} | {"uvloop"}


def test_the_wheel_holds_what_the_server_reads_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    source = ROOT / "src"
    expected = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    packed = {name for name in names if name.startswith("safelight/")}
    assert packed == expected
    others = {name.partition("/")[0] for name in names} - {"safelight"}
    assert others == {f"safelight-{__version__}.dist-info"}
    kinds = {Path(name).suffix for name in packed}
    assert {".py", ".html", ".css", ".typed"} <= kinds


def test_the_command_runs_from_the_wheel(installed: Installed) -> None:
    assert run(installed.command, "--version").stdout == f"{__version__}\n"
    assert run(installed.command, "--help").stdout.startswith("Usage: safelight COMMAND\n")
    where = run(installed.python, "-c", "import safelight; print(safelight.__file__)").stdout
    assert Path(where.strip()).is_relative_to(installed.folder)


def test_the_server_runs_from_the_wheel(installed: Installed, tmp_path: Path) -> None:
    port = free_port()
    arguments = (installed.command, "serve", "--data", str(tmp_path / "data"), "--port", str(port))
    process = subprocess.Popen(arguments, cwd="/", stdout=subprocess.PIPE, text=True)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client:
            until = time.monotonic() + 30
            while time.monotonic() < until:
                try:
                    assert client.get("/healthz").status_code == 200
                    break
                except httpx2.TransportError:
                    time.sleep(0.05)
            assert client.get("/readyz").status_code == 200
            page = client.get("/login", headers={"accept": "text/html"}).text
            linked = re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg|ico))', page)
            assert linked != []
            assert {client.get(path).status_code for path in linked} == {200}
            for path in ("/studio/login", "/galleries/login", "/setup", "/v1/openapi.json"):
                assert client.get(path).status_code == 200
    finally:
        process.terminate()
        printed, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert f"Safelight listens at http://localhost:{port}\n" in printed


def test_the_client_s_half_needs_nothing_of_the_server_s(installed: Installed) -> None:
    code = (
        "import sys; sys.argv = ['safelight', '--version']\n"
        "from safelight.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as stopped: assert not stopped.code\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))\n"
        "print(*sorted(name for name in sys.modules if name.startswith('safelight')))"
    )
    printed = run(installed.python, "-c", code).stdout.splitlines()
    loaded, ours = set(printed[-2].split()), printed[-1].split()
    assert loaded & server_packages() == set()
    inner = ("server", "stores", "pictures", "authentication", "library", "bootstrap")
    assert [name for name in ours if name.split(".")[1:2] and name.split(".")[1] in inner] == []


@pytest.fixture
def without_server(tmp_path: Path) -> str:
    """A PYTHONPATH on which the server's packages are not to be found."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Absent:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name.partition('.')[0] in {sorted(server_packages())!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Absent())\n"
    )
    return str(tmp_path)


def test_a_browser_app_is_served_without_the_server_s_packages(
    installed: Installed, tmp_path: Path, without_server: str
) -> None:
    with hostile() as service:
        variables = {
            "PYTHONPATH": without_server, "SAFELIGHT_CONFIG_DIR": str(tmp_path / "settings"),
            "SAFELIGHT_SERVICE": "safelight", "SAFELIGHT_URL": service.url,
            "SAFELIGHT_TOKEN": TOKEN,
        }  # fmt: skip
        options = ("--app", str(tmp_path))
        with proxying(variables, *options, command=(installed.command,)) as proxy:
            module = proxy.ask("GET", "/.safelight/browser.js")
            assert b"export async function connect" in module.body
            assert proxy.ask("GET", "/v1/photos", proxy.let_in()).status == 200


@pytest.mark.parametrize(
    "words", [("serve", "--data", "x"), ("admin", "account", "list", "--data", "x")], ids=" ".join
)
def test_without_the_server_s_packages_its_commands_say_what_is_missing(
    installed: Installed, without_server: str, words: tuple[str, ...]
) -> None:
    done = run(installed.command, *words, check=False, PYTHONPATH=without_server)
    assert (done.returncode, done.stderr) == (
        1, "safelight: This needs the server's packages: pip install 'safelight[server]'\n"
    )  # fmt: skip
    assert run(installed.command, "--version", PYTHONPATH=without_server).stdout != ""
