"""`safelight admin account`."""

import re
import sqlite3

import pytest
from tests.cli.command import Command, is_one_line
from tests.house import PASSWORD


def events(cli: Command) -> list[str]:
    with sqlite3.connect(cli.data / "safelight.db") as connection:
        return [row[0] for row in connection.execute("SELECT event FROM audit ORDER BY id")]


def add(
    cli: Command, email: str, username: str, password: str | bytes = PASSWORD
) -> tuple[int, str]:
    given = password if isinstance(password, bytes) else f"{password}\n"
    outcome = cli.admin(
        "account", "add", email, "--username", username, "--password-stdin", stdin=given
    )
    return outcome.code, outcome.err


def test_an_account_is_added_and_printed_as_json(cli: Command) -> None:
    account = cli.add_account("ada", "--admin", "--first-name", "Ada", "--last-name", "Lovelace")
    assert re.fullmatch(r"U0000[A-Za-z0-9._]{11}", account.pop("id"))
    assert account == {"username": "ada", "email": "ada@example.com", "admin": True}
    assert events(cli) == ["account_added"]


def test_an_account_is_added_and_printed_for_people(cli: Command) -> None:
    outcome = cli.admin(
        "account", "add", "ada@example.com", "--username", "ada", "--password-stdin",
        stdin=f"{PASSWORD}\n",
    )  # fmt: skip
    assert outcome.code == 0
    assert re.fullmatch(r"Added ada <ada@example.com>, U0000.{11}\.\n", outcome.out)


def test_the_data_folder_of_a_first_account_is_for_its_owner_alone(cli: Command) -> None:
    cli.add_account()
    assert cli.data.stat().st_mode & 0o777 == 0o700
    assert (cli.data / "safelight.db").stat().st_mode & 0o777 == 0o600


def test_accounts_are_listed_as_json_in_the_order_they_came(cli: Command) -> None:
    first, second = cli.add_account("ada", "--admin"), cli.add_account("grace")
    assert cli.admin("account", "list", "--json").json == [first, second]


def test_accounts_are_listed_in_columns_with_their_state(cli: Command) -> None:
    cli.add_account("ada", "--admin")
    cli.add_account("grace")
    cli.admin("account", "suspend", "grace")
    heading, *lines = cli.admin("account", "list").out.splitlines()
    assert heading.split() == ["Username", "E-mail", "State", "Id"]
    assert [line.split()[:-1] for line in lines] == [
        ["ada", "ada@example.com", "active", "admin"],
        ["grace", "grace@example.com", "suspended"],
    ]


def test_a_list_without_accounts_says_so(cli: Command) -> None:
    cli.admin("organization", "add", "Harbour Studio")
    assert cli.admin("account", "list").out == "There are no accounts.\n"
    assert cli.admin("account", "list", "--json").json == []


@pytest.mark.parametrize(
    ("email", "username", "password", "says"),
    [
        ("ada@example.com", "ada", "short", "password: Use at least 15 characters."),
        ("ada@example.com", "ada", "", "password: Use at least 15 characters."),
        ("ada@example.com", "ada", "x" * 1025, "password: Use at most 1024 bytes of UTF-8."),
        ("ada@example.com", "ada", b"\xff" * 20 + b"\n", "The password is not valid UTF-8."),
        ("ada", "ada", PASSWORD, "email: This is not an e-mail address."),
        ("ada@example.com", "ada lovelace", PASSWORD, "username: Use 1 to 64 letters"),
    ],
)
def test_what_cannot_be_an_account_is_refused_in_one_line(
    cli: Command, email: str, username: str, password: str | bytes, says: str
) -> None:
    cli.admin("organization", "add", "Harbour Studio")
    code, printed = add(cli, email, username, password)
    assert code == 1
    assert is_one_line(printed)
    assert says in printed
    assert cli.admin("account", "list", "--json").json == []


@pytest.mark.parametrize("option", [(), ("--password-stdin",)])
@pytest.mark.parametrize("verb", ["add", "set-password"])
def test_a_password_is_not_taken_from_anywhere_else(
    cli: Command, verb: str, option: tuple[str, ...]
) -> None:
    cli.add_account("ada")
    words = ("grace@example.com", "--username", "grace") if verb == "add" else ("ada",)
    outcome = cli.admin("account", verb, *words, *option)
    assert outcome.code == 1
    assert outcome.err == (
        "safelight: The password is missing. Give it as one line of standard input.\n"
    )
    assert events(cli) == ["account_added"]


def test_without_a_terminal_the_password_is_a_line_of_standard_input(cli: Command) -> None:
    words = ("account", "add", "ada@example.com", "--username", "ada", "--json")
    assert cli.admin(*words, stdin=f"{PASSWORD}\n").json["username"] == "ada"
    outcome = cli.admin("account", "set-password", "ada", stdin="another long password\n")
    assert (outcome.code, outcome.err) == (0, "")
    assert events(cli) == ["account_added", "password_changed"]


def test_only_the_line_itself_is_the_password(cli: Command) -> None:
    code, _ = add(cli, "ada@example.com", "ada", b"fourteen chars\r\nand a second line\n")
    assert code == 1


@pytest.mark.parametrize(
    ("email", "username", "says"),
    [
        ("ADA@EXAMPLE.COM", "other", "e-mail address exists already"),
        ("other@example.com", "ADA", "username exists already"),
    ],
)
def test_what_is_taken_is_refused(cli: Command, email: str, username: str, says: str) -> None:
    cli.add_account("ada")
    code, printed = add(cli, email, username)
    assert code == 1
    assert is_one_line(printed)
    assert says in printed


@pytest.mark.parametrize("who", ["ada", "ada@example.com", "Ada@Example.com"])
def test_an_account_is_named_by_its_username_or_its_address(cli: Command, who: str) -> None:
    cli.add_account("ada")
    assert cli.admin("account", "suspend", who).out == f"Suspended {who}; its sessions are over.\n"
    assert cli.admin("account", "resume", who).out == f"Resumed {who}.\n"
    assert events(cli) == ["account_added", "account_suspended", "account_resumed"]


@pytest.mark.parametrize("verb", ["suspend", "resume", "delete", "set-password"])
def test_an_account_that_is_not_there_is_refused_in_one_line(cli: Command, verb: str) -> None:
    cli.add_account("ada")
    options = ("--password-stdin",) if verb == "set-password" else ()
    outcome = cli.admin("account", verb, "grace", *options, stdin=f"{PASSWORD}\n")
    assert (outcome.code, outcome.err) == (1, "safelight: There is no account grace.\n")


def test_an_account_is_deleted_when_that_was_meant(cli: Command) -> None:
    cli.add_account("ada")
    outcome = cli.admin("account", "delete", "ada", "--yes")
    assert (outcome.code, outcome.out) == (0, "Deleted ada.\n")
    assert cli.admin("account", "list", "--json").json == []
    assert events(cli) == ["account_added", "account_deleted"]


def test_whoever_deletes_the_last_administrator_is_told(cli: Command) -> None:
    last = "ada is the last administrator of this server.\n"
    cli.add_account("ada", "--admin")
    cli.add_account("grace", "--admin")
    cli.add_account("alan")
    assert cli.admin("account", "delete", "grace", "--yes").err == ""
    asked = cli.admin("account", "delete", "ada")
    assert asked.code == 1
    assert asked.err.startswith(f"{last}Delete ada and every photo")
    done = cli.admin("account", "delete", "ada", "--yes")
    assert (done.code, done.err) == (0, last)
    assert done.out == "Deleted ada. There is no administrator any more.\n"


def test_a_suspended_administrator_does_not_count(cli: Command) -> None:
    cli.add_account("ada", "--admin")
    cli.add_account("grace", "--admin")
    cli.admin("account", "suspend", "grace")
    assert "last administrator" in cli.admin("account", "delete", "ada", "--yes").err


def test_a_script_may_say_yes_to_what_asks_nothing(cli: Command) -> None:
    cli.add_account("ada")
    assert cli.admin("account", "suspend", "ada", "--yes").code == 0
    assert cli.admin("account", "resume", "ada", "--yes").code == 0
    assert events(cli) == ["account_added", "account_suspended", "account_resumed"]


def test_where_nobody_can_answer_nothing_is_deleted(cli: Command) -> None:
    cli.add_account("ada")
    outcome = cli.admin("account", "delete", "ada")
    assert outcome.code == 1
    assert outcome.err == (
        "Delete ada and every photo that the account holds? Say --yes to go on without being "
        "asked.\n"
    )
    assert len(cli.admin("account", "list", "--json").json) == 1


def test_a_password_is_set(cli: Command) -> None:
    cli.add_account("ada")
    outcome = cli.admin(
        "account", "set-password", "ada", "--password-stdin", stdin="another long password\n"
    )
    assert (outcome.code, outcome.out) == (0, "Set the password of ada; its sessions are over.\n")
    assert events(cli) == ["account_added", "password_changed"]


def test_a_password_that_is_too_short_is_not_set(cli: Command) -> None:
    cli.add_account("ada")
    outcome = cli.admin("account", "set-password", "ada", "--password-stdin", stdin="short\n")
    assert (outcome.code, outcome.err) == (
        1, "safelight: password: Use at least 15 characters.\n"
    )  # fmt: skip
    assert events(cli) == ["account_added"]


def test_no_password_is_printed(cli: Command) -> None:
    given = ("account", "add", "ada@example.com", "--username", "ada")
    printed = [
        cli.admin(*given, *options, stdin="canary canary canary\n")
        for options in ((), ("--password-stdin",), ("--password-stdin",))
    ]
    assert [outcome.code for outcome in printed] == [0, 1, 1]
    assert all("canary" not in outcome.out + outcome.err for outcome in printed)


@pytest.mark.parametrize("verb", ["list", "suspend"])
def test_a_folder_that_is_not_there_is_not_made(cli: Command, verb: str) -> None:
    outcome = cli.admin("account", verb, *(("ada",) if verb == "suspend" else ()))
    assert (outcome.code, outcome.err) == (2, f"safelight: There is no data folder {cli.data}.\n")
    assert not cli.data.exists()


def test_a_folder_that_others_can_write_to_is_refused(cli: Command) -> None:
    cli.add_account("ada")
    cli.data.chmod(0o770)
    outcome = cli.admin("account", "list")
    assert outcome.code == 2
    assert outcome.err == (
        f"safelight: Others can write to the data folder: chmod 700 {cli.data}\n"
    )
