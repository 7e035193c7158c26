"""`safelight logout`: the session is over, here and at the service."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from safelight.cli.accounts import (
    Chosen,
    KeptAnswers,
    choose,
    keeper_of,
    open_account,
    profile_file,
)
from safelight.cli.exits import Answer, wants_json
from safelight.cli.options import Json, NoInput, ProfileName
from safelight.cli.output import print_json
from safelight.client.answers import require_own
from safelight.client.errors import Unsupported
from safelight.errors import ConfigurationError, Unavailable

_ALL_SESSIONS = {"safelight": "v1/sessions"}
"""What ends every session of the account, where a service has that."""


_LOCALLY = "With --local it is forgotten here, and lives on there."


class SignedOut(Answer, frozen=True, kw_only=True):
    """As `--json` prints it. `current` is the profile that is meant from now on, or "" for none."""

    profile: str
    everywhere: bool
    current: str


def logout(
    *,
    everywhere: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="End every session of the account."),
    ] = False,
    local: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Forget it here; do not ask the service."),
    ] = False,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """End the session and forget the profile."""
    if everywhere and local:
        raise ConfigurationError("--everywhere and --local do not go together.")
    chosen = choose(profile)
    if not chosen.name:
        raise ConfigurationError("What the environment describes is not kept: nothing to end.")
    if local:
        keeper_of(chosen.profile, no_input=no_input).remove(chosen.profile.key)
        KeptAnswers().empty(chosen.profile.key)
    else:
        try:
            _end(chosen, everywhere=everywhere, no_input=no_input)
        except Unavailable as error:
            error.args = (f"{error.message} Nothing was forgotten. {_LOCALLY}",)
            raise
    left = profile_file().change(lambda known: known.without(chosen.name))
    if wants_json(json):
        print_json(SignedOut(profile=chosen.name, everywhere=everywhere, current=left.current))
        return
    what = "Ended every session of" if everywhere else "Forgot" if local else "Signed out"
    print(f"{what} {chosen.profile.account} at {chosen.profile.url}.")
    if left.current:
        print(f"The current profile is {left.current}.")


def _end(chosen: Chosen, *, everywhere: bool, no_input: bool) -> None:
    path = _ALL_SESSIONS.get(chosen.profile.service)
    if everywhere and path is None:
        raise Unsupported(
            f"{chosen.profile.service} has no way to end every session. Without --everywhere this "
            "one ends."
        )
    named = Chosen(chosen.name, chosen.profile, is_named=True)  # it is the kept one that ends
    with open_account(named, no_input=no_input) as client:
        if everywhere and path is not None:
            response = client.delete(path)
            error = client.error_of(response)
            if error is not None:
                raise error
            require_own(response)
            client.forget()
        else:
            client.sign_out()
