"""What a reader may do with input that it cannot use, and how that is checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from safelight.errors import (
    MalformedCredential,
    MalformedRequest,
    NotAcceptable,
    NotFound,
    SafelightError,
    TooLarge,
    UnsupportedMediaType,
)
from safelight.server.denials import denial_of
from safelight.server.http import Reply, Request
from safelight.server.wire import WireProtocol
from tools.prove.hostile import CANARY
from tools.prove.proof import Broken, require

REFUSALS: tuple[type[SafelightError], ...] = (
    MalformedRequest,
    MalformedCredential,
    UnsupportedMediaType,
    NotAcceptable,
    NotFound,
    TooLarge,
)
"""All that a reader may raise: the request is malformed, or names what cannot exist."""

_SECONDS = 1.0


def require_refusal(
    name: str,
    call: Callable[..., Any],
    arguments: Mapping[str, Any],
    allowed: tuple[type[SafelightError], ...] = REFUSALS,
) -> SafelightError | None:
    """Call it; the refusal, if it is one. `*` among the arguments are those without names.

    Raises Broken for any other error, for a refusal that says nothing or repeats what is secret,
    and for more than a second of the processor's time.
    """
    rest = tuple(arguments.get("*", ()))
    named = {key: value for key, value in arguments.items() if key != "*"}
    # The time of this thread alone: a busy machine is no fault of the reader.
    began = time.thread_time()
    refusal: SafelightError | None = None
    try:
        call(*named.values(), *rest) if rest else call(**named)
    except allowed as error:
        refusal = error
    except Exception as error:
        raise Broken(f"{name} raises {error!r:.300} for {_shown(arguments)}") from error
    spent = time.thread_time() - began
    require(spent < _SECONDS, f"{name} takes {spent:.1f} s for {_shown(arguments)}")
    if refusal is not None:
        require(bool(refusal.message.strip()), f"{name} refuses without a word")
        require(CANARY not in refusal.message, f"{name} repeats a secret: {refusal.message!r}")
    return refusal


def require_written(
    name: str, protocol: WireProtocol, refusal: SafelightError, request: Request
) -> None:
    """The wire can write the refusal. Raises Broken for a status that blames the server, and for
    words that repeat what is secret."""
    reply = protocol.write_denial(denial_of(refusal), request)
    require(300 <= reply.status < 500, f"{name} refuses with {reply.status}: {refusal!r}")
    body = reply.body if isinstance(reply.body, bytes) else b""
    shown = body + b"".join(value for _, value in reply.headers)
    require(CANARY.encode() not in shown, f"{name} repeats a secret: {shown!r}")
    require_sendable(name, reply)


def require_sendable(name: str, reply: Reply) -> None:
    """Raises Broken for a header with a character that would end its line."""
    lines = [part for header in reply.headers for part in header]
    lines += [cookie.render() for cookie in reply.cookies]
    broken = [line for line in lines if any(b < 0x20 and b != 9 for b in line)]
    require(not broken, f"{name} breaks a header's line: {broken!r}")


def _shown(arguments: Mapping[str, Any]) -> str:
    shown = {
        key: _parts_of(value) if isinstance(value, Request) else value
        for key, value in arguments.items()
    }
    return f"{shown!r:.2000}"


def _parts_of(request: Request) -> tuple[object, ...]:
    return (
        request.method,
        request.path,
        request.query_string,
        request.raw_headers,
        request.body,
        request.form,
    )
