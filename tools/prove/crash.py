"""The server is killed at any moment, and what it has acknowledged holds."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from random import Random
from typing import Any

from safelight.bootstrap import DATABASE
from tools.prove.clientele import Acknowledged, Clientele
from tools.prove.kinds import Person, librephotos, native_token
from tools.prove.operator import QUICK, operating
from tools.prove.pinned import Pinned
from tools.prove.proof import Effort, Tally, require
from tools.running import COMMAND, Server, running

_WORKERS = 2
_ROUNDS = 24
_CHECKED = 60
"""At most as many sessions and photos of each kind are looked at in a round."""

_SETTINGS = {
    **QUICK,
    "REALMS__LIBREPHOTOS__ROTATE_REFRESH": "true",
    "REALMS__LIBREPHOTOS__GRACE_SECONDS": "600",
}


def prove(effort: Effort) -> Tally:
    tally = Tally()
    drawn = Random(effort.seed)  # noqa: S311  # moments of a test, no secret
    with (
        tempfile.TemporaryDirectory(prefix="safelight-prove-") as folder,
        ExitStack() as started,
    ):
        place = Path(folder)
        with operating(place / "data") as operator:
            person = Person("ada", operator.add_account("ada").email, "", "", 0)
        server = started.enter_context(_serving(place))
        with Pinned(server.port) as worker:
            *_, refresh = librephotos(worker, person)
            token = native_token(worker, person)
        assert refresh.body is not None
        known = Acknowledged(refresh=json.loads(refresh.body)["refresh"])
        clients = Clientele(server.port, person, token, known, effort.seed)
        for number in range(effort.times(_ROUNDS)):
            what, kill = _KILLS[number % len(_KILLS)]
            with clients.at_work():
                time.sleep(drawn.uniform(0.05, 1.2))
                kill(server)
            tally[f"kills of {what}"] += 1
            if server.process.poll() is not None:
                started.close()
                server = started.enter_context(_serving(place))
                clients.move(server.port)
            require_kept(server, person, known, drawn)
        _tell(known, tally)
    return tally


def _serving(place: Path) -> AbstractContextManager[Server]:
    return running(
        place / "data",
        settings=_SETTINGS,
        options=("--workers", str(_WORKERS)),
        log=place / "log",
    )


def kill_everything(server: Server) -> None:
    """The supervisor first, so that it respawns nothing."""
    workers = _children_of(server.process.pid)
    server.process.kill()
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    _wait_for_the_end(server, workers)


def kill_worker(server: Server) -> None:
    """The supervisor starts another one."""
    os.kill(_children_of(server.process.pid)[-1], signal.SIGKILL)


def kill_supervisor(server: Server) -> None:
    """The workers see it, answer what is under way, and end."""
    workers = _children_of(server.process.pid)
    server.process.kill()
    _wait_for_the_end(server, workers)


_KILLS: tuple[tuple[str, Callable[[Server], None]], ...] = (
    ("the server", kill_everything),
    ("a worker", kill_worker),
    ("the supervisor", kill_supervisor),
)


def _wait_for_the_end(server: Server, workers: list[int]) -> None:
    server.process.wait()
    until = time.monotonic() + 30
    for worker in workers:
        while not _is_gone(worker):
            require(time.monotonic() < until, "a worker outlives its supervisor")
            time.sleep(0.01)


def _children_of(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(each) for each in listed.split()]


def _is_gone(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return status.rpartition(")")[2].split()[0] == "Z"


# --- what must hold ---------------------------------------------------------------------------


def require_kept(server: Server, person: Person, known: Acknowledged, drawn: Random) -> None:
    """Raises Broken."""
    with Pinned(server.port) as worker:
        _require_answers(worker, person, known, drawn)
    _require_sound_folder(server.data)


def _require_answers(worker: Pinned, person: Person, known: Acknowledged, drawn: Random) -> None:
    own = {"authorization": f"Bearer {native_token(worker, person)}"}
    for token in _some(known.sessions, drawn):
        got = worker.ask("GET", "/v1/account", {"authorization": f"Bearer {token}"})
        require(got.status == 200, f"an acknowledged session gets {got.status}")
    for token in _some(known.ended, drawn):
        got = worker.ask("GET", "/v1/account", {"authorization": f"Bearer {token}"})
        require(got.status == 401, f"an ended session gets {got.status}")
    for photo in _some(set(known.photos), drawn):
        got = worker.ask("GET", f"/v1/photos/{photo}/original", own)
        require(
            got.status == 200 and got.body == known.photos[photo],
            f"an acknowledged photo gets {got.status}, {len(got.body)} bytes",
        )
    for photo in _some(known.deleted, drawn):
        got = worker.ask("GET", f"/v1/photos/{photo}/original", own)
        require(got.status == 404, f"a deleted photo gets {got.status}")
    body = json.dumps({"refresh": known.refresh}).encode()
    got = worker.ask("POST", "/api/auth/token/refresh/", {"content-type": "application/json"}, body)
    require(got.status == 200, f"the last refresh token gets {got.status} {got.body!r:.200}")
    known.refresh = got.json["refresh"]
    _require_whole_list(worker, own, known)


def _some(known: set[str], drawn: Random) -> list[str]:
    return drawn.sample(sorted(known), min(_CHECKED, len(known)))


def _require_whole_list(worker: Pinned, own: dict[str, str], known: Acknowledged) -> None:
    """Every listed photo is served, whole, and is one that was sent; what is known is listed."""
    cursor = ""
    listed: dict[str, dict[str, Any]] = {}
    while True:
        items = worker.ask("GET", f"/v1/photos?limit=100{cursor}", own).json
        listed |= {each["id"]: each for each in items["items"]}
        if items["next"] is None:
            break
        cursor = f"&cursor={items['next']}"
    missing = known.photos.keys() - listed.keys()
    require(not missing, f"{len(missing)} acknowledged photos are not listed")
    require(not known.deleted & listed.keys(), "a deleted photo is listed")
    hashes = Counter(each["wire_ids"]["librephotos"][:32] for each in listed.values())
    lost = known.hashes.keys() - hashes.keys()
    require(not lost, f"{len(lost)} photos that were completed in parts are not listed")
    for each in listed.values():
        require(each["sha256"] in known.sent, "a photo is listed that nobody has sent whole")
    for photo in list(listed)[:_CHECKED]:
        got = worker.ask("GET", f"/v1/photos/{photo}/original", own)
        digest = hashlib.sha256(got.body).hexdigest()
        require(digest == listed[photo]["sha256"], f"a listed photo gets {got.status}, not whole")
        got = worker.ask("GET", f"/v1/photos/{photo}/thumbnail?size=square_small", own)
        require(got.status == 200, f"a listed photo's thumbnail gets {got.status}")


def _require_sound_folder(data: Path) -> None:
    with closing(sqlite3.connect(data / DATABASE)) as database:
        found = database.execute("PRAGMA integrity_check").fetchall()
        require(found == [("ok",)], f"integrity_check says {found[:3]}")
        broken = database.execute("PRAGMA foreign_key_check").fetchall()
        require(not broken, f"foreign_key_check says {broken[:3]}")
        digests = {row[0]: row[1] for row in database.execute("SELECT digest, size FROM photo")}
    for digest, size in digests.items():
        place = data / "blobs" / "photos" / digest[:2] / digest
        require(place.is_file(), f"a row has no blob: {digest}")
        require(place.stat().st_size == size, f"a blob has not its size: {digest}")
    done = subprocess.run(
        [*COMMAND, "admin", "check", "--json", "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [
        each
        for each in json.loads(done.stdout)["checks"]
        if not each["ok"] and each["name"] != "disk"
    ]
    require(not wrong, f"admin check finds {wrong}")


def _tell(known: Acknowledged, tally: Tally) -> None:
    tally["sessions opened"] += len(known.sessions) + len(known.ended)
    tally["photos added"] += len(known.photos) + len(known.hashes) + len(known.deleted)
    tally["photos deleted"] += len(known.deleted)
    tally["requests unanswered"] += known.unanswered
