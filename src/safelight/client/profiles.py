"""Profiles: which accounts a person has, where each one's sign-in rests, and which one is meant.

They stand in `config.toml`, which has no secret in it and may be written by hand. Nothing here
loads the HTTP library: `safelight token` has to answer before that would be there.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from safelight.client.errors import file_failure
from safelight.client.keeping import AccountKey
from safelight.errors import ConfigurationError

VERSION = 1
FILE_NAME = "config.toml"
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9@._+-]{0,99}")


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One account at one service. `store` is the place of its sign-in; `realm`, `organization` and
    `mode` are for services that have such. `password_command` prints the password."""

    service: str
    url: str
    account: str
    store: str
    realm: str = ""
    organization: str = ""
    mode: str = ""
    allow_plain_http: bool = False
    password_command: tuple[str, ...] = ()

    @property
    def key(self) -> AccountKey:
        """What its sign-in is kept under: never the profile's name, nor whoever is current."""
        return AccountKey(
            service=self.service,
            origin=self.url,
            account=self.account,
            organization=self.organization,
        )


class Profiles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `current` is the profile that is meant where none is named."""

    version: int = VERSION
    current: str = ""
    profiles: Mapping[str, Profile] = msgspec.field(default_factory=dict)

    def named(self, name: str) -> Profile:
        """The profile of that name, the current one for ""; ConfigurationError where there is none,
        which lists those that there are."""
        wanted = name or self.current
        if wanted not in self.profiles:
            listed = ", ".join(self.profiles) or "none"
            raise ConfigurationError(
                f"There is no profile {wanted or '(current)'}. There are: {listed}"
            )
        return self.profiles[wanted]

    def find(self, key: AccountKey) -> str | None:
        """The name of the profile of an account."""
        return next((name for name, each in self.profiles.items() if each.key == key), None)

    def free_name(self, profile: Profile) -> str:
        """A name for a new profile: the service's, or its app's; else with the account's, else with
        a number."""
        short = profile.realm or profile.service
        full = re.sub(r"[^A-Za-z0-9@._+-]", "-", f"{short}-{profile.account}")[:90]
        names = [short, full, *(f"{full}-{n}" for n in range(2, len(self.profiles) + 3))]
        return next(name for name in names if name not in self.profiles)

    def having(self, name: str, profile: Profile) -> Profiles:
        """With this profile, which is the current one from now on."""
        return Profiles(current=name, profiles={**self.profiles, name: profile})

    def without(self, name: str) -> Profiles:
        left = {each: profile for each, profile in self.profiles.items() if each != name}
        current = self.current if self.current in left else next(iter(left), "")
        return Profiles(current=current, profiles=left)


def require_name(name: str) -> str:
    """Raises ConfigurationError for what cannot be a profile's name."""
    if _NAME.fullmatch(name) is None:
        raise ConfigurationError(
            "A profile's name has letters, digits and @ . _ + -, and at most 100 of them."
        )
    return name


def load_profiles(path: Path) -> Profiles:
    """Those of a file; none where there is no file."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Profiles()
    except OSError as error:
        raise file_failure(path, error) from None
    return read_profiles(content, str(path))


def read_profiles(content: bytes, place: str) -> Profiles:
    """Raises ConfigurationError, which names `place` and the line, for what cannot be used."""
    try:
        found = tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = error if isinstance(error, tomllib.TOMLDecodeError) else "it is not text"
        raise ConfigurationError(
            f"{place} cannot be read: {reason}. Mend it, or move it away and sign in again."
        ) from None
    version = found.get("version", VERSION)
    if isinstance(version, int) and version > VERSION:
        raise ConfigurationError(f"{place} was written by a newer Safelight. Update this one.")
    try:
        return msgspec.convert(found, Profiles)
    except msgspec.ValidationError as error:
        raise ConfigurationError(
            f"{place} cannot be used: {error}. Mend it, or move it away and sign in again."
        ) from None


def write_profiles(profiles: Profiles) -> bytes:
    """As TOML. What is as it would be anyway is left out."""
    lines = [f"version = {VERSION}", f"current = {_text(profiles.current)}"]
    for name, profile in profiles.profiles.items():
        lines += ["", f"[profiles.{name if _BARE.fullmatch(name) else _text(name)}]"]
        for field in msgspec.structs.fields(profile):
            value = getattr(profile, field.name)
            if value != field.default:
                lines.append(f"{field.name} = {_value(value)}")
    return ("\n".join(lines) + "\n").encode()


def _value(value: str | bool | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_text, value)) + "]"
    return _text(value)


def _text(text: str) -> str:
    """A basic string: JSON's escapes are TOML's, but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
