"""From the name of a profile to what signs in as it: for programs that go on with what
`safelight login` began."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from safelight.client.auth import Credentials, SessionAuth
from safelight.client.cache import AnswerCache
from safelight.client.events import Event
from safelight.client.folders import folders
from safelight.client.keeping import remembered_by
from safelight.client.keeping.choice import open_keeper, place_named
from safelight.client.profile_auth import auth_of
from safelight.client.profiles import FILE_NAME, load_profiles
from safelight.client.sendable import is_text
from safelight.errors import ConfigurationError
from safelight.secret import Secret


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
    a profile that there is not, and for a passphrase that is no text.
    """
    if passphrase is not None and not is_text(_secret(passphrase).reveal()):
        raise ConfigurationError("The passphrase is not valid UTF-8.")
    places = folders(folder)
    profile = load_profiles(places.settings / FILE_NAME).named(name)
    ask = None if passphrase is None else lambda: _secret(passphrase)
    keeper = open_keeper(places.sessions, place_named(profile.store), ask)

    def find() -> Credentials | None:
        found = (
            _secret(password)
            if password is not None
            else remembered_by(keeper, profile.key).password
        )
        if found is None:
            return None
        return Credentials(identifier=profile.account, password=found)

    auth = auth_of(
        profile,
        keeper,
        credentials=find,
        api_key=remembered_by(keeper, profile.key).api_key,
        on_event=on_event,
    )
    return Opened(auth, AnswerCache(places.cache))


def _secret(text: str | Secret) -> Secret:
    return text if isinstance(text, Secret) else Secret(text)
