"""Every command and its help. They are loaded by name when they are called: the client's half must
run without the server's packages, and `--help` must not wait for them."""

from __future__ import annotations

from cyclopts import App, Group

from safelight import __version__
from safelight.cli.help import Columns

_ADMIN = "safelight.cli.admin"
_PERSON = Group("Your accounts", sort_key=1)
_OPERATOR = Group("Your own server", sort_key=2)

app: App = App(
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

_HERE = "safelight.cli"


def _add(
    place: int, function: str, name: str, help: str, more: str = "", show: bool = True
) -> None:
    """A person's command. `help` is one sentence, for the list; `more` is for its own help."""
    text = f"{help}\n\n{more}" if more else help
    app.command(
        f"{_HERE}.{function}", name=name, help=text, sort_key=place, group=_PERSON, show=show
    )


_add(
    1,
    "login:login",
    "login",
    "Sign in to a service, and stay signed in.",
    "Whoever is signed in already stays so. The password is asked for at a terminal, or is one "
    "line of standard input with --password-stdin, or in the file that SAFELIGHT_PASSWORD_FILE "
    "names. The sign-in rests in the system's keyring, else in an encrypted file; in a plain one "
    "only when --store says so.",
)
_add(
    2,
    "status:status",
    "status",
    "Say who is signed in where.",
    "The exit code is 4 when the current profile is not signed in, and 8 when its service is down.",
)
_add(3, "status:switch", "switch", "Choose the profile that is meant, or the organization.")
_add(
    4,
    "request:request",
    "request",
    "Send any request as the account.",
    "The body of the answer goes to standard output. A session that is over is renewed first, and "
    "a CSRF token is sent where one is wanted. The exit code says what became of it: 4 sign-in "
    "needed, 5 forbidden, 6 not found, 7 too many requests, 8 service down.",
)
_add(5, "request:get", "get", "Send a GET request.")
_add(6, "request:post", "post", "Send a POST request.")
_add(7, "request:delete", "delete", "Send a DELETE request.")
_add(8, "library:galleries", "galleries", "List galleries.")
_add(9, "library:photos", "photos", "List photos, all or those of a gallery.")
_add(
    10,
    "library:organizations",
    "organizations",
    "List the organizations that you may act for.",
    "Choose one with `safelight switch --organization ID`.",
)
_add(
    11,
    "transfers:upload",
    "upload",
    "Upload photos.",
    "One after another; one that fails does not stop the others, and makes the exit code 3. Where "
    "the service can (LibrePhotos), the same command goes on with an upload that broke off.",
)
_add(
    12,
    "transfers:download",
    "download",
    "Download originals, by their ids or a whole gallery.",
    "A file is there when all of it has come. What breaks off is gone on with. One that fails does "
    "not stop the others, and makes the exit code 3.",
)
_add(
    20,
    "renewed_token:token",
    "token",
    "Print the token, for other programs.",
    "SAFELIGHT_TOKEN is printed as it is, unless --profile names another.",
)
_add(
    21,
    "export:export",
    "export",
    "Print the sign-in for curl, a browser, or HTTPie.",
    "For `curl --config`, as Netscape's cookies, as Playwright's storage state, or as a session of "
    "HTTPie. What is printed is as good as the password until the session ends.",
)
_add(
    22,
    "run:run",
    "run",
    "Run a program whose requests are signed on their way.",
    "The program gets an address of this machine in SAFELIGHT_URL, and in place of {url} among its "
    "arguments. What it asks there is signed and sent on; it never sees what signs it. Only "
    "programs of yours are answered, until this one ends or --seconds are over. Paths where the "
    "service signs in or out, or hands out passwords and tokens, are closed whatever is allowed.",
)
_add(
    23,
    "proxy:proxy",
    "proxy",
    "Let a browser app use the account.",
    "An address of this machine that sends an app's calls on to the service, signed. The app is "
    "known by its origin, or lies in a folder that is served along; a browser is let in by the "
    "link that is printed, once. It never gets the service's cookies and tokens. Without --allow "
    "everything may be read and nothing changed. Paths where the service signs in or out, or hands "
    "out passwords and tokens, are closed whatever is allowed.",
)
_add(
    30,
    "logout:logout",
    "logout",
    "End the session, here and at the service.",
    "When the service cannot be reached nothing is forgotten, unless --local says so.",
)
_add(
    31,
    "completion:completion",
    "completion",
    "Print a script that completes commands in a shell.",
    'In bash: eval "$(safelight completion bash)"',
)
app.command(
    "safelight.cli.serve:serve",
    help="Start the server.\n\nIt stops at SIGTERM or Ctrl-C, once the requests under way are "
    "answered. Log lines go to standard error, one line of JSON each.",
    sort_key=50,
    group=_OPERATOR,
)

admin: App = App(
    name="admin",
    help="Look after accounts, sessions, keys and backups.\n\n"
    "Every command works beside a running server, which heeds it at its next request.",
    sort_key=51,
    group=_OPERATOR,
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
