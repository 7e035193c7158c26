"""`safelight status` and `safelight switch`: who is signed in where, and who is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from cyclopts import Parameter

from safelight.cli import exits
from safelight.cli.accounts import Chosen, choose, open_account, profile_file
from safelight.cli.exits import Answer, wants_json
from safelight.cli.options import Json, NoInput, ProfileName
from safelight.cli.output import print_json
from safelight.client.grant import Grant
from safelight.client.profiles import Profile
from safelight.errors import ConfigurationError, SafelightError

_LIVE = "signed in"
_OVER = "over"
_UNKNOWN = "not asked"

_WORDS = {
    exits.SERVICE_DOWN: "service down",
    exits.RATE_LIMITED: "rate limited",
}


class ProfileLine(msgspec.Struct, frozen=True, kw_only=True):
    """A profile as `--json` prints it. `state` is `signed in`, `over`, `service down`,
    `rate limited`, `failed` or `not asked`; `detail` says more where there is more to say."""

    name: str
    current: bool
    service: str
    url: str
    account: str
    organization: str | None
    store: str
    state: str
    detail: str


class Standing(Answer, frozen=True, kw_only=True):
    profiles: tuple[ProfileLine, ...]


class Switched(Answer, frozen=True, kw_only=True):
    profile: str
    organization: str | None


def status(
    *,
    offline: Annotated[
        bool, Parameter(negative="", show_default=False, help="Do not ask the services.")
    ] = False,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> int:
    """Say who is signed in where. Exit code 4 when the one that is meant is not signed in."""
    known = profile_file().read()
    chosen = choose(profile)
    lines, code = [], exits.DONE
    for name, each in _shown(chosen, profile, known.profiles):
        is_meant = name == chosen.name
        # What the environment has of credentials is the affair of the one that is meant.
        one = Chosen(name, each, is_named=chosen.is_named or not is_meant)
        line, ended = _line(one, is_meant, offline=offline, no_input=no_input)
        lines.append(line)
        if is_meant:
            code = ended
    if wants_json(json):
        print_json(Standing(profiles=tuple(lines)))
    else:
        _print(lines)
    return code


def switch(
    name: Annotated[
        str, Parameter(metavar="PROFILE", help="Which profile is meant from now.")
    ] = "",
    /,
    *,
    organization: Annotated[
        str | None,
        Parameter(
            metavar="ID",
            show_default=False,
            help='Act for this organization from now; "" for the account alone.',
        ),
    ] = None,
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """Choose the profile that is meant, or the organization to act for."""
    if not name and organization is None:
        raise ConfigurationError("Name a profile, or an organization with --organization.")
    chosen = choose(name)
    if organization is not None:
        with open_account(chosen, no_input=no_input) as client:
            client.select_organization(organization or None)
    if chosen.name:
        profile_file().change(lambda known: msgspec.structs.replace(known, current=chosen.name))
    if wants_json(json):
        print_json(Switched(profile=chosen.name, organization=organization))
        return
    acting = f" for {organization}" if organization else ""
    print(f"Now {chosen.profile.account} at {chosen.profile.url}{acting}.")


def _shown(
    chosen: Chosen, profile: str, profiles: Mapping[str, Profile]
) -> list[tuple[str, Profile]]:
    if profile or not chosen.name:
        return [(chosen.name, chosen.profile)]
    return list(profiles.items())


def _line(
    chosen: Chosen, is_meant: bool, *, offline: bool, no_input: bool
) -> tuple[ProfileLine, int]:
    """A profile's line, and what the exit code is if it is the one that is meant."""
    profile = chosen.profile
    state, detail, code, grant = _UNKNOWN, "", exits.DONE, None
    try:
        with open_account(chosen, no_input=no_input) as client:
            if not offline:
                live = client.is_live()
                state, code = (_LIVE, 0) if live else (_OVER, exits.SIGN_IN_NEEDED)
            grant = client.auth.session.holding.held.grant
    except SafelightError as error:
        code, detail = exits.code_of(error), error.message
        state = _WORDS.get(code, "failed")
    line = ProfileLine(
        name=chosen.name,
        current=is_meant,
        service=profile.service,
        url=profile.url,
        account=profile.account,
        organization=_acting_for(profile, grant),
        store=profile.store,
        state=state,
        detail=detail,
    )
    return line, code


def _acting_for(profile: Profile, grant: Grant | None) -> str | None:
    if grant is not None:
        return grant.organization_id
    return profile.organization or None


def _print(lines: list[ProfileLine]) -> None:
    """A block each: a table of all of it would not fit a terminal."""
    for line in lines:
        mark = " (current)" if line.current else ""
        print(f"{line.name or 'from the environment'}{mark}: {line.state}")
        print(f"  {line.account} at {line.service}, {line.url}")
        if line.organization:
            print(f"  acting for {line.organization}")
        print(f"  kept in: {line.store}")
        if line.detail:
            print(f"  {line.detail}")
