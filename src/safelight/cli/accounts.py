"""From a profile, or from the environment alone, to a client that can ask its service."""

from __future__ import annotations

import netrc
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from importlib import import_module
from typing import NamedTuple
from urllib.parse import urlsplit

from safelight.cli.asking import ask_secret
from safelight.cli.environment import secret_variable, variable
from safelight.cli.services import default_url, grant_of_token
from safelight.client.addresses import read_url
from safelight.client.client import Client
from safelight.client.durations import spoken
from safelight.client.events import Event, Happened
from safelight.client.folders import folders
from safelight.client.grant import Credentials
from safelight.client.keeping import AccountKey, Keeper, remembered_by
from safelight.client.keeping.choice import Place, open_keeper, place_named
from safelight.client.keeping.memory import MemoryKeeper
from safelight.client.pacing import Patience
from safelight.client.profile_auth import auth_of
from safelight.client.profile_file import ProfileFile
from safelight.client.profiles import Profile
from safelight.client.setting import empty_at_changes
from safelight.errors import ConfigurationError, SafelightError, Unauthenticated, Unavailable
from safelight.secret import Secret

_NOBODY = "Nobody is signed in. Begin with: safelight login SERVICE"
_COMMAND_SECONDS = 60

PATIENCE = Patience(tries=3)
"""A person waits: an address where nobody answers is told after seconds."""


class KeptAnswers:
    """What programs of this person keep of an account's answers between runs
    (`Client.from_profile`). The command keeps none; it throws theirs away.

    The cache library is loaded only for that, and only by who has such a folder: no other command
    waits for it.
    """

    def empty(self, key: AccountKey) -> None:
        folder = folders().cache
        if folder.exists():
            import_module("safelight.client.cache").AnswerCache(folder).empty(key)


class Chosen(NamedTuple):
    """An account that is meant. `name` is "" for one that the environment alone describes.
    `is_named`: it was said which, so what the environment has of credentials is another's."""

    name: str
    profile: Profile
    is_named: bool


def profile_file() -> ProfileFile:
    return ProfileFile(folders().settings)


def choose(name: str = "") -> Chosen:
    """The profile of that name, else the environment's, else the current one. Raises
    Unauthenticated where there is none, ConfigurationError for a name that there is not."""
    found = profile_file().read()
    if not name and not variable("PROFILE") and variable("SERVICE"):
        return Chosen("", _of_environment(), False)
    wanted = name or variable("PROFILE") or found.current
    if not wanted:
        raise Unauthenticated(_NOBODY)
    return Chosen(wanted, found.named(wanted), bool(name))


@contextmanager
def open_account(
    chosen: Chosen, *, no_input: bool, follow_elsewhere: bool = True, hands_on: bool = False
) -> Iterator[Client]:
    """A client for it; what the session renewed is written down at the end. Whoever signs in, signs
    out or changes the organization with it leaves no kept answer behind.

    A session that is kept nowhere is ended with the run, unless the run `hands_on` what signs in.
    """
    profile = chosen.profile
    token = None if chosen.is_named else secret_variable("TOKEN")
    given = None if chosen.is_named else secret_variable("PASSWORD")
    if not chosen.is_named and (username := variable("USERNAME")) not in ("", profile.account):
        # Somebody else's sign-in: nothing of the profile's account is read or written.
        profile = _for_now(profile, username)
    keeper = MemoryKeeper() if token is not None else keeper_of(profile, no_input=no_input)
    is_for_now = isinstance(keeper, MemoryKeeper)
    key = None if chosen.is_named else secret_variable("API_KEY")
    key = key or remembered_by(keeper, profile.key).api_key

    def find() -> Secret | None:
        return given or remembered_by(keeper, profile.key).password

    auth = auth_of(
        profile,
        keeper,
        credentials=credentials_of(chosen.name, profile, find, no_input=no_input),
        api_key=key,
        on_event=say_what_happens,
    )
    if token is not None:
        auth.session.holding.begin_with(grant_of_token(profile.service, token))
    if is_for_now:  # what a service asked for is still so in the next run
        auth.session.holding.quiet.share(folders().sessions / f"{profile.key.name}.quiet")
    empty_at_changes(auth.session, KeptAnswers())
    with Client(auth, patience=PATIENCE, follow_elsewhere=follow_elsewhere) as client:
        ends = is_for_now and token is None and not hands_on
        try:
            yield client
        except Unavailable:  # it would be waited for once more
            raise
        except (SafelightError, KeyboardInterrupt, SystemExit):
            _end(client, wanted=ends)
            raise
        _end(client, wanted=ends)


def _end(client: Client, *, wanted: bool) -> None:
    """End a session that nobody would find again, if one was begun and the service may be asked."""
    session = client.auth.session
    is_quiet = bool(session.holding.quiet.left(session.clock.now()))
    if wanted and session.holding.held.grant is not None and not is_quiet:
        with suppress(SafelightError):
            client.sign_out()


def keeper_of(profile: Profile, *, no_input: bool) -> Keeper:
    """The place of a profile's sign-in."""
    place = place_named(profile.store)
    return open_keeper(folders().sessions, place, passphrase(no_input=no_input))


def passphrase(*, no_input: bool) -> Callable[[], Secret]:
    """Asks for the encrypted file's passphrase when it is needed."""

    def find() -> Secret:
        return secret_variable("VAULT_PASSPHRASE") or ask_secret(
            "Passphrase of the encrypted file",
            no_input=no_input,
            otherwise="The encrypted file needs its passphrase, and nobody can be asked: "
            "set SAFELIGHT_VAULT_PASSPHRASE_FILE.",
        )

    return find


def credentials_of(
    name: str, profile: Profile, given: Callable[[], Secret | None], *, no_input: bool
) -> Callable[[], Credentials]:
    """Finds the password when a sign-in is needed: what is `given`, what the profile's command
    prints, what stands in `.netrc`, what a person types. Raises Unauthenticated for none."""

    def find() -> Credentials:
        password = given() or _printed(profile) or _from_netrc(profile)
        password = password or ask_secret(
            f"Password of {profile.account} at {profile.url}",
            no_input=no_input,
            otherwise=_what_to_do(name, profile),
        )
        return Credentials(identifier=profile.account, password=password)

    return find


def say_what_happens(event: Event) -> None:
    """What a person who waits wants to know, to standard error."""
    if event.what is Happened.PAUSED and event.seconds >= 2 and sys.stderr.isatty():
        pause = spoken(timedelta(seconds=event.seconds))
        print(f"Waiting {pause} before the next try.", file=sys.stderr)
    if event.what is Happened.NOT_KEPT:
        print(f"safelight: The session could not be kept: {event.detail}", file=sys.stderr)


def _of_environment() -> Profile:
    service, realm = variable("SERVICE"), variable("REALM")
    url, account = variable("URL") or default_url(service, realm), variable("USERNAME")
    if not url:
        raise ConfigurationError("SAFELIGHT_SERVICE needs SAFELIGHT_URL beside it.")
    return Profile(
        service=service,
        url=str(read_url(url)),
        account=account or "token",
        store=Place.MEMORY.value,
        realm=realm,
    )


def _for_now(profile: Profile, account: str) -> Profile:
    return Profile(
        service=profile.service,
        url=profile.url,
        account=account,
        store=Place.MEMORY.value,
        realm=profile.realm,
        organization=profile.organization,
        mode=profile.mode,
        allow_plain_http=profile.allow_plain_http,
    )


def _what_to_do(name: str, profile: Profile) -> str:
    named = f" --profile {name}" if name and name != profile.service else ""
    url = f" --url {profile.url}"
    told = {"realm": profile.realm, "mode": profile.mode, "organization": profile.organization}
    said = "".join(f" --{name} {value}" for name, value in told.items() if value)
    unsafe = " --allow-plain-http" if profile.allow_plain_http else ""
    return (
        f"Signing in as {profile.account} needs the password, and nobody can be asked. Set "
        f"SAFELIGHT_PASSWORD_FILE, or run: safelight login {profile.service}{said}{url} "
        f"--username {profile.account}{named}{unsafe}"
    )


def _printed(profile: Profile) -> Secret | None:
    """The first line that the profile's `password_command` prints."""
    command = profile.password_command
    if not command:
        return None
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ConfigurationError(
            f"password_command {command[0]} cannot be run: {type(error).__name__}."
        ) from None
    line = done.stdout.partition("\n")[0].rstrip("\r")
    if done.returncode or not line:
        raise ConfigurationError(
            f"password_command {command[0]} printed no password (exit code {done.returncode})."
        )
    return Secret(line)


def _from_netrc(profile: Profile) -> Secret | None:
    """The password of the account's own line in `~/.netrc`."""
    host = urlsplit(profile.url).hostname or ""
    try:
        found = netrc.netrc().authenticators(host)
    except (OSError, UnicodeDecodeError, netrc.NetrcParseError):
        return None
    if found is None or found[0] != profile.account or not found[2]:
        return None
    return Secret(found[2])
