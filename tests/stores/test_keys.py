"""The server's keys in a file."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.stores.records import NOW

from safelight.clock import system_entropy
from safelight.errors import ConfigurationError, Unavailable
from safelight.stores.keys import FileKeys

OPEN_KEYS = """
import sys
from pathlib import Path
from safelight.clock import SystemClock, system_entropy
from safelight.stores.keys import FileKeys
keys = FileKeys(Path(sys.argv[1]), system_entropy, SystemClock())
sys.stdout.write(keys.keys()[0].id)
"""


class StoppedClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def keys(folder: Path) -> FileKeys:
    return open_keys(folder)


def open_keys(folder: Path) -> FileKeys:
    return FileKeys(folder, system_entropy, StoppedClock())


def test_a_first_key_is_made_and_kept(folder: Path) -> None:
    (first,) = open_keys(folder).keys()

    assert len(first.secret) == 32
    assert first.created_at == NOW
    assert open_keys(folder).keys() == (first,)


def test_only_the_owner_can_reach_the_keys(keys: FileKeys, folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.iterdir()] == ["keys.json"]


def test_keys_that_others_can_reach_are_refused(keys: FileKeys, folder: Path) -> None:
    (folder / "keys.json").chmod(0o640)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        open_keys(folder)


def test_workers_that_start_at_once_share_one_key(folder: Path) -> None:
    programs = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN_KEYS, str(folder)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]

    ids = {program.communicate()[0] for program in programs}

    assert ids == {open_keys(folder).keys()[0].id}


def test_a_rotation_puts_a_new_key_first(keys: FileKeys, folder: Path) -> None:
    (old,) = keys.keys()
    later = NOW + timedelta(days=30)

    keys.rotate(later, drop_old=False)

    new, kept = open_keys(folder).keys()
    assert kept == old
    assert new.created_at == later
    assert new.id != old.id
    assert new.secret != old.secret
    assert stat.S_IMODE((folder / "keys.json").stat().st_mode) == 0o600


def test_a_rotation_can_drop_the_old_keys(keys: FileKeys) -> None:
    (old,) = keys.keys()
    keys.rotate(NOW, drop_old=False)

    keys.rotate(NOW, drop_old=True)

    (only,) = keys.keys()
    assert only.id != old.id


def test_the_version_differs_after_a_rotation_and_only_then(folder: Path) -> None:
    here, there = open_keys(folder), open_keys(folder)
    before = here.version()
    assert here.version() == before

    there.rotate(NOW, drop_old=False)

    assert here.version() != before
    assert here.version() == there.version()
    assert len(here.keys()) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"keys": []}',
        b'{"keys": [{"id": "a", "secret": "AAAA", "created_at": "2026-03-01T12:00:00Z"}]}',
        b'{"keys": [{"id": "a", "secret": "!", "created_at": "2026-03-01T12:00:00Z"}]}',
    ],
)
def test_a_damaged_file_is_refused_with_what_to_do(
    keys: FileKeys, folder: Path, content: bytes
) -> None:
    (folder / "keys.json").write_bytes(content)

    with pytest.raises(ConfigurationError, match="Put back a copy"):
        open_keys(folder)
    with pytest.raises(ConfigurationError, match="damaged"):
        keys.rotate(NOW, drop_old=False)


def test_keys_that_vanish_are_not_made_anew(keys: FileKeys, folder: Path) -> None:
    (folder / "keys.json").unlink()

    with pytest.raises(Unavailable):
        keys.version()
    with pytest.raises(Unavailable):
        keys.keys()


def test_no_secret_shows(keys: FileKeys, folder: Path) -> None:
    (key,) = keys.keys()
    (folder / "keys.json").write_text(
        json.dumps({"keys": [{"secret": base64.b64encode(key.secret).decode()}]})
    )

    with pytest.raises(ConfigurationError) as caught:
        keys.keys()

    shown = repr(keys) + str(caught.value)
    assert base64.b64encode(key.secret).decode() not in shown
    assert repr(key.secret) not in shown
    assert caught.value.__suppress_context__


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError):
        open_keys(tmp_path / "file" / "keys")


def test_created_at_is_read_back_in_utc(keys: FileKeys) -> None:
    assert keys.keys()[0].created_at.utcoffset() == timedelta()
    assert keys.keys()[0].created_at.astimezone(UTC) == NOW
