"""`safelight admin organization` and `safelight admin application`."""

import re
import sqlite3

import pytest
from tests.cli.command import Command, is_one_line


def roles(cli: Command) -> list[tuple[str, str]]:
    with sqlite3.connect(cli.data / "safelight.db") as connection:
        found = connection.execute(
            "SELECT organization.name, membership.role FROM membership"
            " JOIN organization ON organization.id = membership.organization_id"
        )
        return list(found)


def test_an_organization_is_added_and_printed_as_json(cli: Command) -> None:
    added = cli.admin("organization", "add", "Harbour Studio", "--json").json
    assert re.fullmatch(r"O0000[A-Za-z0-9._]{11}", added.pop("id"))
    assert added == {"name": "Harbour Studio"}


def test_organizations_are_listed(cli: Command) -> None:
    added = [
        cli.admin("organization", "add", name, "--json").json
        for name in ("Harbour Studio", "North Agency")
    ]
    assert cli.admin("organization", "list", "--json").json == added
    printed = cli.admin("organization", "list").out
    assert all(each["id"] in printed and each["name"] in printed for each in added)


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "two\nlines"])
def test_what_cannot_be_a_name_is_refused(cli: Command, name: str) -> None:
    outcome = cli.admin("organization", "add", name)
    assert outcome.code == 1
    assert outcome.err == "safelight: name: Use 1 to 100 printable characters.\n"


def test_an_account_joins_as_a_member_by_name_or_id(cli: Command) -> None:
    cli.add_account("ada")
    harbour = cli.admin("organization", "add", "Harbour Studio", "--json").json
    cli.admin("organization", "add", "North Agency")
    by_id = cli.admin("organization", "join", harbour["id"], "ada")
    by_name = cli.admin("organization", "join", "North Agency", "ada@example.com")
    assert by_id.out == "ada is member of Harbour Studio.\n"
    assert by_name.out == "ada@example.com is member of North Agency.\n"
    assert roles(cli) == [("Harbour Studio", "member"), ("North Agency", "member")]


def test_what_was_joined_is_printed_as_json(cli: Command) -> None:
    cli.add_account("ada")
    harbour = cli.admin("organization", "add", "Harbour Studio", "--json").json
    assert cli.admin("organization", "join", harbour["name"], "ada", "--json").json == harbour


def test_whoever_joins_again_has_the_new_role(cli: Command) -> None:
    cli.add_account("ada")
    cli.admin("organization", "add", "Harbour Studio")
    for role in ("manager", "owner"):
        cli.admin("organization", "join", "Harbour Studio", "ada", "--role", role)
    assert roles(cli) == [("Harbour Studio", "owner")]


def test_a_role_that_does_not_exist_is_refused(cli: Command) -> None:
    outcome = cli.admin("organization", "join", "Harbour Studio", "ada", "--role", "king")
    assert outcome.code == 2
    assert is_one_line(outcome.err)
    assert all(role in outcome.err for role in ("member", "manager", "owner"))


def test_a_name_that_two_have_names_neither(cli: Command) -> None:
    cli.add_account("ada")
    for _ in range(2):
        cli.admin("organization", "add", "Harbour Studio")
    outcome = cli.admin("organization", "join", "Harbour Studio", "ada")
    assert (outcome.code, outcome.err) == (
        1,
        "safelight: Several organizations are called Harbour Studio: name one by its id.\n",
    )
    assert roles(cli) == []


def test_an_organization_that_is_not_there_is_refused(cli: Command) -> None:
    cli.add_account("ada")
    outcome = cli.admin("organization", "join", "Nowhere", "ada")
    assert (outcome.code, outcome.err) == (1, "safelight: There is no organization Nowhere.\n")


def test_an_application_is_added_with_a_key_that_is_shown_once(cli: Command) -> None:
    added = cli.admin("application", "add", "Lightroom plug-in", "--json").json
    assert set(added) == {"id", "name", "api_key"}
    assert re.fullmatch(r"[A-Za-z0-9._]{11}", added["api_key"])
    listed = cli.admin("application", "list", "--json").json
    assert listed == [{"id": added["id"], "name": "Lightroom plug-in", "api_key": None}]
    assert added["api_key"].encode() not in (cli.data / "safelight.db").read_bytes()


def test_an_application_is_printed_for_people(cli: Command) -> None:
    printed = cli.admin("application", "add", "Lightroom plug-in").out.splitlines()
    assert re.fullmatch(r"Added Lightroom plug-in, A0000.{11}\.", printed[0])
    assert re.fullmatch(r"Its API key, shown this once: [A-Za-z0-9._]{11}", printed[1])
    row = cli.admin("application", "list").out.splitlines()[1]
    assert row.startswith("Lightroom plug-in")
    assert row.endswith("never")


def test_an_application_is_removed_when_that_was_meant(cli: Command) -> None:
    added = cli.admin("application", "add", "Lightroom plug-in", "--json").json["id"]
    asked = cli.admin("application", "remove", added)
    assert asked.code == 1
    assert len(cli.admin("application", "list", "--json").json) == 1
    assert cli.admin("application", "remove", added, "--yes").out == f"Removed {added}.\n"
    assert cli.admin("application", "list", "--json").json == []


def test_an_application_that_is_not_there_is_not_removed(cli: Command) -> None:
    cli.add_account("ada")
    outcome = cli.admin("application", "remove", "A0000nothing", "--yes")
    assert (outcome.code, outcome.err) == (1, "safelight: There is no application A0000nothing.\n")
