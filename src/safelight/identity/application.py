"""Applications: programs that hold an API key, which names them and opens nothing alone."""

from __future__ import annotations

from datetime import datetime

import msgspec

from safelight.clock import Entropy
from safelight.identity.ids import AccountId, ApplicationId, random_symbols
from safelight.secret import Secret


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """`owner_id` is None for one that the operator added."""

    id: ApplicationId
    name: str
    owner_id: AccountId | None
    created_at: datetime
    last_used_at: datetime | None


def new_api_key(entropy: Entropy) -> Secret:
    """Eleven characters of `[A-Za-z0-9._]`: the form that PhotoShelter's plug-ins check for."""
    return Secret(random_symbols(11, entropy))
