"""Databases that are made, brought up to date, and refused."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from tests.stores.records import NOW

from safelight.errors import ConfigurationError
from safelight.stores.sql.migrate import MIGRATIONS, migrate
from safelight.stores.sql.tables import metadata

SECOND_STEP = '''
"""A later step, for this test."""

from alembic import op

revision = "0002"
down_revision = "{before}"


def upgrade() -> None:
    op.execute("CREATE TABLE later (id INTEGER)")
    {then}
'''

MIGRATE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from safelight.stores.sql.migrate import migrate
migrate(Path(sys.argv[1]), now=datetime.now(UTC))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "100% data" / "safelight.db"


def migrations_with_another(tmp_path: Path, then: str = "") -> Path:
    """A copy of the steps, and one more after the newest."""
    copied = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copied, ignore=shutil.ignore_patterns("__pycache__"))
    newest = max(each.name for each in (copied / "versions").glob("m*.py"))[1:5]
    step = SECOND_STEP.format(before=newest, then=then)
    (copied / "versions" / "m9999_later.py").write_text(step.replace("0002", "9999"))
    return copied


def schema_of(path: Path) -> dict[str, set[str]]:
    """By the name of each table and index: the lines of what made it, whatever their order."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        return {
            name: {line.strip().rstrip(",") for line in sql.splitlines()}
            for name, sql in rows
            if name != "alembic_version"
        }


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert isinstance(revision, str)
    return revision


def test_a_new_database_is_for_its_owner_only(path: Path) -> None:
    assert migrate(path, now=NOW) is None

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_steps_make_exactly_the_tables_that_the_program_knows(
    path: Path, tmp_path: Path
) -> None:
    migrate(path, now=NOW)
    made_at_once = tmp_path / "at_once.db"
    metadata.create_all(create_engine(f"sqlite:///{made_at_once}"))

    assert schema_of(path) == schema_of(made_at_once)
    with create_engine(f"sqlite:///{path}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_tables_have_the_form_that_the_program_counts_on(path: Path) -> None:
    migrate(path, now=NOW)

    schema = schema_of(path)

    assert "WITHOUT ROWID" in schema["session"]
    assert "WITHOUT ROWID" in schema["personal_token"]
    assert any("AUTOINCREMENT" in line for line in schema["photo"])
    assert (
        "CONSTRAINT ck_account_state CHECK (state IN ('active', 'suspended'))"
        in (schema["account"])
    )
    assert {"ix_session_account_id", "ix_attempt_subject_at", "ix_photo_md5"} <= schema.keys()


def test_a_database_that_is_up_to_date_is_left_alone(path: Path) -> None:
    migrate(path, now=NOW)
    before = path.read_bytes()

    assert migrate(path, now=NOW) is None

    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["safelight.db"]


def test_an_older_database_is_kept_beside_the_new_one(path: Path, tmp_path: Path) -> None:
    migrate(path, now=NOW)
    old = revision_of(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO setup_token VALUES (x'01', 5)")
        connection.commit()

    copy = migrate(path, now=NOW, migrations=migrations_with_another(tmp_path))

    assert copy == path.with_name("safelight-before-9999-20260301T120000Z.db")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert revision_of(copy) == old
    assert revision_of(path) == "9999"
    for each in (path, copy):
        with closing(sqlite3.connect(each)) as connection:
            assert connection.execute("SELECT * FROM setup_token").fetchall() == [(b"\x01", 5)]


def test_a_step_that_fails_leaves_everything_as_it_was(path: Path, tmp_path: Path) -> None:
    migrate(path, now=NOW)
    before = schema_of(path)
    broken = migrations_with_another(tmp_path, then='op.execute("INSERT INTO nowhere VALUES (1)")')

    with pytest.raises(ConfigurationError, match="nowhere"):
        migrate(path, now=NOW, migrations=broken)

    assert schema_of(path) == before
    assert revision_of(path) != "9999"


def test_a_newer_database_is_refused(path: Path, tmp_path: Path) -> None:
    migrate(path, now=NOW, migrations=migrations_with_another(tmp_path))

    with pytest.raises(ConfigurationError, match="newer Safelight") as caught:
        migrate(path, now=NOW)

    assert str(path) in caught.value.message
    assert revision_of(path) == "9999"


def test_what_is_no_database_of_ours_is_refused(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipe (id INTEGER)")
    with pytest.raises(ConfigurationError, match="another program"):
        migrate(path, now=NOW)

    path.write_text("This is a letter." * 100)
    with pytest.raises(ConfigurationError, match="not a database"):
        migrate(path, now=NOW)


def test_workers_that_start_at_once_make_one_database(path: Path) -> None:
    programs = [
        subprocess.Popen([sys.executable, "-c", MIGRATE, str(path)], stderr=subprocess.PIPE)
        for _ in range(4)
    ]

    outcomes = [(program.communicate()[1], program.returncode) for program in programs]

    assert outcomes == [(b"", 0)] * 4
    assert revision_of(path) != ""


def test_making_a_database_says_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        migrate(path, now=NOW)

    assert caplog.records == []
