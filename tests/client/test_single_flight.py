"""Many who meet the end of a session together cause one sign-in, and nobody loses the winner's."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest
from tests.client.people import Ada
from tests.client.services import SERVICES
from tests.house import PASSWORD

import safelight
from safelight.client.errors import KeepingFailed
from safelight.client.events import Happened
from safelight.client.keeping import AccountKey, Kept
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.errors import InvalidCredential
from safelight.testing.faults import Answer

ROOT = Path(__file__).resolve().parent.parent.parent
every_service = pytest.mark.parametrize("service", list(SERVICES))


@every_service
@pytest.mark.covers("LP-87")
def test_fifty_threads_sign_in_once(ada: Ada, service: str) -> None:
    """Twice: with nothing held, and after the end of what was held."""
    auth = ada.at(service)
    with safelight.Client(auth, clock=ada.house.clock) as client, ThreadPoolExecutor(50) as pool:
        for rounds in (1, 2):
            gate = threading.Barrier(50)

            def call(_: int, gate: threading.Barrier = gate) -> int:
                gate.wait()
                return client.get(SERVICES[service].path).status_code

            assert set(pool.map(call, range(50))) == {200}
            assert ada.sign_ins(service) == rounds
            ada.house.settle()
            ada.house.clock.advance(SERVICES[service].over)


@every_service
async def test_fifty_tasks_sign_in_once(ada: Ada, service: str) -> None:
    auth = ada.at(service)
    async with safelight.AsyncClient(auth, clock=ada.house.clock) as client:
        for rounds in (1, 2):
            statuses: list[int] = []

            async def call(statuses: list[int] = statuses) -> None:
                statuses.append((await client.get(SERVICES[service].path)).status_code)

            async with anyio.create_task_group() as tasks:
                for _ in range(50):
                    tasks.start_soon(call)
            assert statuses == [200] * 50
            assert ada.sign_ins(service) == rounds
            ada.house.settle()
            ada.house.clock.advance(SERVICES[service].over)


@pytest.mark.covers("LP-87")
def test_fifty_threads_refresh_once(ada: Ada) -> None:
    with (
        safelight.Client(ada.at("librephotos"), clock=ada.house.clock) as client,
        ThreadPoolExecutor(50) as pool,
    ):
        client.sign_in()
        ada.house.clock.advance(301)
        answers = list(pool.map(lambda _: client.get("/api/photos/"), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert ada.way.count("POST", "/api/auth/token/refresh/") == 1
    assert ada.sign_ins("librephotos") == 1


def test_threads_and_tasks_share_one_sign_in(ada: Ada) -> None:
    """The blocking and the async client over one and the same session."""
    auth = ada.at("safelight")

    async def tasks() -> list[int]:
        async with safelight.AsyncClient(auth, clock=ada.house.clock) as client:
            statuses: list[int] = []

            async def call() -> None:
                statuses.append((await client.get("/v1/account")).status_code)

            async with anyio.create_task_group() as group:
                for _ in range(50):
                    group.start_soon(call)
            return statuses

    with safelight.Client(auth, clock=ada.house.clock) as client, ThreadPoolExecutor(51) as pool:
        beside = pool.submit(anyio.run, tasks)
        answers = list(pool.map(lambda _: client.get("/v1/account").status_code, range(50)))
    assert answers + beside.result() == [200] * 100
    assert ada.sign_ins("safelight") == 1


@pytest.fixture
def processes(ada: Ada, tmp_path: Path) -> Iterator["Pool"]:
    with ExitStack() as stack:
        yield Pool(ada, tmp_path / "kept", stack)


class Pool:
    """Four processes that share a folder of kept sign-ins."""

    def __init__(self, ada: Ada, folder: Path, stack: ExitStack) -> None:
        self.ada = ada
        self.folder = folder
        self._stack = stack

    def run(self, service: str, password: str = PASSWORD) -> list[list[str]]:
        """What each of four printed, who made their call together."""
        given = (self.ada.address, self.ada.key, service, str(self.folder), password)
        started = [
            self._stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "tests.client.worker", *given],
                    cwd=ROOT,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for _ in range(4)
        ]
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in started:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        return [process.communicate(timeout=60)[0].split() for process in started]


@pytest.mark.parametrize("service", ["photoshelter-cookie", "librephotos", "galleries"])
def test_four_processes_sign_in_once(processes: Pool, service: str) -> None:
    ada = processes.ada
    assert processes.run(service) == [["200", "1"]] * 4
    assert ada.sign_ins(service) == 1
    ada.house.settle()
    ada.house.clock.advance(SERVICES[service].over)
    assert processes.run(service) == [["200", "2"]] * 4
    assert ada.sign_ins(service) == 2


def test_four_processes_send_a_wrong_password_once(processes: Pool) -> None:
    printed = processes.run("safelight", password="not the right one")
    assert printed == [["bad_password", "0"]] * 4
    assert processes.ada.sign_ins("safelight") == 1
    # The right one is sent: what was refused is known by its hash alone.
    assert processes.run("safelight") == [["200", "1"]] * 4


def test_a_loser_takes_what_the_winner_has(ada: Ada, tmp_path: Path) -> None:
    """Two processes' worth of state over one folder; the second meets a 401 with an old session."""
    keeper = PlainFileKeeper(tmp_path / "kept")
    first, second = (ada.at("safelight", keeper=keeper) for _ in range(2))
    with (
        safelight.Client(first, clock=ada.house.clock) as winner,
        safelight.Client(second, clock=ada.house.clock) as loser,
    ):
        winner.get("/v1/account")
        loser.get("/v1/account")
        ada.house.settle()
        ada.house.clock.advance(40 * 86_400)
        winner.get("/v1/account")
        won = first.session.holding.held
        assert loser.get("/v1/account").status_code == 200
        assert second.session.holding.held == won
        assert keeper.read(second.session.holding.key) == won
    assert ada.sign_ins("safelight") == 2
    assert ada.happened(Happened.ADOPTED) == 1


def test_fifty_threads_send_a_wrong_password_once(ada: Ada) -> None:
    auth = ada.at("librephotos", credentials=("ada@example.com", "not the right one"))

    def call(_: int) -> str:
        try:
            client.get("/api/photos/")
        except InvalidCredential as error:
            return error.reason.value
        return "signed in"

    with safelight.Client(auth, clock=ada.house.clock) as client, ThreadPoolExecutor(50) as pool:
        assert set(pool.map(call, range(50))) == {"bad_password"}
    assert ada.sign_ins("librephotos") == 1


def test_a_session_that_is_refused_again_and_again_is_given_up(ada: Ada) -> None:
    """Something else is wrong then; signing in for ever would lock the account."""
    with safelight.Client(ada.at("safelight"), clock=ada.house.clock) as client:
        ada.way.order("GET", "/v1/account", *[Answer(status=401)] * 40)
        for _ in range(20):
            with pytest.raises(safelight.SafelightError):
                client.get("/v1/account")
    assert ada.sign_ins("safelight") == 3


def test_a_session_that_cannot_be_kept_is_good_all_the_same(ada: Ada) -> None:
    class FullDisk(PlainFileKeeper):
        def write(self, key: AccountKey, kept: Kept) -> None:
            raise KeepingFailed("/kept: No space left on device.")

    auth = ada.at("safelight", keeper=FullDisk(ada.house.folder / "kept"))
    with safelight.Client(auth, clock=ada.house.clock) as client:
        assert client.get("/v1/account").status_code == 200
        assert client.get("/v1/account").status_code == 200
    assert ada.sign_ins("safelight") == 1
    assert [e.detail for e in ada.events if e.what is Happened.NOT_KEPT] == [
        "/kept: No space left on device."
    ]


async def test_a_cancelled_sign_in_gives_its_turn_back(ada: Ada) -> None:
    auth = ada.at("safelight")
    ada.way.order("POST", "/v1/sessions", Answer(status=503, delay=2))
    async with safelight.AsyncClient(auth, clock=ada.house.clock) as client:
        with anyio.move_on_after(0.3) as scope:
            await client.get("/v1/account")
        assert scope.cancelled_caught
        with anyio.fail_after(5):
            assert (await client.get("/v1/account")).status_code == 200


FORKED = """
import os, sys
import safelight
from safelight import auth

def port_of(response):
    return response.extensions["network_stream"].get_extra_info("client_addr")[1]

url, password = sys.argv[1:]
with safelight.Client(auth.Safelight(url, credentials=("ada@example.com", password))) as client:
    before = port_of(client.get("/v1/account"))
    child = os.fork()
    if child == 0:
        os._exit(0 if port_of(client.get("/v1/account")) != before else 1)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), port_of(client.get("/v1/account")) == before)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_has_connections_of_its_own_and_the_same_session(ada: Ada) -> None:
    """On shared ones, each would read the other's answers."""
    done = subprocess.run(
        [sys.executable, "-c", FORKED, ada.address, PASSWORD],
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.split() == ["0", "True"], done.stderr
    assert ada.sign_ins("safelight") == 1
