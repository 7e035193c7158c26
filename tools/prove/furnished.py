"""A server in this process with something of everything in it, that can be put back as it was."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from starlette.testclient import TestClient
from tests.house import PASSWORD, House, a_house
from tests.pictures.samples import picture
from tests.protocols import librephotos, native
from tests.protocols.every_credential import (
    basic,
    librephotos_token,
    native_token,
    personal_token,
    photoshelter_cookie,
    photoshelter_header,
    pixieset_galleries,
    pixieset_studio,
    recorder_monitor_cookie,
    recorder_monitor_header,
)

from safelight.bootstrap import DATABASE
from safelight.identity.account import Account

SMALL_PICTURE = picture(width=12, height=8)

Headers = list[tuple[bytes, bytes]]

UNWATCHED_TABLES = frozenset({"audit", "attempt", "known_device", "sqlite_sequence"})
"""What a refused request may leave behind: that it was refused; and the program that a person was
seen with, since Basic signs in with each request."""

_UNWATCHED_ROWS = {"notification": "kind = 'new_device'"}

UNWATCHED_COLUMNS = frozenset({"last_seen_at", "last_used_at", "shown_again"})
"""When something was last used; and the one repetition of RM-16."""


_WORDS = (
    "ada", "ada@example.com", "grace", "zoe@example.com", PASSWORD, "1", "2", "3", "10000001",
    "100000001", "2026-03-01", "member", "owner", "photos:read", "C0000Root0000000", "large",
    "private", "public", "client",
)  # fmt: skip


class State(msgspec.Struct, frozen=True):
    """Every watched row by its table, and the size of every file but the database's."""

    rows: dict[str, list[str]]
    files: dict[str, int]


class Things(msgspec.Struct, frozen=True, kw_only=True):
    """Ids of what Ada has, on the wires that name it; `foreign` ones are another's. Numbers begin
    at 1: her first photo, her gallery and her account have it."""

    photo: str
    photo_hash: str
    open_photo: str
    open_hash: str
    trashed_hash: str
    foreign_photo: str
    foreign_hash: str
    gallery: str
    customer: str
    organization: str
    application: str
    token: str
    notification: str
    session: str
    upload: str
    link: str
    refresh: str
    key: str


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Headers
    body: bytes

    def header(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


class FurnishedHouse:
    """`credentials` are the headers of each way to be signed in, by its name; those that begin with
    `admin` are an administrator's. `words` are the ids, tokens and names of what is there."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.credentials: dict[str, Headers] = {"nobody": []}
        self.things = self._furnish()
        self.words = (*msgspec.structs.astuple(self.things), *_WORDS)
        house.settle()
        self._rows = sqlite3.connect(":memory:", check_same_thread=False)
        house.stores.database.raw.backup(self._rows)
        self._tables = _tables_of(house.stores.database.raw)
        self._version = self._version_now()
        self.initial = State(self._rows_now(), self.files())
        self._contents = {name: (house.folder / name).read_bytes() for name in self.initial.files}

    # --- asking -------------------------------------------------------------------------------

    def ask(self, method: str, path: bytes, query: bytes, headers: Headers, body: bytes) -> Answer:
        """As an ASGI server would hand it over: `path` percent-encoded as it was sent."""
        return self.house.call(self._ask, self.scope(method, path, query, headers), body)

    def scope(self, method: str, path: bytes, query: bytes, headers: Headers) -> dict[str, Any]:
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path.decode("utf-8", "replace"),
            "raw_path": path,
            "query_string": query,
            "headers": headers,
            "client": ("127.0.0.1", 50000),
            "server": ("127.0.0.1", 8000),
        }

    async def _ask(self, scope: dict[str, Any], body: bytes) -> Answer:
        half = len(body) // 2
        messages = iter(
            (
                {"type": "http.request", "body": body[:half], "more_body": True},
                {"type": "http.request", "body": body[half:], "more_body": False},
            )
        )
        sent: list[Any] = []

        async def receive() -> Any:
            return next(messages, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            sent.append(message)

        await self.house.app(scope, receive, send)
        start = sent[0]
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return Answer(start["status"], list(start["headers"]), content)

    # --- what there is ------------------------------------------------------------------------

    def changed_rows(self) -> dict[str, tuple[list[str], list[str]]]:
        """The tables that are not as they were, before and now; but for `UNWATCHED_TABLES` and
        `UNWATCHED_COLUMNS`."""
        rows = self._rows_now()
        return {
            table: (self.initial.rows[table], now)
            for table, now in rows.items()
            if now != self.initial.rows[table]
        }

    def _rows_now(self) -> dict[str, list[str]]:
        raw = self.house.stores.database.raw
        return {table: sorted(map(repr, raw.execute(question))) for table, question in self._tables}

    def files(self) -> dict[str, int]:
        """Every file but the database's, with its size."""
        folder = self.house.folder
        return {
            str(path.relative_to(folder)): path.stat().st_size
            for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith(DATABASE)
        }

    def has_committed(self) -> bool:
        """Whether anything was written to the database since the last time that it was put back."""
        return self._version_now() != self._version

    def _version_now(self) -> int:
        """SQLite's own count of what other connections than this one have committed."""
        row = self.house.stores.database.raw.execute("PRAGMA data_version").fetchone()
        return int(row[0])

    def put_back(self) -> None:
        """Make everything as it was when it was furnished."""
        self.house.settle()
        database = self.house.stores.database
        with closing(sqlite3.connect(database.path)) as target:
            target.execute("PRAGMA synchronous = OFF")
            self._rows.backup(target)
        with database.generation.committing():
            pass
        self._version = self._version_now()
        files = self.files()
        for name in files.keys() - self.initial.files.keys():
            (self.house.folder / name).unlink()
        for name, size in self.initial.files.items():
            if files.get(name) != size:
                place = self.house.folder / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self._contents[name])

    # --- furnishing ---------------------------------------------------------------------------

    def _furnish(self) -> Things:
        house = self.house
        ada, grace = house.add_account("ada"), house.add_account("grace", admin=True)
        key = house.add_application()
        for prefix, account in (("", ada), ("admin ", grace)):
            self._add_credentials(prefix, account, key)
        visitor = native.Visitor(house, ada)
        photo = visitor.add_photo(content=SMALL_PICTURE)
        shown = visitor.add_photo("open.jpg", picture(width=16, height=8), visibility="public")
        other = native.Visitor(house, house.add_account("zoe"))
        foreign = other.add_photo(content=picture(width=20, height=8))
        gallery = visitor.add_gallery(photo_ids=[photo["id"]], visibility="public")
        trashed = visitor.add_photo("old.jpg", picture(width=24, height=8))
        visitor.client.patch(f"/v1/photos/{trashed['id']}", json={"trashed": True})
        user = librephotos.User(house, ada)
        downloaded = house.client(headers=_strings(self.credentials["galleries"])).get(
            f"/galleries/api/v1/photos/{photo['wire_ids']['pixieset']}/download"
        )
        token = {"name": "script", "scopes": ["photos:read"], "expires_in_seconds": None}
        begun = user.send_chunk(SMALL_PICTURE, 0).json()["upload_id"]
        house.settle()
        return Things(
            photo=photo["id"],
            photo_hash=photo["wire_ids"]["librephotos"],
            open_photo=shown["id"],
            open_hash=shown["wire_ids"]["librephotos"],
            trashed_hash=trashed["wire_ids"]["librephotos"],
            foreign_photo=foreign["id"],
            foreign_hash=foreign["wire_ids"]["librephotos"],
            gallery=gallery["id"],
            customer=visitor.post("/v1/customers", {"first_name": "Grace"})["id"],
            organization=visitor.post("/v1/organizations", {"name": "Studio"})["id"],
            application=visitor.post("/v1/applications", {"name": "Plug-in"})["id"],
            token=visitor.post("/v1/tokens", token)["id"],
            notification=visitor.get("/v1/notifications")["items"][0]["id"],
            session=visitor.session_id,
            upload=begun,
            link=downloaded.headers["location"].rpartition("/")[2],
            refresh=user.refresh,
            key=key,
        )

    def _add_credentials(self, prefix: str, account: Account, key: str) -> None:
        house = self.house
        api_key = [(b"x-ps-api-key", key.encode())]
        for name, make in (
            ("studio", pixieset_studio),
            ("galleries", pixieset_galleries),
            ("photoshelter cookie", photoshelter_cookie),
            ("photoshelter", photoshelter_header),
            ("librephotos", librephotos_token),
            ("basic", basic),
            ("recorder_monitor", recorder_monitor_header),
            ("recorder_monitor cookie", recorder_monitor_cookie),
            ("native", native_token),
            ("personal", personal_token),
        ):
            headers = headers_of(make(house, account))
            self.credentials[prefix + name] = headers + (api_key if "photoshelter" in name else [])
        user = librephotos.User(house, account)
        self.credentials[f"{prefix}media"] = headers_of(user.client)
        self.credentials["photoshelter key"] = api_key
        client = house.client()
        form = {"identifier": account.username, "password": PASSWORD}
        assert client.post("/login", data=form).status_code == 303
        self.credentials[f"{prefix}web"] = headers_of(client)


@contextmanager
def furnished_house(**settings: str) -> Iterator[FurnishedHouse]:
    """Its folder lies in memory where there is such a place: it is put back thousands of times."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
    place = memory if os.access(memory, os.W_OK) else None
    with (
        tempfile.TemporaryDirectory(prefix="safelight-prove-", dir=place) as folder,
        a_house(Path(folder) / "data", **settings) as house,
    ):
        yield FurnishedHouse(house)


def headers_of(client: TestClient) -> Headers:
    """What a client sends with each request to be who it is."""
    names = ("authorization", "x-csrf-token", "x-ps-auth-token", "x-ps-api-key", "jsession")
    found = [
        (name.encode(), client.headers[name].encode()) for name in names if name in client.headers
    ]
    if client.cookies:
        line = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        found.append((b"cookie", line.encode()))
    return found


def _strings(headers: Headers) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}


def _tables_of(raw: sqlite3.Connection) -> Sequence[tuple[str, str]]:
    """Each watched table, and the question for what is watched of it."""
    found: list[tuple[str, str]] = []
    for (table,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        columns = [row[1] for row in raw.execute(f"PRAGMA table_info({table})")]
        watched = [name for name in columns if name not in UNWATCHED_COLUMNS]
        if table not in UNWATCHED_TABLES:
            unwatched = _UNWATCHED_ROWS.get(table, "false")
            found.append(
                (table, f"SELECT {', '.join(watched)} FROM {table} WHERE NOT ({unwatched})")  # noqa: S608  # names of our own schema
            )
    return found
