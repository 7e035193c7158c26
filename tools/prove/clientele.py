"""Clients that never rest: they sign in and out, add photos and delete them, rotate tokens. Each
remembers what the server has acknowledged, and what it left unanswered."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

from tests.pictures.samples import picture

from tools.prove.hostile import multipart
from tools.prove.kinds import Person
from tools.prove.pinned import Got, Pinned
from tools.prove.proof import require

_REFRESH = "/api/auth/token/refresh/"
_SMALL = picture(width=24, height=16)
_PIECE = 400
_JSON = {"content-type": "application/json"}


@dataclass
class Acknowledged:
    """What holds, whatever became of the requests that got no answer. `sent` are the digests of all
    photos that were ever sent, by their content's SHA-256."""

    sessions: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    photos: dict[str, bytes] = field(default_factory=dict)
    hashes: dict[str, bytes] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    sent: set[str] = field(default_factory=set)
    refresh: str = ""
    unanswered: int = 0


class Clientele:
    """`token` signs the uploads and deletions; its session is not ended."""

    def __init__(
        self, port: int, person: Person, token: str, known: Acknowledged, number: int
    ) -> None:
        self._port = port
        self._person = person
        self._token = {"authorization": f"Bearer {token}"}
        self._number = number
        self.known = known
        self._stopping = threading.Event()
        self._faults: list[str] = []
        self._made = 0
        self._lock = threading.Lock()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Raises Broken at the end when an answer was wrong."""
        self._stopping.clear()
        workers: list[Callable[[Pinned, Random], None]] = [
            self._sign_in_and_out,
            self._add,
            self._add_in_parts,
            self._delete,
            self._rotate,
        ]
        threads = [
            threading.Thread(target=self._repeat, args=(each, self._number * 10 + place))
            for place, each in enumerate(workers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in threads:
                thread.join()
        require(not self._faults, f"while the server was killed: {self._faults[:3]}")

    def move(self, port: int) -> None:
        self._port = port

    def _repeat(self, work: Callable[[Pinned, Random], None], number: int) -> None:
        drawn = Random(number)  # noqa: S311  # a choice of tests, no secret
        while not self._stopping.is_set():
            try:
                with Pinned(self._port) as connection:
                    while not self._stopping.is_set():
                        work(connection, drawn)
            except (OSError, http.client.HTTPException):
                # Killed, or being started anew: what it was asked may have happened.
                self.known.unanswered += 1
                time.sleep(0.02)
            except AssertionError as error:
                self._faults.append(str(error))
                return

    # --- what they do -------------------------------------------------------------------------

    def _sign_in_and_out(self, worker: Pinned, drawn: Random) -> None:
        asked = {"identifier": self._person.username, "password": self._person.password}
        token = _expect(worker.send_json("POST", "/v1/sessions", asked), 201).json["token"]
        self.known.sessions.add(token)
        if drawn.random() < 0.5:
            self.known.sessions.discard(token)  # in doubt until it is answered
            own = {"authorization": f"Bearer {token}"}
            _expect(worker.ask("DELETE", "/v1/sessions/current", own), 204)
            self.known.ended.add(token)

    def _new_photo(self) -> bytes:
        """Never the same twice: what follows a JPEG's end is kept, and looked at by nobody."""
        with self._lock:
            self._made += 1
            content = _SMALL + f"{self._number} {self._made}".encode()
            self.known.sent.add(hashlib.sha256(content).hexdigest())
        return content

    def _add(self, worker: Pinned, drawn: Random) -> None:
        contents = [self._new_photo() for _ in range(drawn.choice((1, 1, 3)))]
        body = multipart([("file", content, "boat.jpg") for content in contents])
        kind = {"content-type": "multipart/form-data; boundary=XX"}
        got = _expect(worker.ask("POST", "/v1/photos", self._token | kind, body), 201)
        for item, content in zip(got.json["items"], contents, strict=True):
            self.known.photos[item["id"]] = content

    def _add_in_parts(self, worker: Pinned, drawn: Random) -> None:
        """As LibrePhotos' clients do."""
        content = self._new_photo()
        shown = {"authorization": f"Bearer {self._access(worker)}"}
        upload_id = ""
        for start in range(0, len(content), _PIECE):
            part = content[start : start + _PIECE]
            headers = {
                "content-type": "multipart/form-data; boundary=XX",
                "content-range": f"bytes {start}-{start + len(part) - 1}/{len(content)}",
            }
            body = multipart([("upload_id", upload_id.encode(), None), ("file", part, "blob")])
            got = _expect(worker.ask("POST", "/api/upload/", shown | headers, body))
            upload_id = got.json["upload_id"]
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        done = {"upload_id": upload_id, "md5": md5, "filename": "sea.jpg"}
        _expect(worker.send_json("POST", "/api/upload/complete/", done, shown))
        self.known.hashes[md5] = content

    def _access(self, worker: Pinned) -> str:
        asked = {"username": self._person.username, "password": self._person.password}
        got = _expect(worker.send_json("POST", "/api/auth/token/obtain/", asked))
        return str(got.json["access"])

    def _delete(self, worker: Pinned, drawn: Random) -> None:
        if len(self.known.photos) < 5:
            time.sleep(0.005)
            return
        photo = drawn.choice(list(self.known.photos))
        self.known.photos.pop(photo)  # in doubt until it is answered
        _expect(worker.ask("DELETE", f"/v1/photos/{photo}", self._token), 204)
        self.known.deleted.add(photo)

    def _rotate(self, worker: Pinned, drawn: Random) -> None:
        """A use that was not answered is repeated, and gives the same successor."""
        body = json.dumps({"refresh": self.known.refresh}).encode()
        self.known.refresh = _expect(worker.ask("POST", _REFRESH, _JSON, body)).json["refresh"]


def _expect(got: Got, status: int = 200) -> Got:
    require(got.status == status, f"{status} was due, and it is {got.status} {got.body!r:.200}")
    return got
