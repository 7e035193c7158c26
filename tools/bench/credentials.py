"""A credential of each kind for each of many sessions: written straight into the database, as a
server would have, so that the load can pick any of them."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from safelight.authentication.access_token import TokenUse
from safelight.authentication.keys import KeyRing
from safelight.authentication.opaque_token import (
    new_header_token,
    new_personal_token,
    new_session_token,
    new_short_token,
)
from safelight.clock import SystemClock, system_entropy
from safelight.identity.account import Account, AccountState
from safelight.identity.ids import AccountId, SessionId
from safelight.secret import Secret
from safelight.stores.keys import FileKeys

_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
_SESSION = (
    "INSERT INTO session (digest, id, account_id, organization_id, application_id, realm, carrier,"
    " created_at, last_seen_at, user_agent, address, shown_again)"
    " VALUES (?, ?, ?, NULL, NULL, ?, ?, ?, ?, ?, '192.0.2.7', 0)"
)
_TOKEN = (
    "INSERT INTO personal_token (digest, id, account_id, name, scopes, created_at, expires_at,"
    " last_used_at) VALUES (?, ?, ?, 'bench', 'account:read photos:read photos:write', ?, NULL, ?)"
)


@dataclass(frozen=True)
class Kind:
    """`path` answers a small JSON body; each of `headers` is what one session's caller sends."""

    name: str
    path: str
    headers: list[dict[str, str]]


def write_credentials(data: Path, count: int, email: str, api_key: str) -> Iterator[Kind]:
    """Five kinds, `count` credentials of each, all of the one account that is there."""
    keys = KeyRing(FileKeys(data / "keys", system_entropy, SystemClock()))
    now = datetime.now(UTC)
    with closing(sqlite3.connect(data / "safelight.db", timeout=60)) as connection:
        account = _account(connection, email)

        def sessions(realm: str, carrier: str, make: Callable[[], Secret]) -> list[Secret]:
            made = [make() for _ in range(count)]
            digests = [token.digest() for token in made]
            _insert_sessions(connection, account.id, realm, carrier, digests, now)
            return made

        cookies = sessions("galleries", "cookie", lambda: new_session_token(system_entropy))
        yield Kind(
            "session cookie",
            "/galleries/api/v1/user",
            [{"cookie": _pixieset_cookies(keys, token, now)} for token in cookies],
        )
        shorts = sessions("photoshelter", "header", lambda: new_short_token(system_entropy))
        yield Kind(
            "PhotoShelter token",
            "/psapi/v3/mem/user/session",
            [{"x-ps-api-key": api_key, "x-ps-auth-token": each.reveal()} for each in shorts],
        )
        yield Kind("JWT", "/api/rqavailable/", _jwts(connection, keys, account, count, now))
        hexes = sessions("recorder_monitor", "header", lambda: new_header_token(system_entropy))
        yield Kind(
            "JSESSION token", f"/api/users/{email}", [{"JSESSION": each.reveal()} for each in hexes]
        )
        personal = [new_personal_token(system_entropy) for _ in range(count)]
        instant = _microseconds(now)
        connection.executemany(
            _TOKEN,
            (
                (each.digest(), f"tok_{secrets.token_hex(11)}", account.id, instant, instant)
                for each in personal
            ),
        )
        connection.commit()
        yield Kind(
            "personal access token",
            "/v1/account",
            [{"authorization": f"Bearer {each.reveal()}"} for each in personal],
        )


def _jwts(
    connection: sqlite3.Connection, keys: KeyRing, account: Account, count: int, now: datetime
) -> list[dict[str, str]]:
    digests = [hashlib.sha256(secrets.token_hex(16).encode()).digest() for _ in range(count)]
    ids = _insert_sessions(connection, account.id, "librephotos", "bearer", digests, now)
    access = keys.access
    return [
        {
            "authorization": "Bearer "
            + access.sign(
                account,
                use=TokenUse.ACCESS,
                session_id=SessionId(each),
                jti=secrets.token_hex(16),
                now=now,
                expires_at=now + timedelta(days=1),
            ).reveal()
        }
        for each in ids
    ]


def _pixieset_cookies(keys: KeyRing, token: Secret, now: datetime) -> str:
    csrf = quote(keys.make_csrf(token, now).reveal(), safe="")
    return f"gallery_dashboard_session={token.reveal()}; GD-XSRF-TOKEN={csrf}"


def _insert_sessions(
    connection: sqlite3.Connection,
    account_id: AccountId,
    realm: str,
    carrier: str,
    digests: list[bytes],
    now: datetime,
) -> list[str]:
    instant = _microseconds(now)
    ids = [f"ses_{secrets.token_hex(11)}" for _ in digests]
    connection.executemany(
        _SESSION,
        (
            (digest, each, account_id, realm, carrier, instant, instant, _AGENT)
            for digest, each in zip(digests, ids, strict=True)
        ),
    )
    connection.commit()
    return ids


def _account(connection: sqlite3.Connection, email: str) -> Account:
    found = connection.execute(
        "SELECT id, number, username FROM account WHERE email = ?", (email,)
    ).fetchone()
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    return Account(
        id=AccountId(found[0]),
        number=found[1],
        email=email,
        username=found[2],
        first_name="",
        last_name="",
        state=AccountState.ACTIVE,
        admin=False,
        created_at=long_ago,
        sessions_valid_from=long_ago,
    )


def _microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
