"""A server of two workers, somebody to sign in, and a third process beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.pictures.samples import picture

from tools.prove.hostile import multipart
from tools.prove.kinds import Person, native_token
from tools.prove.operator import QUICK, Operator, operating
from tools.prove.pinned import Pinned, one_of_each
from tools.prove.proof import require
from tools.running import Server, running

WORKERS = 2


@dataclass(frozen=True)
class Scene:
    """`workers` are a connection to each worker."""

    server: Server
    operator: Operator
    workers: tuple[Pinned, ...]
    key: str

    @contextmanager
    def connected_anew(self) -> Iterator[Scene]:
        """The same with new connections: the server closes one that stands idle for long."""
        with ExitStack() as opened:
            anew = one_of_each(self.server.port, WORKERS)
            yield replace(self, workers=tuple(map(opened.enter_context, anew)))

    def add_person(self, username: str, width: int = 16) -> Person:
        """With a private photo; another `width` is another original."""
        account = self.operator.add_account(username)
        person = Person(username, account.email, self.key, "", 0)
        worker = self.workers[0]
        token = native_token(worker, person)
        body = multipart([("file", picture(width=width, height=8), "boat.jpg")])
        headers = {
            "authorization": f"Bearer {token}",
            "content-type": "multipart/form-data; boundary=XX",
        }
        got = worker.ask("POST", "/v1/photos", headers, body)
        require(got.status == 201, f"An upload gets {got.status} {got.body!r:.200}")
        ids = got.json["items"][0]["wire_ids"]
        return person._replace(photo_hash=ids["librephotos"], photo_number=ids["pixieset"])


@contextmanager
def scene(settings: Mapping[str, str] | None = None) -> Iterator[Scene]:
    """`settings` are by their environment names without the prefix."""
    with tempfile.TemporaryDirectory(prefix="safelight-prove-") as folder:
        data = Path(folder) / "data"
        with (
            operating(data) as operator,
            running(
                data,
                settings={**QUICK, **(settings or {})},
                options=("--workers", str(WORKERS)),
                log=Path(folder) / "log",
            ) as server,
        ):
            key = operator.add_application()
            with ExitStack() as opened:
                workers = tuple(map(opened.enter_context, one_of_each(server.port, WORKERS)))
                yield Scene(server, operator, workers, key)
            text = server.log.read_text("utf-8", "replace")
            require("Traceback" not in text, f"The server's log has a traceback:\n{text[-3000:]}")
