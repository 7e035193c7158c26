"""`safelight admin keys rotate`."""

import json
import os

from tests.cli.command import Command


def kept(cli: Command) -> list[str]:
    """The ids of the keys, newest first."""
    return [key["id"] for key in json.loads((cli.data / "keys" / "keys.json").read_text())["keys"]]


def test_a_rotation_keeps_the_old_key_behind_the_new_one(cli: Command) -> None:
    cli.add_account()
    before = kept(cli)
    assert cli.admin("keys", "rotate").out == "Made a new key.\n"
    after = kept(cli)
    assert len(after) == 2
    assert after[1:] == before


def test_old_keys_are_dropped_when_that_was_meant(cli: Command) -> None:
    cli.add_account()
    before = kept(cli)
    asked = cli.admin("keys", "rotate", "--drop-old")
    assert (asked.code, kept(cli)) == (1, before)
    done = cli.admin("keys", "rotate", "--drop-old", "--yes")
    assert (done.code, done.out) == (0, "Made a new key. The old ones are gone.\n")
    assert len(kept(cli)) == 1
    assert kept(cli) != before


def test_the_keys_stay_for_their_owner_alone(cli: Command) -> None:
    cli.add_account()
    cli.admin("keys", "rotate")
    assert (cli.data / "keys" / "keys.json").stat().st_mode & 0o777 == 0o600


def test_no_key_is_printed(cli: Command) -> None:
    cli.add_account()
    outcome = cli.admin("keys", "rotate")
    text = (cli.data / "keys" / "keys.json").read_text()
    assert all(key["secret"] not in outcome.out + outcome.err for key in json.loads(text)["keys"])


def test_what_root_makes_belongs_to_the_owner_of_the_data_folder(cli: Command) -> None:
    cli.add_account()
    is_root = os.geteuid() == 0
    owner = 12_345 if is_root else os.geteuid()
    for path in (cli.data, *cli.data.rglob("*")):
        if is_root:
            os.chown(path, owner, owner)
    cli.admin("keys", "rotate")
    cli.admin("organization", "add", "Harbour Studio")
    assert {path.stat().st_uid for path in (cli.data, *cli.data.rglob("*"))} == {owner}
    assert cli.admin("check", "--json").json["ok"] is True
