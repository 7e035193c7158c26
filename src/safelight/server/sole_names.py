"""JSON in which every field has one value. Pure.

A decoder keeps the last of two fields with one name, and another program the first: a body with two
passwords would be two sign-ins, each right by somebody's reading. So a body that carries a
credential is looked at for repeated names before it is decoded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from safelight.errors import MalformedRequest


def require_sole_names(body: bytes | str) -> None:
    """Raises MalformedRequest when an object of the JSON text, at any depth, repeats a name.

    The message does not say which: where a name is expected, a client may have put a secret. Text
    that is no JSON passes, since whoever decodes it knows better what to say.
    """
    try:
        _decoder.decode(body.decode() if isinstance(body, bytes) else body)
    except (ValueError, RecursionError):
        return


def _take(pairs: list[tuple[str, object]]) -> None:
    require_each_once(name for name, _ in pairs)


def require_each_once(names: Iterable[str]) -> None:
    """Raises MalformedRequest when a name occurs again."""
    listed = list(names)
    if len(set(listed)) != len(listed):
        raise MalformedRequest("The body names a field more than once.")


_decoder = json.JSONDecoder(object_pairs_hook=_take)
