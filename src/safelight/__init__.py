"""Safelight: one account behind four photo services' sign-in protocols.

The client's names (`Client`, `AsyncClient`, `auth` and the rest of `__all__`) are loaded when they
are asked for, so that the server does without httpx2 and `import safelight` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from safelight import errors as errors
    from safelight.client import auth as auth
    from safelight.client.async_client import AsyncClient as AsyncClient
    from safelight.client.cache import AnswerCache as AnswerCache
    from safelight.client.client import Client as Client
    from safelight.client.events import Event as Event
    from safelight.client.events import Happened as Happened
    from safelight.client.grant import Credentials as Credentials
    from safelight.client.pacing import Patience as Patience
    from safelight.errors import Reason as Reason
    from safelight.errors import SafelightError as SafelightError
    from safelight.secret import Secret as Secret

__version__ = "0.1.0"

__all__ = [
    "AnswerCache",
    "AsyncClient",
    "Client",
    "Credentials",
    "Event",
    "Happened",
    "Patience",
    "Reason",
    "SafelightError",
    "Secret",
    "__version__",
    "auth",
    "errors",
]

_MODULES = {"auth": "safelight.client.auth", "errors": "safelight.errors"}
_NAMES = {
    "AnswerCache": "safelight.client.cache",
    "AsyncClient": "safelight.client.async_client",
    "Client": "safelight.client.client",
    "Credentials": "safelight.client.grant",
    "Event": "safelight.client.events",
    "Happened": "safelight.client.events",
    "Patience": "safelight.client.pacing",
    "Reason": "safelight.errors",
    "SafelightError": "safelight.errors",
    "Secret": "safelight.secret",
}


def __getattr__(name: str) -> Any:
    """PEP 562."""
    if name in _MODULES:
        found: object = import_module(_MODULES[name])
    elif name in _NAMES:
        found = getattr(import_module(_NAMES[name]), name)
    else:
        raise AttributeError(f"module 'safelight' has no attribute {name!r}")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
