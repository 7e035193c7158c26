"""`safelight login`: sign in once, and be signed in from then on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from safelight.cli.accounts import (
    PATIENCE,
    KeptAnswers,
    credentials_of,
    keeper_of,
    profile_file,
    say_what_happens,
)
from safelight.cli.askable import mode_of, require_one_mode, require_safe, require_url
from safelight.cli.asking import ask, ask_secret, read_secret_line
from safelight.cli.environment import can_ask, secret_variable, variable
from safelight.cli.exits import Answer, wants_json
from safelight.cli.options import Json, NoInput, PasswordStdin
from safelight.cli.output import print_json
from safelight.cli.services import require_realm
from safelight.client.addresses import read_url
from safelight.client.auth import Mode, Service
from safelight.client.client import Client
from safelight.client.errors import KeepingFailed, NotTheService
from safelight.client.events import Event, Happened
from safelight.client.folders import folders
from safelight.client.grant import ONLY, Credentials
from safelight.client.keeping import Keeper, Remembered, remembered_by
from safelight.client.keeping.choice import Place, open_keeper
from safelight.client.keeping.system_keyring import is_usable
from safelight.client.profile_auth import auth_of
from safelight.client.profiles import Profile, require_name
from safelight.client.setting import empty_at_changes
from safelight.errors import ConfigurationError, NotFound, SafelightError, Unauthenticated
from safelight.secret import Secret

Store = Literal["keyring", "vault", "plaintext"]
Realm = Literal["studio", "galleries"]

_PLACES = {
    "keyring": "the system's keyring",
    "vault": "an encrypted file below {folder}",
    "plaintext": "a plain file below {folder}",
}


class SignedIn(Answer, frozen=True, kw_only=True):
    """As `--json` prints it. `already` is true when nothing had to be done."""

    profile: str
    service: str
    url: str
    account: str
    organization: str
    store: str
    already: bool


def login(
    service: Annotated[Service, Parameter(help="Where to.")],
    /,
    *,
    url: Annotated[
        str, Parameter(metavar="URL", show_default=False, help="The service's address.")
    ] = "",
    profile: Annotated[
        str,
        Parameter(metavar="NAME", show_default=False, help="What to call this sign-in from now."),
    ] = "",
    realm: Annotated[
        Realm | None, Parameter(metavar="APP", show_default=False, help="Which app of Pixieset.")
    ] = None,
    username: Annotated[
        str,
        Parameter(metavar="NAME", show_default=False, help="The e-mail address or username."),
    ] = "",
    password_stdin: PasswordStdin = False,
    api_key: Annotated[
        str, Parameter(metavar="KEY", show_default=False, help="PhotoShelter's API key.")
    ] = "",
    mode: Annotated[
        Mode | None,
        Parameter(metavar="MODE", show_default=False, help="What PhotoShelter should give."),
    ] = None,
    organization: Annotated[
        str,
        Parameter(
            metavar="ID",
            show_default=False,
            help='Act for this organization; "only" for the one that there is.',
        ),
    ] = "",
    store: Annotated[
        Store | None,
        Parameter(metavar="PLACE", show_default=False, help="Where the sign-in rests."),
    ] = None,
    remember: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Keep the password there, too."),
    ] = False,
    force: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Sign in anew, whatever is kept."),
    ] = False,
    allow_plain_http: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Send secrets without HTTPS. Unsafe."),
    ] = False,
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """Sign in to a service, and stay signed in."""
    if service == "pixieset":
        require_realm(realm or "")
    asked = Profile(
        service=service,
        url=str(read_url(require_url(service, url, realm or ""))),
        account=username or variable("USERNAME") or _ask_account(service, no_input),
        store=store or "",
        realm=realm or "",
        organization=organization,
        mode=mode or "",
        allow_plain_http=allow_plain_http,
    )
    given = read_secret_line() if password_stdin else secret_variable("PASSWORD")
    key = Secret(_without_end(api_key)) if api_key else secret_variable("API_KEY")
    attempt = _Attempt(profile, asked, given, key, no_input)
    already = attempt.sign_in(force=force, remember=remember)
    _report(attempt.name, attempt.profile, already=already, json=json)
    if remember and not wants_json(json):
        print("The password is kept there, too.", file=sys.stderr)


class _Attempt:
    """One sign-in, from what was asked for to what is kept."""

    def __init__(
        self,
        name: str,
        asked: Profile,
        given: Secret | None,
        api_key: Secret | None,
        no_input: bool,
    ) -> None:
        known = profile_file().read()
        before = known.find(asked.key)
        self.name = require_name(name) if name else before or known.free_name(asked)
        other = known.profiles.get(self.name)
        if other is not None and other.key != asked.key:
            raise ConfigurationError(
                f"Profile {self.name} is {other.account} at {other.url}. Choose another name, or "
                f"sign that one out first: safelight logout --profile {self.name}"
            )
        self._sealed = [each for each in known.profiles.values() if each.store == "vault"]
        self._before = other or (known.profiles[before] if before is not None else None)
        mode = asked.mode or (other.mode if other is not None else "")
        self.profile = self._settle(msgspec.structs.replace(asked, mode=mode))
        require_one_mode(known, self.name, self.profile)
        require_safe(self.profile)
        self._given = given
        self._api_key = api_key
        self._no_input = no_input
        self._lost = ""

    def sign_in(self, *, force: bool, remember: bool) -> bool:
        """Whether a live session was there already."""
        keeper = self._open_keeper()
        remembered = remembered_by(keeper, self.profile.key)
        key = self._require_key(remembered)
        # Whoever sits there may know a newer password than the one that was kept.
        old = None if can_ask(self._no_input) else remembered.password
        given = self._given or old
        find = credentials_of(self.name, self.profile, lambda: given, no_input=self._no_input)
        credentials = _Once(find)
        auth = auth_of(
            self.profile, keeper, credentials=credentials, api_key=key, on_event=self._watch
        )
        empty_at_changes(auth.session, KeptAnswers())
        with Client(auth, patience=PATIENCE) as client:
            # A password that is kept has signed in: else nobody knows whether it is the right one.
            is_new = remember and credentials().password != remembered.password
            already = not (force or is_new) and client.is_live() and self._is_as_asked(client)
            if not already:
                client.sign_in(force=True)
                self._require_service(client)
            self._act_as_asked(client)
            self._require_kept(client)
        password = credentials().password if remember else remembered.password
        self._keep(keeper, Remembered(api_key=key, password=password))
        return already

    def _is_as_asked(self, client: Client) -> bool:
        """Whether the session has what PhotoShelter gives in the profile's mode."""
        mode, grant = mode_of(self.profile), client.auth.session.holding.held.grant
        return not mode or grant is None or (grant.session_token is None) is (mode == "cookie")

    def _act_as_asked(self, client: Client) -> None:
        """A session goes on for whom it acted for last, and so does a sign-in in its place."""
        asked, grant = self.profile.organization, client.auth.session.holding.held.grant
        if asked not in ("", ONLY) and grant is not None and grant.organization_id != asked:
            client.select_organization(asked)

    def _settle(self, asked: Profile) -> Profile:
        """What was asked for, and what the profile had before where nothing was said."""
        before = self._before
        store = asked.store or (before.store if before is not None else "")
        return msgspec.structs.replace(
            asked,
            store=store or variable("STORE") or _best_place(),
            password_command=before.password_command if before is not None else (),
            allow_plain_http=asked.allow_plain_http
            or (before is not None and before.allow_plain_http),
        )

    def _open_keeper(self) -> Keeper:
        """One passphrase opens every encrypted file: that of the first is asked for twice, and
        later ones have to open what is there."""
        if self.profile.store != Place.VAULT.value:
            return keeper_of(self.profile, no_input=self._no_input)
        if self._sealed:
            keeper = keeper_of(self.profile, no_input=self._no_input)
            keeper.read(self._sealed[0].key)
            return keeper
        chosen = secret_variable("VAULT_PASSPHRASE") or self._choose_passphrase()
        return open_keeper(folders().sessions, Place.VAULT, lambda: chosen)

    def _choose_passphrase(self) -> Secret:
        otherwise = (
            "The encrypted file needs a passphrase, and nobody can be asked: "
            "set SAFELIGHT_VAULT_PASSPHRASE_FILE."
        )
        question = "New passphrase for the encrypted file"
        chosen = ask_secret(question, no_input=self._no_input, otherwise=otherwise)
        again = ask_secret("The same again", no_input=self._no_input, otherwise=otherwise)
        if chosen != again:
            raise ConfigurationError("The two are not the same. Nothing was sent or kept.")
        return chosen

    def _require_key(self, remembered: Remembered) -> Secret | None:
        key = self._api_key or remembered.api_key
        if key is not None or self.profile.service != "photoshelter":
            return key
        return ask_secret(
            "API key",
            no_input=self._no_input,
            otherwise="PhotoShelter wants an API key: give --api-key, or set SAFELIGHT_API_KEY.",
        )

    def _watch(self, event: Event) -> None:
        if event.what is Happened.NOT_KEPT:
            self._lost = event.detail
        else:
            say_what_happens(event)

    def _require_kept(self, client: Client) -> None:
        """A session that nobody will find again is not left behind at the service."""
        if not self._lost:
            return
        try:
            client.abandon()
        except SafelightError:
            raise KeepingFailed(f"The sign-in could not be kept: {self._lost}") from None
        raise KeepingFailed(
            f"The sign-in could not be kept, so it was ended; what was there before is as it was. "
            f"{self._lost}"
        )

    def _require_service(self, client: Client) -> None:
        """Another app of the house may take the same form at the address, and set a cookie."""
        if self.profile.service != "pixieset":
            return
        try:
            client.is_live()
        except (NotFound, NotTheService):
            with suppress(SafelightError):
                client.sign_out()
            client.forget()
            raise NotTheService(
                f"{self.profile.url} takes this sign-in, but is not Pixieset's "
                f"{self.profile.realm} app. Check the address: at a Safelight server it ends with "
                "/studio or /galleries."
            ) from None
        except SafelightError:
            return  # an outage says nothing about the address

    def _keep(self, keeper: Keeper, remembered: Remembered) -> None:
        kept = keeper.read(self.profile.key)
        if kept is not None and kept.remembered != remembered:
            keeper.write(self.profile.key, msgspec.structs.replace(kept, remembered=remembered))
        profile_file().change(lambda known: known.having(self.name, self.profile))
        before = self._before
        if before is not None and before.store != self.profile.store:
            keeper_of(before, no_input=self._no_input).remove(before.key)


class _Once:
    """Credentials that are asked for at most once."""

    def __init__(self, find: Callable[[], Credentials]) -> None:
        self._find = find
        self._found: Credentials | None = None

    def __call__(self) -> Credentials:
        if self._found is None:
            self._found = self._find()
        return self._found


def _without_end(line: str) -> str:
    """What was read from a file may have the end of its line."""
    return line.removesuffix("\n").removesuffix("\r") if line.endswith("\n") else line


def _ask_account(service: str, no_input: bool) -> str:
    return ask(
        f"E-mail address or username at {service}",
        no_input=no_input,
        otherwise="Say who signs in: --username NAME, and the password by --password-stdin.",
    )


def _best_place() -> str:
    """The system's keyring, else an encrypted file. Never plain text: that is asked for by name."""
    if is_usable():
        return Place.KEYRING.value
    if secret_variable("VAULT_PASSPHRASE") is not None or can_ask(False):
        return Place.VAULT.value
    raise Unauthenticated(
        "There is no system keyring here. Set SAFELIGHT_VAULT_PASSPHRASE_FILE for an encrypted "
        "file, or say --store plaintext."
    )


def _report(name: str, profile: Profile, *, already: bool, json: bool) -> None:
    if wants_json(json):
        print_json(
            SignedIn(
                profile=name,
                service=profile.service,
                url=profile.url,
                account=profile.account,
                organization=profile.organization,
                store=profile.store,
                already=already,
            )
        )
        return
    word = "Already signed in" if already else "Signed in"
    print(f"{word} to {profile.service} as {profile.account}: profile {name}.")
    if not already:
        place = _PLACES[profile.store].format(folder=folders().sessions)
        print(f"The session is kept in {place}.", file=sys.stderr)
