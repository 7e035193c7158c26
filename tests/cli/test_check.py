"""`safelight admin check`."""

import sqlite3
import time

from tests.cli.command import Command, is_one_line


def findings(cli: Command) -> dict[str, bool]:
    outcome = cli.admin("check", "--json")
    report = outcome.json
    assert outcome.code == (0 if report["ok"] else 1)
    return {each["name"]: each["ok"] for each in report["checks"]}


def detail(cli: Command, name: str) -> str:
    checks = cli.admin("check", "--json").json["checks"]
    return next(str(each["detail"]) for each in checks if each["name"] == name)


SOUND = dict.fromkeys(("settings", "folder", "keys", "database", "photos", "clock", "disk"), True)


def test_a_new_installation_is_sound(cli: Command) -> None:
    cli.add_account()
    assert findings(cli) == SOUND


def test_a_finding_is_one_line_for_people(cli: Command) -> None:
    cli.add_account()
    outcome = cli.admin("check")
    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert [line.split()[:2] for line in lines] == [["ok", name] for name in SOUND]
    assert lines[3] == "ok   database  whole and up to date, 1 account"


def test_what_others_can_read_is_named_with_its_remedy(cli: Command) -> None:
    cli.add_account()
    database = cli.data / "safelight.db"
    database.chmod(0o644)
    assert findings(cli) == {**SOUND, "folder": False}
    assert f"BAD  folder    others can use {database}: chmod 600 {database}\n" in (
        cli.admin("check").out
    )


def test_settings_that_cannot_be_used_are_found(cli: Command) -> None:
    cli.add_account()
    (cli.data / "safelight.toml").write_text("[server]\nprot = 1\n")
    assert findings(cli)["settings"] is False
    assert detail(cli, "settings") == "There is no setting server.prot."


def test_plain_http_for_everybody_is_found(cli: Command) -> None:
    cli.add_account()
    (cli.data / "safelight.toml").write_text("[server]\nallow_plain_http = true\n")
    assert findings(cli) == {**SOUND, "settings": False}


def test_a_damaged_database_is_found(cli: Command) -> None:
    cli.add_account()
    cli.admin("organization", "add", "Harbour Studio")
    path = cli.data / "safelight.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("INSERT INTO membership VALUES ('gone', 'gone', 'member')")
    assert findings(cli)["database"] is False
    assert "membership" in detail(cli, "database")


def test_keys_that_are_gone_are_found_and_not_made_anew(cli: Command) -> None:
    cli.add_account()
    (cli.data / "keys" / "keys.json").unlink()
    unseen = {"keys": False, "database": False, "photos": False, "clock": False}
    assert findings(cli) == SOUND | unseen
    assert detail(cli, "keys").startswith("they are gone: put back a copy.")
    assert not (cli.data / "keys" / "keys.json").exists()


def test_no_command_makes_new_keys_for_a_server_that_may_be_running(cli: Command) -> None:
    cli.add_account()
    (cli.data / "keys" / "keys.json").unlink()
    for words in (("account", "list"), ("organization", "add", "Harbour Studio")):
        outcome = cli.admin(*words)
        assert (outcome.code, is_one_line(outcome.err)) == (2, True)
        assert "are gone: put back a copy." in outcome.err
    assert not (cli.data / "keys" / "keys.json").exists()


def test_a_clock_that_was_set_back_is_found(cli: Command) -> None:
    cli.add_account()
    ahead = int((time.time() + 3600) * 1_000_000)
    with sqlite3.connect(cli.data / "safelight.db") as connection:
        connection.execute("UPDATE audit SET at = ?", (ahead,))
    assert findings(cli) == {**SOUND, "clock": False}


def test_a_folder_that_is_not_there_is_found_and_not_made(cli: Command) -> None:
    assert findings(cli) == {
        "settings": True, "folder": False, "keys": True, "database": False, "photos": True,
        "clock": True, "disk": True,
    }  # fmt: skip
    assert not cli.data.exists()
