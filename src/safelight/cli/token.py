"""`safelight token`: the token of a sign-in, for other programs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import NamedTuple

from safelight.cli.environment import secret_variable, variable
from safelight.client.folders import folders
from safelight.client.grant import Grant
from safelight.client.keeping import Keeper
from safelight.client.profiles import FILE_NAME, Profile, load_profiles
from safelight.errors import ConfigurationError, Unauthenticated
from safelight.secret import Secret

_AHEAD = timedelta(seconds=5)

_KEEPERS = {
    "plaintext": ("safelight.client.keeping.plain_file", "PlainFileKeeper"),
    "vault": ("safelight.client.keeping.encrypted_file", "EncryptedFileKeeper"),
    "keyring": ("safelight.client.keeping.system_keyring", "KeyringKeeper"),
}
"""Loaded one by one: a keyring takes longer to load than all the rest."""


class _Asked(NamedTuple):
    profile: str


def answer_lightly(arguments: list[str]) -> int | None:
    """Print the token and return the exit code; None, and nothing printed, when it takes more: an
    option that only the whole command knows, an account of the environment's, a passphrase to ask
    for, a token to renew."""
    asked = _read(arguments)
    if asked is None:
        return None
    if not asked.profile and (given := secret_variable("TOKEN")) is not None:
        print(given.reveal())
        return 0
    if not asked.profile and (variable("SERVICE") or variable("USERNAME")):
        return None  # it may be another account than that of a profile
    profile = _find(asked.profile or variable("PROFILE"))
    keeper = _open(profile)
    kept = keeper.read(profile.key) if keeper is not None else None
    if kept is None or kept.grant is None or _is_over(kept.grant):
        return None
    print(token_of(profile, kept.grant).reveal())
    return 0


def token_of(profile: Profile, grant: Grant) -> Secret:
    """What such a service takes in a header. Raises ConfigurationError where it takes cookies."""
    token = grant.access_token or grant.session_token
    if token is None:
        raise ConfigurationError(
            f"{profile.service} signs in with cookies here, not with a token. "
            "Use: safelight export cookies"
        )
    return token


def _read(arguments: list[str]) -> _Asked | None:
    match arguments:
        case []:
            return _Asked("") if variable("OUTPUT").lower() != "json" else None
        case ["--profile", name] if not name.startswith("-"):
            return _Asked(name)
        case _:
            return None


def _find(name: str) -> Profile:
    """Raises Unauthenticated, which says how to get one, when there is no such profile."""
    found = load_profiles(folders().settings / FILE_NAME)
    if not found.profiles or not (name or found.current):
        raise Unauthenticated("Nobody is signed in. Begin with: safelight login SERVICE")
    return found.named(name)


def _open(profile: Profile) -> Keeper | None:
    """The place of the sign-in; None when it is for the whole command to open."""
    if profile.store not in _KEEPERS:
        return None
    module, name = _KEEPERS[profile.store]
    make = getattr(import_module(module), name)
    if profile.store != "vault":
        keeper: Keeper = make(folders().sessions)
        return keeper
    passphrase = secret_variable("VAULT_PASSPHRASE")
    if passphrase is None:
        return None
    vault: Keeper = make(folders().sessions, lambda: passphrase)
    return vault


def _is_over(grant: Grant) -> bool:
    return grant.expires_at is not None and grant.expires_at <= datetime.now(UTC) + _AHEAD
