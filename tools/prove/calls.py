"""How each reader is called: on which objects, and with what drawn for each parameter."""

from __future__ import annotations

import asyncio
import inspect
import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, get_type_hints

import httpx2
import msgspec
from hypothesis import strategies as st

from safelight.authentication.keys import KeyRing
from safelight.authentication.ports import StoredKey
from safelight.cli.forwarding.asked import Asked
from safelight.client.grant import Grant
from safelight.config import read_settings
from safelight.errors import ConfigurationError, SafelightError
from safelight.server.body import read_body
from safelight.server.http import Form, Request
from safelight.server.protocols.librephotos.pages import PageSizes
from safelight.server.protocols.pixieset.cookies import GALLERIES, STUDIO, SignInCookies
from tools.prove import client_calls
from tools.prove.hostile import Shelf, contents, texts, values
from tools.prove.hostile_request import forms, requests, shelf_of
from tools.prove.inventory import Reader, endpoint_readers, mounts, path_parameters
from tools.prove.proof import require
from tools.prove.refusal import REFUSALS, require_refusal

Check = tuple[st.SearchStrategy[Any], Callable[[Any], None]]
"""What is drawn, and what must hold for it."""

_NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
_ORIGINS = frozenset({"http://localhost:3000"})
_NATIVE = "safelight.server.protocols.native"


def check_of(reader: Reader) -> Check:
    """Raises Broken for a parameter whose type is not known here."""
    special = _SPECIAL.get(reader.name)
    if special is not None:
        return special()
    calls = calls_of(reader)
    # The client tells its caller what is wrong in many ways; a server's reader has only one.
    is_clients = reader.name.startswith("safelight.client.")
    allowed = (SafelightError,) if is_clients else REFUSALS

    def check(arguments: dict[str, Any]) -> None:
        for call in calls:
            require_refusal(reader.name, call, arguments, allowed)

    return _arguments_of(reader), check


def calls_of(reader: Reader) -> list[Callable[..., Any]]:
    """The function, or the method of each object of its class that the server has."""
    if reader.owner is None:
        return [reader.function]
    owners = [each for each in _objects() if type(each) is reader.owner]
    require(bool(owners), f"There is no object to call {reader.name} on: add one to _objects.")
    return [getattr(each, reader.function.__name__) for each in owners]


def takes_request_alone(reader: Reader) -> bool:
    names = [name for name in inspect.signature(reader.function).parameters if name != "self"]
    return names == ["request"]


def _objects() -> list[object]:
    return [
        *(mount.protocol for mount in mounts()),
        SignInCookies(STUDIO, None),
        SignInCookies(GALLERIES, STUDIO),
        KeyRing(_FixedKeys()),
        *client_calls.wires(),
    ]


class _FixedKeys:
    def version(self) -> object:
        return 1

    def keys(self) -> tuple[StoredKey, ...]:
        return (StoredKey(id="one", secret=b"k" * 32, created_at=_NOW),)


def _arguments_of(reader: Reader) -> st.SearchStrategy[dict[str, Any]]:
    hints = get_type_hints(reader.function)
    shelf = shelf_of(reader.function)
    drawn: dict[str, st.SearchStrategy[Any]] = {}
    for parameter in inspect.signature(reader.function).parameters.values():
        if parameter.name == "self":
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            drawn["*"] = st.lists(st.sampled_from(shelf.fields), min_size=1, max_size=4)
            continue
        hint = hints[parameter.name]
        strategy = _argument(f"{reader.name}.{parameter.name}", hint, shelf)
        require(
            strategy is not None,
            f"{reader.name} is new, and takes {parameter.name}, {hint}: say in"
            " tools/prove/calls.py how to draw one.",
        )
        assert strategy is not None
        drawn[parameter.name] = strategy
    return st.fixed_dictionaries(drawn)


def _argument(name: str, hint: Any, shelf: Shelf) -> st.SearchStrategy[Any] | None:
    """By the parameter's type; None for one that is not known here."""
    if name in _KINDS_OF:
        return st.sampled_from(_KINDS_OF[name]())
    if hint is str and name.rpartition(".")[2] in ("name", "size_name"):
        return st.sampled_from(shelf.fields)
    found: Mapping[Any, Callable[[], st.SearchStrategy[Any]]] = {
        Request: lambda: requests(shelf, parameters=path_parameters()),
        Form: lambda: forms(shelf),
        httpx2.Response: lambda: client_calls.responses(shelf),
        Grant: client_calls.grants,
        str: lambda: texts(shelf),
        bytes: contents,
        bytes | str: lambda: st.one_of(contents(), texts(shelf)),
        BinaryIO: lambda: contents().map(io.BytesIO),
        Asked: lambda: st.builds(Asked, texts(shelf), texts(shelf), _fields().map(tuple)),
        Iterable[tuple[str, str]]: _fields,
        Iterable[bytes]: lambda: st.lists(contents(), max_size=3),
        Mapping[str, object]: lambda: st.dictionaries(
            st.sampled_from(shelf.fields), values(shelf), max_size=6
        ),
        tuple[str, ...]: lambda: st.lists(st.sampled_from(shelf.fields), max_size=2).map(tuple),
        frozenset[str]: lambda: st.just(_ORIGINS),
        int: lambda: st.integers(1, 1000),
        bool: st.booleans,
        datetime: lambda: st.just(_NOW),
        PageSizes: lambda: st.just(PageSizes(100, 1000)),
    }
    make = found.get(hint)
    return make() if make is not None else None


def _fields() -> st.SearchStrategy[list[tuple[str, str]]]:
    """Headers of a request to an address of the command's."""
    names = ("Host", "host", "Origin", "Content-Length", "Transfer-Encoding", "Cookie", "X-Odd")
    lengths = st.sampled_from(("0", "7", "-1", "1_0", "٣", "9" * 5_000, "chunked"))
    return st.lists(st.tuples(st.sampled_from(names), st.one_of(lengths, texts())), max_size=6)


def _bodies_taken() -> list[type]:
    return _structs(found.endpoint.takes for found in endpoint_readers())


def _queries_taken() -> list[type]:
    return _structs(found.endpoint.query for found in endpoint_readers())


def _structs(kinds: Iterable[object]) -> list[type]:
    found = {each for each in kinds if isinstance(each, type) and issubclass(each, msgspec.Struct)}
    return sorted(found, key=lambda each: each.__name__)


_KINDS_OF: dict[str, Callable[[], list[type]]] = {
    f"{_NATIVE}.bodies.read_body.kind": _bodies_taken,
    f"{_NATIVE}.bodies.read_credentials_body.kind": _bodies_taken,
    f"{_NATIVE}.bodies.read_query.kind": _queries_taken,
    "safelight.client.answers.read_json.kind": client_calls.kinds,
}


# --- readers that are called in a way of their own ---------------------------------------------


def _settings_check() -> Check:
    keys = st.sampled_from(
        ("SAFELIGHT_SERVER__DOMAIN", "SAFELIGHT_SERVER", "SAFELIGHT_REALMS__STUDIO__IDLE_SECONDS",
         "SAFELIGHT_SERVER__TRUSTED_PROXIES", "SAFELIGHT_SERVER__METRICS_FROM", "SAFELIGHT_X",
         "SAFELIGHT_PASSWORDS__THREADS", "SAFELIGHT_LIBRARY__S3__URL_FILE", "SAFELIGHT_",
         "SAFELIGHT_LIBRARY__S3__URL__X", "SAFELIGHT_SERVER__BODY_SECONDS", "SAFELIGHT___FILE")
    )  # fmt: skip
    environment = st.dictionaries(keys, texts(), max_size=4)
    files = st.one_of(st.none(), contents(), st.sampled_from((b"[server]\ndebug=1", b"[[server]]")))

    def check(drawn: tuple[dict[str, str], bytes | None]) -> None:
        with tempfile.NamedTemporaryFile(prefix="safelight-prove-") as file:
            file.write(drawn[1] or b"")
            file.flush()
            config = None if drawn[1] is None else Path(file.name)
            arguments = {"data": None, "config": config, "environment": drawn[0]}
            require_refusal("read_settings", read_settings, arguments, (ConfigurationError,))

    return st.tuples(environment, files), check


def _body_check() -> Check:
    async def chunks(parts: list[bytes]) -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    request = Request(
        method="POST", path="/", query_string=b"", raw_headers=[], scheme="http",
        host="localhost", peer="127.0.0.1", address="127.0.0.1", id="proof",
    )  # fmt: skip

    def check(parts: list[bytes]) -> None:
        def read() -> None:
            assert asyncio.run(read_body(request, chunks(parts), 60)) == b"".join(parts)

        refusal = require_refusal("read_body", read, {})
        require((refusal is not None) == (sum(map(len, parts)) > 60), f"read_body of {parts!r}")

    return st.lists(contents(), max_size=4), check


_SPECIAL: dict[str, Callable[[], Check]] = {
    "safelight.config.read_settings": _settings_check,
    "safelight.server.body.read_body": _body_check,
}
