"""`safelight token` where it takes more than a look: a renewal, a passphrase, a sign-in."""

from __future__ import annotations

from safelight.cli.accounts import choose, open_account
from safelight.cli.environment import secret_variable
from safelight.cli.exits import Answer, wants_json
from safelight.cli.options import Json, NoInput, ProfileName
from safelight.cli.output import print_json
from safelight.cli.token import token_of
from safelight.secret import Secret


class Token(Answer, frozen=True, kw_only=True):
    """As `--json` prints it."""

    token: str


def token(*, profile: ProfileName = "", no_input: NoInput = False, json: Json = False) -> None:
    """Print the token of a live session."""
    found = _find(profile, no_input)
    if wants_json(json):
        print_json(Token(token=found.reveal()))
    else:
        print(found.reveal())


def _find(profile: str, no_input: bool) -> Secret:
    if not profile and (given := secret_variable("TOKEN")) is not None:
        return given
    chosen = choose(profile)
    with open_account(chosen, no_input=no_input, hands_on=True) as client:
        grant = client.sign_in().grant
        assert grant is not None
        return token_of(chosen.profile, grant)
