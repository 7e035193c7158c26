"""From the name of a profile to what signs in as it: for programs that go on with what
`safelight login` began."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import platformdirs

from safelight.client.auth import Credentials, Given, SessionAuth, Target, open_auth
from safelight.client.cache import AnswerCache
from safelight.client.events import Event
from safelight.client.keeping import Keeper, Remembered
from safelight.client.keeping.choice import Place, open_keeper
from safelight.client.profiles import FILE_NAME, Profile, load_profiles
from safelight.errors import ConfigurationError
from safelight.secret import Secret


class Folders(NamedTuple):
    settings: Path
    sessions: Path
    cache: Path


def folders(base: Path | None = None) -> Folders:
    """Where a person's profiles, sign-ins and answers are: in `base`, else where
    `SAFELIGHT_CONFIG_DIR` says, else in the system's own places."""
    given = base or _of_environment()
    if given is not None:
        return Folders(given, given / "sessions", given / "cache")
    return Folders(
        platformdirs.user_config_path("safelight"),
        platformdirs.user_state_path("safelight") / "sessions",
        platformdirs.user_cache_path("safelight"),
    )


class Opened(NamedTuple):
    auth: SessionAuth
    cache: AnswerCache


def open_profile(
    name: str,
    *,
    password: str | Secret | None = None,
    passphrase: str | Secret | None = None,
    folder: Path | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> Opened:
    """What signs in as a profile, the current one for "", and where its answers are kept.

    `password` is for when the kept session is over; without it the remembered one is taken, or the
    session is said to be over. `passphrase` opens an encrypted file. Raises ConfigurationError for
    a profile that there is not.
    """
    places = folders(folder)
    profile = _find(name, places.settings / FILE_NAME)
    ask = None if passphrase is None else lambda: _secret(passphrase)
    keeper = open_keeper(places.sessions, _place_of(profile), ask)
    kept = keeper.read(profile.key)
    remembered = kept.remembered if kept is not None else Remembered()
    given = _secret(password) if password is not None else remembered.password
    auth = _auth_of(profile, keeper, _credentials(profile, given), remembered.api_key)
    if on_event is not None:
        auth.session.listeners.append(on_event)
    return Opened(auth, AnswerCache(places.cache))


def _find(name: str, path: Path) -> Profile:
    found = load_profiles(path)
    wanted = name or found.current
    if wanted not in found.profiles:
        listed = ", ".join(found.profiles) or "none"
        raise ConfigurationError(
            f"There is no profile {wanted or '(current)'}. There are: {listed}"
        )
    return found.profiles[wanted]


def _auth_of(
    profile: Profile, keeper: Keeper, credentials: Given, api_key: Secret | None
) -> SessionAuth:
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
    return open_auth(
        target,
        credentials=credentials,
        api_key=api_key,
        account=profile.account,
        keeper=keeper,
        allow_plain_http=profile.allow_plain_http,
    )


def _credentials(profile: Profile, password: Secret | None) -> Credentials | None:
    if password is None:
        return None
    return Credentials(identifier=profile.account, password=password)


def _place_of(profile: Profile) -> Place:
    try:
        return Place(profile.store)
    except ValueError:
        raise ConfigurationError(f"There is no store {profile.store}.") from None


def _secret(text: str | Secret) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)


def _of_environment() -> Path | None:
    given = os.environ.get("SAFELIGHT_CONFIG_DIR", "")
    return Path(given).absolute() if given else None
