"""From a profile to what signs in as it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from safelight.client.auth import SERVICES, Given, SessionAuth, Target, open_auth
from safelight.client.choices import require_choice
from safelight.client.events import Event
from safelight.client.keeping import Keeper
from safelight.client.profiles import Profile
from safelight.errors import ConfigurationError
from safelight.secret import Secret


def auth_of(
    profile: Profile,
    keeper: Keeper,
    *,
    credentials: Given,
    api_key: Secret | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> SessionAuth:
    """What signs in as a profile, and keeps that with `keeper`. Raises ConfigurationError for a
    profile that cannot be used."""
    require_choice("service", profile.service, SERVICES)
    try:
        target = msgspec.convert(
            {
                "service": profile.service,
                "url": profile.url,
                "realm": profile.realm or "galleries",
                "mode": profile.mode or "token",
                "organization": profile.organization or None,
            },
            Target,
        )
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"The profile cannot be used: {error}.") from None
    auth = open_auth(
        target,
        credentials=credentials,
        api_key=api_key,
        account=profile.account,
        keeper=keeper,
        allow_plain_http=profile.allow_plain_http,
    )
    if on_event is not None:
        auth.session.listeners.append(on_event)
    return auth
