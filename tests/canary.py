"""Nothing that a test run logs may hold a secret that was used or given out in it.

Every record of Safelight's loggers is written down as the code made it, before the log's own
masking, and so are the logs of servers that tests start. At the end of the run (of each worker's,
under pytest-xdist) all of it is searched for what is known to be secret: the password of the tests'
accounts, and every token that an in-process server answered with.
"""

from __future__ import annotations

import base64
import logging
import re
import tempfile
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

_SHORTEST = 11
"""Of an API key; what is shorter is a flag."""

_TOKEN_FIELDS = re.compile(
    rb'"(token|auth_token|access|refresh|secret|api_key|csrf_token)"\s*:\s*"([^"\\]{11,})"'
)
_RUN = re.compile(r"[A-Za-z0-9]{5,}")
_LOGGER = "safelight"
_OWN = frozenset(vars(logging.makeLogRecord({})))


class Canary(logging.Handler):
    """`learn` and `read` take secrets in, `emit` lines, and `leaks` compares them."""

    def __init__(self, *passwords: str) -> None:
        super().__init__()
        self._lines = tempfile.TemporaryFile(  # noqa: SIM115  closed with the handler
            "w+", encoding="utf-8", errors="backslashreplace"
        )
        self._kinds: dict[str, str] = {}
        for password in passwords:
            for form in _forms_of(password):
                self.learn("password", form)

    def watch(self) -> None:
        """From now on, at every level."""
        logger = logging.getLogger(_LOGGER)
        logger.addHandler(self)
        logger.setLevel(logging.DEBUG)

    def close(self) -> None:
        logging.getLogger(_LOGGER).removeHandler(self)
        self._lines.close()
        super().close()

    # --- what is secret -----------------------------------------------------------------------

    def learn(self, kind: str, secret: str) -> None:
        if len(secret) >= _SHORTEST:
            self._kinds.setdefault(secret, kind)

    def read(self, response: Any) -> None:
        """What an answer gives out, in its cookies, its headers and its JSON."""
        for line in response.headers.get_list("set-cookie"):
            name, _, value = line.partition(";")[0].partition("=")
            # Pixieset's second cookie is a session's id, which opens nothing.
            if not value.startswith("ses_"):
                self.learn(f"cookie {name}", value.strip('"'))
        self.learn("header JSESSION", response.headers.get("jsession", ""))
        if "json" in response.headers.get("content-type", ""):
            for name, value in _TOKEN_FIELDS.findall(response.read()):
                self.learn(f"field {name.decode()}", value.decode("utf-8", "replace"))

    # --- what was logged ----------------------------------------------------------------------

    def emit(self, record: logging.LogRecord) -> None:
        fields = {name: value for name, value in vars(record).items() if name not in _OWN}
        told = f"{record.name} {record.getMessage()} {fields}"
        if record.exc_info:
            told += " ".join(traceback.format_exception(*record.exc_info))
        self._lines.write(told.replace("\n", " ") + "\n")

    def leaks(self, logs: Iterable[Path]) -> list[str]:
        """Each line that holds a secret, with the secret left out, and of which kind it is."""
        found = _Finder(self._kinds)
        self._lines.seek(0)
        leaks = list(found.in_lines("a logger", self._lines))
        for log in logs:
            with log.open(encoding="utf-8", errors="backslashreplace") as lines:
                leaks += found.in_lines(str(log), lines)
        return leaks


class _Finder:
    """Looks secrets up by the longest run of letters and digits in them: a search for each of
    thousands in each of many lines would cost minutes."""

    def __init__(self, kinds: dict[str, str]) -> None:
        self._kinds = kinds
        self._by_run: dict[str, list[str]] = defaultdict(list)
        for secret in kinds:
            if run := max(_RUN.findall(secret), key=len, default=""):
                self._by_run[run].append(secret)

    def in_lines(self, source: str, lines: Iterable[str]) -> Iterator[str]:
        for number, line in enumerate(lines, 1):
            candidates = {
                secret for run in _RUN.findall(line) for secret in self._by_run.get(run, ())
            }
            for secret in candidates:
                before, met, after = line.partition(secret)
                if met:
                    told = f"{before[-200:]}[…]{after[:100].rstrip()}"
                    yield f"{self._kinds[secret]} in line {number} of {source}: {told}"


def _forms_of(text: str) -> set[str]:
    encoded = base64.b64encode(text.encode()).decode().rstrip("=")
    return {text, quote(text), quote_plus(text), encoded}
