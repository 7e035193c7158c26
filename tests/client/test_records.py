"""Kept sign-ins as bytes, and back."""

import json
from datetime import UTC, datetime

import pytest

from safelight.client.errors import KeepingFailed
from safelight.client.grant import Grant, HeldCookie
from safelight.client.keeping import Kept, Remembered
from safelight.client.keeping.records import read_kept, write_kept
from safelight.secret import Secret

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
COOKIE = HeldCookie(
    name="c",
    value=Secret("v"),
    domain="photos.example",
    path="/",
    host_only=True,
    secure=True,
    expires_at=NOW,
)
KEPT = Kept(
    id="0123",
    generation=7,
    epoch="e",
    grant=Grant(session_token=Secret("Token.of_Ada"), cookies=(COOKIE,), expires_at=NOW),
    renewed_at=NOW,
    process=4711,
    remembered=Remembered(password=Secret("open sesame")),
)


def test_what_was_written_is_read_again() -> None:
    assert read_kept(write_kept(KEPT), "there") == KEPT


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("grant", "session_token"), 5),
        (("grant", "access_token"), []),
        (("grant", "cookies", 0, "value"), {}),
        (("remembered", "password"), True),
        (("grant", "cookies", 0, "expires_at"), "2026-03-01T12:00:00"),
        (("grant", "expires_at"), "2026-03-01T12:00:00"),
        (("renewed_at",), "2026-03-01T12:00:00"),
        (("amended_at",), "2026-03-01T12:00:00"),
    ],
)
def test_what_has_something_of_another_kind_is_damaged(
    path: tuple[str | int, ...], value: object
) -> None:
    """A date without its zone is of another kind, too: it cannot be compared."""
    whole = json.loads(write_kept(KEPT))
    part = whole["kept"]
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(KeepingFailed, match=r"^there is damaged"):
        read_kept(json.dumps(whole).encode(), "there")
