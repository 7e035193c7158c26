"""`python3 dev.py docs`: the reference pages, written anew from the code.

Settings from `config.py`, errors from `errors.py` and `server/denials.py`, events from
`authentication/audit.py` and the log calls, commands from their own help, the client from its
docstrings (`client_page.py`). `--check` writes nothing and fails when a page is not what the code
says.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from cyclopts import App
from rich.console import Console

from safelight.authentication.audit import What
from safelight.cli.commands import app
from safelight.config import Settings
from safelight.errors import SafelightError
from safelight.realms import realms_of
from safelight.server.denials import status_of
from tools.client_page import write_client
from tools.markdown import field_texts, page, table_of

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "safelight"
PAGES = ROOT / "docs" / "reference"

_WIDTH = 80
_NIST_OVERALL = timedelta(days=30)
_SETTINGS = """\
# Settings

Written from `src/safelight/config.py` by `python3 dev.py docs`.

Settings stand in a TOML file, `--config FILE` or else `DIR/safelight.toml`, and in environment
variables, which win. They are read once, when the server starts. A key that does not exist stops
the start, and the nearest one is named.

In the environment a list is written with commas. A secret is best kept in a file: any variable with
`_FILE` at its end names a file whose content is the value. The variables `SAFELIGHT_DATA` and
`SAFELIGHT_CONFIG` stand for `--data` and `--config`."""
_SESSIONS = """\
## How long a session lives

What the defaults come to, beside NIST SP 800-63B-4 §2.1.3, which wants a limit for all sessions and
recommends one of 30 days at most. A session that is not used for the time in the second column is
over; after the third, whatever its use. An account may have any number of them at once."""
_ERRORS = """\
# Errors

Written from `src/safelight/errors.py` and `src/safelight/server/denials.py` by
`python3 dev.py docs`.

Every refusal is one of these. The native API gives the code beside the fields of RFC 9457;
the other wires have shapes and sometimes a status of their own, which their pages under
`docs/protocols/` name. The code is also what the metrics count by. A message may be another one
than the default, and then says more."""
_FAULTS = """\
An answer 500 carries the id of its request, and so does the line `request_failed` in the log. A
body that breaks off or is badly framed gets 400, and one that stops coming gets 408 after
`server.body_seconds`, whatever the wire."""
_EVENTS = """\
# Events and the log

Written from `src/safelight/authentication/audit.py` and the calls of the loggers by
`python3 dev.py docs`.

The log goes to standard error, one JSON object a line: `at` (UTC), `level`, `event`, `request` (the
id that an answer 500 shows, too), `logger`, and the event's fields. No line holds a password, a
token, a cookie, a key or a query.

## Events

Each of these is a row of the table `audit` and, once that is committed, a line of the logger
`safelight.audit` with `account`, `realm`, `address` and what the event knows besides: `session`,
`carrier`, `reason`, `organization` and so on, ids and words only. Those that an operator wants to
see, `sign_in_refused` and `token_replayed`, are of the level `warning`. Of the sign-ins that are
refused unlooked-at (`reason` is `throttled`) each leaves a line, but only the first of a wait a
row: whoever is refused can send thousands. What the operator's commands do leaves a row and no
line: they are not the server, and what they did stands on the operator's own terminal."""
_ACCESS_LOG = "`answered` is there with `server.access_log` only."
_COMMAND = """\
# The command

Written from the command's own help by `python3 dev.py docs`.

Exit codes: 0 done, 1 failed, 2 wrong usage or settings, 130 interrupted; of the commands for your
accounts also 3 partly done, 4 sign-in needed, 5 forbidden, 6 not found, 7 rate limited, 8 service
down. An error is one line on standard error.

With `--json` what is printed is for programs, and changes no exit code. The commands for your
accounts print one object with `schema_version`, an error too: `{schema_version, error}`. Those for
your own server print an account as `{id, username, email, admin}`, an organization as `{id, name}`,
an application as `{id, name, api_key}`, and a list is an array of them."""

_LEVELS = ("debug", "info", "warning", "error", "exception")


def main() -> int:
    written = {PAGES / f"{name}.md": write() for name, write in WRITERS.items()}
    stale = [path for path, text in written.items() if read(path) != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what the code says: python3 dev.py docs")
        return 1 if stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in stale:
        path.write_text(written[path], "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


def read(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


# --- settings -------------------------------------------------------------------------------


class Table(NamedTuple):
    """A table of the settings file: its name and its default values."""

    name: str
    values: msgspec.Struct


def write_settings() -> str:
    texts = field_texts(SOURCE / "config.py")
    parts = [_SETTINGS]
    for table in tables_of(Settings(), ""):
        kind = type(table.values)
        if not plain_fields(kind):
            continue
        heading = "`[" + table.name + "]`"
        parts += [f"## {heading}", first_line(kind), settings_table(table, texts[kind.__name__])]
    return page([*parts, _SESSIONS, session_table()])


def tables_of(values: msgspec.Struct, name: str) -> Iterator[Table]:
    yield Table(name, values)
    for field in msgspec.structs.fields(type(values)):
        inner = getattr(values, field.name)
        if isinstance(inner, msgspec.Struct):
            yield from tables_of(inner, f"{name}.{field.name}".lstrip("."))


def first_line(kind: type) -> str:
    """The docstring without the name of the table, which the heading has."""
    text = (kind.__doc__ or "").split("\n", 1)[0]
    _, colon, rest = text.partition("`: ")
    words = rest if colon else ""
    return words[:1].upper() + words[1:]


def plain_fields(kind: type[msgspec.Struct]) -> list[str]:
    fields = msgspec.structs.fields(kind)
    return [field.name for field in fields if not is_struct(field.type)]


def is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def settings_table(table: Table, texts: dict[str, str]) -> str:
    rows = [("key", "default", "environment", "what")]
    for name in plain_fields(type(table.values)):
        variable = f"SAFELIGHT_{table.name}.{name}".replace(".", "__").upper()
        default = shown(getattr(table.values, name), name)
        rows.append((f"`{name}`", default, f"`{variable}`", texts[name]))
    return table_of(rows)


def shown(value: object, name: str) -> str:
    """A default as TOML has it, and in words where that helps."""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[" + ", ".join(f'"{each}"' for each in value) + "]`"
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, int | float) and name.endswith("_seconds") and value >= 120:
        return f"`{value}` ({in_words(timedelta(seconds=value))})"
    if isinstance(value, int) and name.endswith(("_bytes", "_kib")) and value >= 1024:
        size = value * (1024 if name.endswith("_kib") else 1)
        return f"`{value}` ({size_in_words(size)})"
    return f"`{value}`"


def in_words(span: timedelta) -> str:
    for unit, length in (("day", timedelta(days=1)), ("hour", timedelta(hours=1))):
        if span >= length and span % length == timedelta(0):
            count = span // length
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{span // timedelta(minutes=1)} minutes"


def size_in_words(size: int) -> str:
    for unit, length in (("GiB", 1024**3), ("MiB", 1024**2)):
        if size >= length and size % length == 0:
            return f"{size // length} {unit}"
    return f"{size // 1024} KiB"


def session_table() -> str:
    rows = [("realm", "unused", "at most", "within 30 days")]
    for realm in realms_of(Settings()).values():
        longest = max(realm.idle, realm.token_idle)
        idle = in_words(realm.idle)
        if longest != realm.idle:
            idle += f"; a token {in_words(longest)}"
        within = "yes" if realm.absolute <= _NIST_OVERALL else "no"
        rows.append((f"`{realm.name}`", idle, in_words(realm.absolute), within))
    return table_of(rows)


# --- errors ---------------------------------------------------------------------------------


def write_errors() -> str:
    rows = [("code", "status", "default message", "what")]
    for kind in errors_below(SafelightError):
        text = " ".join((kind.__doc__ or "").split()) if "__doc__" in vars(kind) else ""
        status = status_of(kind)
        rows.append((f"`{kind.code}`", str(status.value), kind.default, text))
    return page([_ERRORS, table_of(rows), _FAULTS])


def errors_below(kind: type[SafelightError]) -> Iterator[type[SafelightError]]:
    """In the order of the source, each with its code, once."""
    if kind.__module__ == SafelightError.__module__:
        yield kind
    for inner in kind.__subclasses__():
        yield from errors_below(inner)


# --- events ---------------------------------------------------------------------------------


class LogCall(NamedTuple):
    """A line that the code can log, outside of the events."""

    event: str
    level: str
    fields: str


def write_events() -> str:
    texts = field_texts(SOURCE / "authentication" / "audit.py")["What"]
    events = [("event", "what")]
    events += [(f"`{what.value}`", texts[what.name]) for what in What]
    others = [("event", "level", "fields"), *sorted(set(log_calls()))]
    return page([_EVENTS, table_of(events), "## Other lines", table_of(others), _ACCESS_LOG])


def log_calls() -> Iterator[LogCall]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "client" in path.relative_to(SOURCE).parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in _LEVELS
                and is_logger(node.func.value)
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                level = "error" if node.func.attr == "exception" else node.func.attr
                event = str(node.args[0].value).split(" ", maxsplit=1)[0]
                if event not in {what.value for what in What}:
                    yield LogCall(f"`{event}`", level, fields_of(node, path))


def is_logger(node: ast.expr) -> bool:
    """`_log`, or `logging.getLogger(…)`."""
    if isinstance(node, ast.Name):
        return node.id == "_log"
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "getLogger"
    )


def fields_of(call: ast.Call, path: Path) -> str:
    """The names in `extra`, written there or in the dictionary that it names."""
    given = next((word.value for word in call.keywords if word.arg == "extra"), None)
    if isinstance(given, ast.Name):
        assigned = [
            node.value
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id == given.id
            and isinstance(node.value, ast.Dict)
        ]
        given = assigned[-1] if assigned else None
    if not isinstance(given, ast.Dict):
        return ""
    names = [str(ast.literal_eval(key)) for key in given.keys if isinstance(key, ast.Constant)]
    return ", ".join(f"`{name}`" for name in names)


# --- the command ----------------------------------------------------------------------------


def write_command() -> str:
    parts = [_COMMAND]
    for words in command_words(app, ()):
        parts += [f"## `{' '.join(('safelight', *words))}`", f"```text\n{help_of(words)}\n```"]
    return page(parts)


def command_words(group: App, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every command that is shown, in the order of the help."""
    yield words
    names = [name for name in group if not name.startswith("-")]
    shown_ones = [(name, group[name]) for name in names]
    for name, inner in sorted(shown_ones, key=lambda each: str(each[1].sort_key)):
        if inner.show:
            yield from command_words(inner, (*words, name))


def help_of(words: tuple[str, ...]) -> str:
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None)
    app.help_print(list(words), console=console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().strip()


WRITERS: dict[str, Callable[[], str]] = {
    "settings": write_settings,
    "errors": write_errors,
    "events": write_events,
    "command": write_command,
    "client": write_client,
}


if __name__ == "__main__":
    sys.exit(main())
