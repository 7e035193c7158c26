"""What a log line looks like, and what never stands in one."""

import io
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from safelight.authentication.audit import Event, What
from safelight.errors import Conflict
from safelight.identity.ids import AccountId
from safelight.server.logs import REQUEST, configure_logging
from safelight.stores.sql.database import Connection, Database
from safelight.stores.sql.journal import SqlJournal, write_event
from safelight.stores.sql.migrate import migrate

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
log = logging.getLogger("safelight")


class Printed:
    """What the loggers of this process have printed since the test began."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def printed() -> Iterator[Printed]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    printed = Printed()
    configure_logging("debug", printed.stream)
    yield printed
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)


@pytest_asyncio.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    migrate(tmp_path / "safelight.db", now=NOW)
    database = Database(tmp_path / "safelight.db")
    yield database
    database.close()


def test_a_line_says_when_how_bad_and_what(printed: Printed) -> None:
    log.warning("disk_filling", extra={"free_bytes": 1024})
    line = printed.lines[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line.pop("at"))
    assert line == {
        "level": "warning", "event": "disk_filling", "logger": "safelight", "free_bytes": 1024
    }  # fmt: skip


def test_a_line_names_the_request_that_is_being_answered(printed: Printed) -> None:
    token = REQUEST.set("a1b2-3")
    log.info("answered")
    REQUEST.reset(token)
    log.info("started")
    assert [line.get("request") for line in printed.lines] == ["a1b2-3", None]


def test_a_detail_cannot_pass_for_a_fixed_field(printed: Printed) -> None:
    log.info("signed_in", extra={"account": "one", "detail": {"account": "two", "reason": "x"}})
    assert printed.lines[0]["account"] == "one"
    assert printed.lines[0]["reason"] == "x"


def test_an_exception_stays_on_its_line(printed: Printed) -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        log.exception("request_failed")
    assert len(printed.lines) == 1
    assert printed.lines[0]["exception"].endswith("ValueError: first\nsecond")


@pytest.mark.parametrize(
    "text",
    [
        "sl_pat_0123456789abcdef0123456789abcdef01234567",
        "sl_setup_0123456789abcdef0123456789abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Basic YWRhOmh1bnRlcjI=",
        "bearer 0123456789",
    ],
)
def test_what_looks_like_a_secret_is_not_printed(printed: Printed, text: str) -> None:
    log.info("odd", extra={"note": f"before {text} after"})
    log.info("worse %s", text)
    assert printed.lines[0]["note"] == "before … after"
    assert printed.lines[1]["event"] == "worse …"


def test_a_secret_in_an_address_is_not_printed(printed: Printed) -> None:
    log.info("odd", extra={"note": "/x?auth_token=abc&api_key=def&password=ghi&n=1"})
    assert printed.lines[0]["note"] == "/x?auth_token=…&api_key=…&password=…&n=1"


def test_a_field_named_for_a_secret_is_not_printed(printed: Printed) -> None:
    log.info("odd", extra={"password": "hunter2", "Cookie": "a=b", "token": "T0001"})
    line = printed.lines[0]
    assert (line["password"], line["Cookie"], line["token"]) == ("…", "…", "T0001")


def test_text_that_is_not_unicode_is_printed_as_escapes(printed: Printed) -> None:
    log.info("odd", extra={"path": "/\udcff"})
    assert printed.lines[0]["path"] == "/\\udcff"


def test_the_least_level_is_a_setting() -> None:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure_logging("error", stream)
    other = logging.getLogger("elsewhere")  # ours is heard at every level in tests
    other.warning("quiet")
    other.error("loud")
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    assert json.loads(stream.getvalue())["event"] == "loud"


async def test_an_event_is_a_row_and_a_line_that_names_its_request(
    printed: Printed, database: Database
) -> None:
    event = Event(
        what=What.SIGN_IN_REFUSED,
        at=NOW,
        account_id=AccountId("A1"),
        realm="studio",
        address="192.0.2.1",
        detail={"reason": "wrong_password"},
    )
    token = REQUEST.set("a1b2-3")
    await SqlJournal(database).record(event)
    REQUEST.reset(token)
    line = next(line for line in printed.lines if line["logger"] == "safelight.audit")
    del line["at"]
    assert line == {
        "level": "warning",
        "event": "sign_in_refused",
        "request": "a1b2-3",
        "logger": "safelight.audit",
        "account": "A1",
        "realm": "studio",
        "address": "192.0.2.1",
        "reason": "wrong_password",
    }
    assert database.raw.execute("SELECT count(*) FROM audit").fetchone() == (1,)


async def test_an_event_whose_change_is_undone_leaves_no_line(
    printed: Printed, database: Database
) -> None:
    def job(connection: Connection) -> None:
        write_event(connection, Event(what=What.ACCOUNT_ADDED, at=NOW))
        raise Conflict

    with pytest.raises(Conflict):
        await database.write(job)
    assert [line for line in printed.lines if line["logger"] == "safelight.audit"] == []
    assert database.raw.execute("SELECT count(*) FROM audit").fetchone() == (0,)
