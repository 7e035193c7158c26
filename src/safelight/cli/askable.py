"""What may be asked of a sign-in: judged before anything is sent or asked for."""

from __future__ import annotations

from safelight.cli.environment import variable
from safelight.cli.services import default_url
from safelight.client.addresses import is_loopback, read_url
from safelight.client.profiles import Profile, Profiles
from safelight.errors import ConfigurationError


def require_one_mode(known: Profiles, name: str, profile: Profile) -> None:
    """Raises ConfigurationError where another profile of the account, and so of its one session,
    wants PhotoShelter to give something else."""
    for other, each in known.profiles.items():
        if other != name and each.key == profile.key and mode_of(each) != mode_of(profile):
            raise ConfigurationError(
                f"Profile {other} is the same account in --mode {mode_of(each)}, and profiles of "
                f"one account share its session. Use that one, or sign it out first: safelight "
                f"logout --profile {other}"
            )


def require_safe(profile: Profile) -> None:
    """Raises ConfigurationError for an address that would carry secrets in the clear."""
    address = read_url(profile.url)
    if address.scheme == "http" and not is_loopback(address) and not profile.allow_plain_http:
        raise ConfigurationError(
            f"{address} would carry the password where anybody between can read it. Use https://, "
            "or say --allow-plain-http."
        )


def mode_of(profile: Profile) -> str:
    """What PhotoShelter should give; "" for other services."""
    return (profile.mode or "token") if profile.service == "photoshelter" else ""


def require_url(service: str, url: str, realm: str) -> str:
    found = url or variable("URL") or default_url(service, realm)
    if not found:
        raise ConfigurationError(
            f"Say where your {service} is: safelight login {service} --url https://…"
        )
    return found
