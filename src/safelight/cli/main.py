"""The entry point. Commands are loaded by name when they are called: the client's half must run
without the server's packages, and `--help` must not wait for them."""

from __future__ import annotations

import sys
from typing import NoReturn

from cyclopts import App, CycloptsError

from safelight import __version__
from safelight.cli.help import Columns
from safelight.errors import ConfigurationError, SafelightError

_ADMIN = "safelight.cli.admin"

app = App(
    name="safelight",
    help="One account behind four photo services' sign-in protocols.",
    version=__version__,
    result_action="return_value",
    help_formatter=Columns(),
    group_arguments="Arguments",
    group_parameters="Options",
)
app["--help"].show = False
app["--version"].show = False
app.command(
    "safelight.cli.serve:serve",
    help="Start the server.\n\nIt stops at SIGTERM or Ctrl-C, once the requests under way are "
    "answered. Log lines go to standard error, one line of JSON each.",
    sort_key=1,
)

admin = App(
    name="admin",
    help="Look after accounts, sessions, keys and backups.\n\n"
    "Every command works beside a running server, which heeds it at its next request.",
    sort_key=2,
)
app.command(admin)


def _add_command(group: App, place: int, function: str, name: str, help: str, more: str) -> None:
    """`help` is one sentence, for lists; `more` is told besides by the command's own help."""
    text = f"{help}\n\n{more}" if more else help
    group.command(f"{_ADMIN}.{function}", name=name, help=text, sort_key=place)


def _add_group(place: int, name: str, help: str, *verbs: tuple[str, str, str, str]) -> None:
    """Each verb with its function, in the module that is called as the group is."""
    group = App(name=name, help=help, sort_key=place)
    for order, (verb, function, text, more) in enumerate(verbs):
        _add_command(group, order, f"{name}:{function}", verb, text, more)
    admin.command(group)


_add_group(
    1,
    "account",
    "People: add, list, suspend, resume, delete, set-password.",
    (
        "add",
        "add_account",
        "Add an account.",
        (
            "Its password is one line of standard input, at least 15 characters long. At a "
            "terminal it is asked for."
        ),
    ),
    ("list", "list_accounts", "List all accounts.", ""),
    (
        "suspend",
        "suspend_account",
        "Refuse an account from now on.",
        "Its sessions and tokens end at once.",
    ),
    ("resume", "resume_account", "Let a suspended account sign in again.", ""),
    (
        "delete",
        "delete_account",
        "Delete an account with all its photos.",
        "Asks, or takes --yes.",
    ),
    (
        "set-password",
        "set_password",
        "Set a password.",
        "It is to be changed at the next sign-in on the pages. Every session of the account ends.",
    ),
)
_add_group(
    2,
    "organization",
    "Tenants that people act for: add, join, list.",
    ("add", "add_organization", "Add an organization.", ""),
    ("join", "join_organization", "Make an account a member, or change its role.", ""),
    ("list", "list_organizations", "List all organizations.", ""),
)
_add_group(
    3,
    "application",
    "Programs and their API keys: add, list, remove.",
    (
        "add",
        "add_application",
        "Add an application.",
        "Its API key is printed this once: only a digest of it is kept.",
    ),
    (
        "list",
        "list_applications",
        "List all applications.",
        "Keys are not kept, so with --json each `api_key` is null.",
    ),
    (
        "remove",
        "remove_application",
        "Remove an application and its key.",
        "Asks, or takes --yes.",
    ),
)
_add_group(
    4,
    "session",
    "Open sessions: list, end.",
    ("list", "list_sessions", "List the live sessions of an account.", ""),
    (
        "end",
        "end_sessions",
        "End one session, or all of an account.",
        (
            "All also means every token that was made from them; personal access tokens stay. Asks "
            "before it ends all, or takes --yes."
        ),
    ),
)
_add_group(
    5,
    "keys",
    "The server's own secrets: rotate.",
    (
        "rotate",
        "rotate_keys",
        "Sign and seal with a new key from now on.",
        (
            "What older keys made stays good until it expires; with --drop-old it is refused at "
            "once, which asks, or takes --yes."
        ),
    ),
)
_add_command(
    admin,
    6,
    "check:check",
    "check",
    "Say whether this installation is sound.",
    "Looks at settings, folder rights, database, photos, clock and disk. The exit code is 1 when "
    "something is wrong.",
)
_add_command(
    admin,
    7,
    "backup:back_up",
    "backup",
    "Write everything to one verified file.",
    "FILE holds the server's secrets: it is for you alone. Photos in an S3 bucket are not in it.",
)
_add_command(
    admin,
    8,
    "restore:restore",
    "restore",
    "Make a data folder from a backup.",
    "DIR must be new or empty. Nothing stays behind when FILE is not whole.",
)
admin.command(f"{_ADMIN}.prepare:prepare", name="prepare", show=False)


def main() -> None:
    """Exit codes: 0 done, 1 failed, 2 usage or settings, 130 interrupted."""
    try:
        code = app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        _stop(str(error), 2)
    except KeyboardInterrupt:
        sys.exit(130)
    except SafelightError as error:
        _stop(error.message, 2 if isinstance(error, ConfigurationError) else 1)
    except ImportError as error:
        _require_own(error)
        _stop("This needs the server's packages: pip install 'safelight[server]'", 1)
    except BrokenPipeError:
        _stop("What reads the output has gone away.", 1)
    sys.exit(code if isinstance(code, int) else 0)


def _stop(message: str, code: int) -> NoReturn:
    print(f"safelight: {message}", file=sys.stderr)
    sys.exit(code)


def _require_own(error: ImportError) -> None:
    """Raises `error` again unless it says that a package from outside is not installed."""
    cause = error.__cause__ or error
    if not isinstance(cause, ModuleNotFoundError) or (cause.name or "").startswith("safelight"):
        raise error


if __name__ == "__main__":
    main()
