"""The reference page of the client, from the signatures and docstrings of what it offers."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import httpx2

from safelight import errors as domain_errors
from safelight.cli.exits import code_of
from safelight.client import errors as client_errors
from safelight.client.errors import Unsupported
from safelight.client.grant import Grant
from safelight.client.library import Library, librephotos, native, photoshelter, pixieset
from safelight.client.things import NewCustomer
from safelight.client.uploads import Upload
from safelight.errors import Reason, SafelightError
from tools.markdown import field_texts, name_of, page, table_of
from tools.signatures import (
    SOURCE,
    class_of,
    docstring_of,
    fields_of,
    functions_of,
    methods_of,
    module_of,
    signature_of,
    source_of,
    text_of,
)

_URL = httpx2.URL("https://photos.example")

LIBRARIES: dict[str, Library] = {
    "Pixieset Studio": pixieset.open_studio(_URL),
    "Pixieset Galleries": pixieset.open_galleries(_URL),
    "PhotoShelter": photoshelter.open_library(_URL),
    "LibrePhotos": librephotos.open_library(_URL),
    "Safelight": native.open_library(_URL),
}
"""The typed calls of each service; the Recorder Monitor has none."""

GROUPS: dict[str, tuple[str, ...]] = {
    "Opening one": ("open", "from_profile", "__init__"),
    "Requests": (
        "request", "get", "post", "put", "patch", "delete", "send", "stream", "error_of",
    ),
    "The session": (
        "sign_in", "is_live", "select_organization", "kept_alive", "sign_out", "forget", "adopt",
        "abandon", "close",
    ),
    "Calls of one's own": ("call", "fetch", "rest"),
}  # fmt: skip
"""What `Client` has besides its nouns."""

NOUNS: dict[str, str] = {
    "photos": "Photos",
    "galleries": "Galleries",
    "customers": "Customers",
    "notifications": "Notifications",
    "organizations": "Organizations",
}

_INTRODUCTION = """\
# The client

Written from the docstrings of `src/safelight/client` by `python3 dev.py docs`. The
[tutorial](../tutorial.md) begins at the beginning; what each service has, and what was tried where,
is on [its page](../index.md).

`Client`, `AsyncClient`, `auth`, `errors`, `Credentials`, `Patience`, `AnswerCache`, `Event`,
`Happened`, `Reason`, `SafelightError`, `Secret` and `__version__` come from the package:
`from safelight import Client`. What else is told here names its module. All of it is typed."""
_CLIENT = """\
The nouns, `client.photos` and its like, are [below](#typed-calls)."""
_ASYNC = """\
## `AsyncClient`

Has what `Client` has, under the same names and with the same arguments, for async callers: what
gives an answer there is awaited here, `stream`, `kept_alive` and the client itself are entered with
`async with`, and what lists is gone through with `async for`. It is safe to share between tasks.
Its nouns are `AsyncPhotos` and so on."""
_CALLS = """\
## Typed calls

A list comes page by page as it is gone through; nothing is asked before. A refusal is raised, as
[one of the errors](#errors). What a service cannot do raises Unsupported, and sends nothing:"""
_THINGS = """\
## What they give and take

From `safelight.client.things`. None and empty text stand for what the service does not say; times
have their zone."""
_AUTH = """\
## `safelight.auth`

Sign-in for anybody's `httpx2.Client` or `httpx2.AsyncClient`, one class a service:
`httpx2.Client(auth=auth.LibrePhotos(url, credentials=("ada", password)))`. `Client` takes the
same objects. Keep `follow_redirects` off in a client of your own, as it is unless asked for: httpx2
takes the headers of these services along to wherever a redirect leads; `safelight.Client` looks.

`credentials` is a pair of a name and a password, a `Credentials`, or a function that is asked for
one when a sign-in is needed and may give None."""
_ERRORS = """\
## Errors

Everything that is raised on purpose is a `SafelightError`, with a `reason` (a `Reason`) for
programs to switch on, a finer `code`, and a `message` for people that has no secret in it. What a
service refuses to a typed call is raised; to `request` and its short forms it is the answer, and
`client.error_of(answer)` is its error. The last column is how the command ends: with 2 for a
ConfigurationError, with 1 for other bad input."""
_CLASSES = """\
### What only a client meets

From `safelight.client.errors`. The others are [those of the server](errors.md), and mean the
same."""
_WATCHING = """\
## Watching

What `on_event` is called with. Nothing secret is in it."""

_HELD = """\
## What is held

What `sign_in` gives and `adopt` takes. Only who moves a session from elsewhere needs these, from
`safelight.client.keeping` and `safelight.client.grant`."""
_ALIASES = """\
## Words in the signatures"""

ALIASES = {
    "Service": "client/auth.py",
    "Given": "client/auth.py",
    "RealmName": "client/protocols/pixieset.py",
    "Moment": "client/grant.py",
    "Parameters": "client/setting.py",
    "Progress": "client/uploads.py",
    "downloads.Progress": "client/downloads.py",
}
"""Names of types, by where they are defined."""


def write_client() -> str:
    return page(
        [
            _INTRODUCTION,
            *client_parts(),
            _ASYNC,
            _CALLS,
            calls_table(),
            *noun_parts(),
            _THINGS,
            *struct_parts("client/things.py", but=("Page",)),
            _AUTH,
            *auth_parts(),
            _ERRORS,
            reasons_table(),
            _CLASSES,
            classes_table(),
            _WATCHING,
            *struct_parts("client/events.py"),
            *class_part("client/pacing.py", "Patience", "## `Patience`"),
            *class_part("client/cache.py", "AnswerCache", "## `AnswerCache`"),
            *class_part("secret.py", "Secret", "## `Secret`"),
            *method_part(methods_of(class_of("secret.py", "Secret"))["reveal"], "Secret.reveal"),
            _HELD,
            *class_part("client/keeping/__init__.py", "Kept", "### `Kept`"),
            *class_part("client/grant.py", "Grant", "### `Grant`"),
            *class_part("client/grant.py", "HeldCookie", "### `HeldCookie`"),
            _ALIASES,
            aliases_table(),
        ]
    )


# --- the parts of the page --------------------------------------------------------------------


def client_parts() -> Iterator[str]:
    made = class_of("client/client.py", "Client")
    yield "## `Client`"
    yield f"{text_of(made)}\n\n{_CLIENT}"
    methods = methods_of(made)
    for heading, names in GROUPS.items():
        yield f"### {heading}"
        for name in names:
            shown = "Client" if name == "__init__" else f"Client.{name}"
            yield from method_part(methods[name], shown)


def noun_parts() -> Iterator[str]:
    for noun, name in NOUNS.items():
        yield f"### `client.{noun}`"
        for method in methods_of(class_of("client/nouns.py", name)).values():
            if not method.name.startswith("_"):
                yield from method_part(method, f"client.{noun}.{method.name}")


def auth_parts() -> Iterator[str]:
    yield from class_part("client/auth.py", "SessionAuth", "### `auth.SessionAuth`")
    for name in ("Pixieset", "PhotoShelter", "LibrePhotos", "RecorderMonitor", "Safelight"):
        made = class_of("client/auth.py", name)
        yield f"### `auth.{name}`"
        yield from method_part(methods_of(made)["__init__"], f"auth.{name}")
        yield text_of(made)
    yield from class_part("client/auth.py", "Options", "### Options of each")
    yield "### By a word"
    functions = functions_of(module_of("client/auth.py"))
    yield from method_part(functions["open_auth"], "auth.open_auth")
    yield from class_part("client/auth.py", "Target", "### `auth.Target`")
    yield from class_part("client/grant.py", "Credentials", "### `Credentials`")


def struct_parts(module: str, but: tuple[str, ...] = ()) -> Iterator[str]:
    """The classes of a module, each with its fields."""
    for node in module_of(module):
        if isinstance(node, ast.ClassDef) and node.name not in but:
            yield from class_part(module, node.name, f"### `{node.name}`")


def class_part(module: str, name: str, heading: str) -> Iterator[str]:
    """A class with its fields, or the members of an enumeration."""
    made = class_of(module, name)
    texts = field_texts(SOURCE / module)[name]
    yield heading
    yield text_of(made)
    rows = [
        (f"`{field.name}`", f"`{field.kind}`", f"`{field.default}`" if field.default else "", text)
        for field in fields_of(made)
        for text in (texts.get(field.name, ""),)
    ]
    if any(kind != "``" for _, kind, _, _ in rows):
        yield table_of([("field", "type", "if not given", "what"), *rows])
    elif rows:
        yield table_of([("value", "what"), *((value, text) for _, _, value, text in rows)])


def method_part(node: ast.FunctionDef, shown: str) -> Iterator[str]:
    yield f"```py\n{signature_of(node, shown)}\n```"
    if text := text_of(node):
        yield text


# --- tables -----------------------------------------------------------------------------------


def calls_table() -> str:
    rows: list[Any] = [("call", *LIBRARIES, "Recorder Monitor")]
    for noun, name in NOUNS.items():
        for method in methods_of(class_of("client/nouns.py", name)).values():
            if not method.name.startswith("_"):
                has = (has_call(each, noun, method.name) for each in LIBRARIES.values())
                rows.append((f"`{noun}.{method.name}`", *("✔" if it else "" for it in has), ""))
    return table_of(rows)


def has_call(library: Library, noun: str, call: str) -> bool:
    """Whether a service has a typed call: it is begun, and nothing is sent."""
    calls = getattr(library, noun)
    if calls is None:
        return False
    grant, photo = Grant(), Upload(b"photo")
    begin: dict[tuple[str, str], Callable[[], Iterator[object]]] = {
        ("photos", "list"): lambda: calls.list(grant, None, ""),
        ("photos", "get"): lambda: calls.get(grant, "1"),
        ("photos", "upload"): lambda: calls.add(grant, photo, "1"),
        ("photos", "download"): lambda: iter((calls.original(grant, "1"),)),
        ("photos", "delete"): lambda: calls.delete(grant, "1"),
        ("galleries", "add"): lambda: calls.add(grant, "Harbour", public=False),
        ("galleries", "delete"): lambda: calls.delete(grant, "1"),
        ("customers", "add"): lambda: calls.add(grant, NewCustomer()),
    }

    def listing() -> Iterator[object]:
        yield from calls.list(grant, "")

    try:
        next(begin.get((noun, call), listing)(), None)
    except Unsupported:
        return False
    return True


def aliases_table() -> str:
    rows: list[Any] = [("word", "stands for", "what")]
    for name, module in ALIASES.items():
        body = module_of(module)
        for node, after in pairwise(body):
            if name_of(node) == name.rpartition(".")[2]:
                assert isinstance(node, ast.Assign | ast.AnnAssign)
                assert node.value is not None
                text = docstring_of(after)
                rows.append((f"`{name}`", f"`{source_of(node.value)}`", text))
    return table_of(rows)


def reasons_table() -> str:
    texts = field_texts(SOURCE / "errors.py")["Reason"]
    rows: list[Any] = [("reason", "what it means, and what to do", "raised as", "exit code")]
    for reason in Reason:
        kinds = [kind for kind in error_classes() if kind.reason is reason]
        codes = sorted({code_of(BaseException.__new__(kind)) for kind in kinds})
        names = ", ".join(kind.__name__ for kind in kinds)
        shown = ", ".join(map(str, codes))
        rows.append((f"`{reason.name}`", texts[reason.name], names, shown))
    return table_of(rows)


def classes_table() -> str:
    rows: list[Any] = [("class", "code", "default message", "what")]
    for kind in error_classes():
        if kind.__module__ == client_errors.__name__:
            text = " ".join((kind.__doc__ or "").split()) if "__doc__" in vars(kind) else ""
            rows.append((f"`{kind.__name__}`", f"`{kind.code}`", kind.default, text))
    return table_of(rows)


def error_classes() -> list[type[SafelightError]]:
    """Those of the domain, then those of the client, in the order of the source."""
    return [
        kind
        for module in (domain_errors, client_errors)
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, SafelightError)
        and kind.__module__ == module.__name__
    ]
