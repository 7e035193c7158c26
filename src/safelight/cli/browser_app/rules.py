"""Which methods and paths of the service a browser app may use. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from safelight.cli.forwarding.asked import SAFE
from safelight.cli.forwarding.closed import is_closed, require_open
from safelight.errors import ConfigurationError, Forbidden, MethodNotAllowed

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


class Rule(NamedTuple):
    """`text` is as a person wrote it."""

    text: str
    methods: frozenset[str]
    path: re.Pattern[str]


class Rules:
    """Without any rule everything may be read and nothing changed. No rule opens what is closed."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._rules = tuple(rules) or (read_rule("GET /*"),)

    def methods_of(self, path: str) -> frozenset[str]:
        """What may be done with a path, as `plain_path` gives it."""
        fitting = (rule.methods for rule in self._rules if rule.path.fullmatch(path))
        allowed: frozenset[str] = frozenset().union(*fitting)
        return frozenset(each for each in allowed if not is_closed(path, each))

    def require(self, method: str, path: str) -> None:
        """Raises Forbidden, and MethodNotAllowed where another method is allowed."""
        require_open(path, (method,))
        methods = self.methods_of(path)
        if not methods:
            raise Forbidden("This path is not among the allowed ones (--allow).")
        if method not in methods:
            raise MethodNotAllowed(tuple(sorted(methods)), method)


def read_rule(text: str) -> Rule:
    """`PATH`, which may be read, or `METHOD[,METHOD] PATH`. A `*` at the path's end stands for
    anything, elsewhere for anything but a slash. Raises ConfigurationError."""
    words = text.split()
    path = words[-1] if words else ""
    if len(words) not in (1, 2) or not path.startswith("/"):
        raise ConfigurationError(f'--allow {text}: this should be like "GET,POST /v1/photos*".')
    if {".", ".."} & set(path.split("/")) or set("?#%;\\") & set(path) or "//" in path:
        raise ConfigurationError(f"--allow {path}: write a plain path, decoded and without query.")
    named = words[0].upper().split(",") if len(words) == 2 else ["GET"]
    strange = [each for each in named if each not in _METHODS]
    if strange:
        raise ConfigurationError(
            f"--allow {text}: {strange[0] or 'nothing'} is not one of {', '.join(_METHODS)}."
        )
    methods = frozenset(named) | (SAFE if "GET" in named else frozenset())
    return Rule(text, methods, _pattern(path))


def _pattern(path: str) -> re.Pattern[str]:
    open_end = path.endswith("*")
    parts = [re.escape(part) for part in path.removesuffix("*").split("*")]
    return re.compile("[^/]*".join(parts) + (".*" if open_end else ""), re.DOTALL)
