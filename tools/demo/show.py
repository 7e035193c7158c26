"""How a step is shown: the request and the answer as lines, and whether it held."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import httpx2

_SECRET = re.compile(
    r"(?i)((?:token|password|access|refresh|api_key|auth_token|jwt|jsession(?:id)?|session|key|acs"
    r"|_ca|ssphotoshelter_com_mem)\"?[=:]\s*\"?)([^\s&;\",}]{12,})"
)


class StepFailed(Exception):
    """A step did not come out as it must; the message says what was expected."""


@dataclass(frozen=True)
class Step:
    protocol: str
    step: str
    ok: bool
    detail: str


@dataclass
class Show:
    """Collects steps; prints them as they happen unless `quiet`."""

    quiet: bool
    steps: list[Step] = field(default_factory=list)
    _lines: list[str] = field(default_factory=list)

    def act(self, protocol: str, title: str, play: Callable[[], str]) -> None:
        """Play one step. Whatever goes wrong in it is a failed step, not the end of the show."""
        self._lines = []
        try:
            detail, ok = play(), True
        except StepFailed as failure:
            detail, ok = str(failure), False
        except (httpx2.HTTPError, KeyError, ValueError, TypeError) as error:
            detail, ok = f"{type(error).__name__}: {error}", False
        self.steps.append(Step(protocol, title, ok, detail))
        if self.quiet:
            return
        print(f"{_mark(ok)} {title}: {detail}")
        for line in self._lines:
            print(f"    {line}")
        sys.stdout.flush()

    def heading(self, text: str) -> None:
        if not self.quiet:
            print(f"\n{_bold(text)}")

    def saw(self, response: httpx2.Response) -> None:
        """Keep an exchange's two lines. Secrets are shortened: a screen is a public place."""
        request = response.request
        path = request.url.raw_path.decode()
        carried = [
            f"{name}: {value}"
            for name, value in request.headers.items()
            if name in _CREDENTIAL_HEADERS
        ]
        self._keep(f"→ {request.method} {path}  {'  '.join(carried)}".rstrip())
        parts = [f"← {response.status_code}"]
        parts += [
            f"{name}: {response.headers[name]}" for name in _SHOWN if name in response.headers
        ]
        if cookies := _cookies_of(response):
            parts.append(f"set-cookie: {cookies}")
        if response.headers.get("content-type", "").startswith("application/"):
            parts.append(response.text)
        self._keep("  ".join(parts))

    def _keep(self, line: str) -> None:
        hidden = hide(line)
        self._lines.append(hidden if len(hidden) <= _WIDTH else hidden[: _WIDTH - 1] + "…")

    @property
    def ok(self) -> bool:
        return bool(self.steps) and all(step.ok for step in self.steps)

    def as_dict(self) -> dict[str, object]:
        return {"steps": [asdict(step) for step in self.steps], "ok": self.ok}


_WIDTH = 140
_CREDENTIAL_HEADERS = (
    "authorization", "cookie", "x-ps-api-key", "x-ps-auth-token", "jsession", "x-csrf-token",
)  # fmt: skip
_SHOWN = ("location", "jsession", "retry-after", "www-authenticate")


def _cookies_of(response: httpx2.Response) -> str:
    """Each cookie that is set, without its attributes."""
    return "; ".join(each.split(";")[0] for each in response.headers.get_list("set-cookie"))


def hide(line: str) -> str:
    """Shorten what looks like a secret to its first four characters."""
    line = re.sub(r"(?i)((?:authorization|x-ps-api-key|x-ps-auth-token|jsession|x-csrf-token): "
                  r"(?:Bearer |Basic )?)(\S{4})\S+", r"\1\2…", line)  # fmt: skip
    return _SECRET.sub(lambda match: f"{match[1]}{match[2][:4]}…", line)


def expect(response: httpx2.Response, status: int) -> httpx2.Response:
    """Raises StepFailed unless the answer has this status."""
    if response.status_code != status:
        raise StepFailed(f"expected {status}, got {response.status_code}: {response.text[:120]}")
    return response


def _mark(ok: bool) -> str:
    return _colour("✔", 32) if ok else _colour("✘", 31)


def _bold(text: str) -> str:
    return _colour(text, 1)


def _colour(text: str, code: int) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if sys.stdout.isatty() else text
