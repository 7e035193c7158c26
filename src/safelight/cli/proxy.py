"""`safelight proxy`: a browser app that may use the account, and never gets what signs it in.

The link that lets a browser in has its code behind the `#`, which browsers send to nobody, and the
code is good once.
"""

from __future__ import annotations

import ipaddress
import os
import signal
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number

from safelight.cli.accounts import choose, open_account
from safelight.cli.browser_app.app_files import MOUNT, AppFiles
from safelight.cli.browser_app.browsers import Browsers
from safelight.cli.browser_app.gate import BrowserApp, Terms
from safelight.cli.browser_app.origins import Origins, read_origin
from safelight.cli.browser_app.rules import Rules, read_rule
from safelight.cli.exits import Answer, wants_json
from safelight.cli.forwarding import peers
from safelight.cli.forwarding.gate import Gate
from safelight.cli.forwarding.server import ForwardingServer, Listening
from safelight.cli.listening import TlsCert, TlsKey, read_certificate, shown, why_not
from safelight.cli.options import Json, NoInput, ProfileName
from safelight.client.client import Client
from safelight.client.profiles import Profile
from safelight.clock import SystemClock, system_entropy
from safelight.errors import ConfigurationError, Conflict

_PORTS = {"http": 80, "https": 443}


class ProxyLine(Answer, frozen=True, kw_only=True):
    """One line when the proxy listens, and one for each new link. `links` are those of the apps, in
    their order; `code` is what each has behind its `#`."""

    url: str
    account: str
    service: str
    links: tuple[str, ...]
    code: str


def proxy(
    *,
    allow_origin: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="ORIGIN",
            negative="",
            show_default=False,
            help="An app's origin, such as https://app.example. Repeatable.",
        ),
    ] = (),
    app: Annotated[
        Path | None,
        Parameter(metavar="DIR", show_default=False, help=f"Serve an app's files, at {MOUNT}/."),
    ] = None,
    allow: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="RULE",
            negative="",
            show_default=False,
            help='Only this, such as "/v1/photos*" or "POST /v1/photos". Repeatable.',
        ),
    ] = (),
    host: Annotated[
        str, Parameter(metavar="ADDRESS", help="The name or address to listen at.")
    ] = peers.LOOPBACK,
    port: Annotated[
        int,
        Parameter(
            metavar="NUMBER",
            help="The port; 0 takes a free one.",
            validator=Number(gte=0, lte=65_535),
        ),
    ] = 8080,
    any_user: Annotated[
        bool,
        Parameter(
            negative="",
            show_default=False,
            help="Answer other users of this machine, too.",
        ),
    ] = False,
    tls_cert: TlsCert = None,
    tls_key: TlsKey = None,
    seconds: Annotated[
        int,
        Parameter(metavar="NUMBER", help="How long a browser stays in.", validator=Number(gte=1)),
    ] = 43_200,
    max_bytes: Annotated[
        int,
        Parameter(metavar="NUMBER", help="The longest body, either way.", validator=Number(gte=1)),
    ] = 1_073_741_824,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Json = False,
) -> int:
    """Send a browser app's calls on, signed, until it is told to stop."""
    if not allow_origin and app is None:
        raise ConfigurationError(
            "Name the app: --allow-origin https://app.example, or --app DIR for its files."
        )
    allowed = tuple(dict.fromkeys(map(read_origin, allow_origin)))
    rules = Rules(map(read_rule, allow))
    files = None if app is None else _files(app)
    tls = read_certificate(tls_cert, tls_key)
    listening = _place(host, port, tls, any_user=any_user)
    chosen = choose(profile)
    browsers = Browsers(timedelta(seconds=seconds), SystemClock(), system_entropy)

    def open_gate(port: int) -> BrowserApp:
        own = _origins(host, port, tls)
        pages = allowed if files is None else (*allowed, f"{own[0]}{MOUNT}")
        teller = _Teller(own[0], pages, chosen.profile, browsers, as_json=wants_json(json))
        origins = Origins(frozenset(own), frozenset(allowed))
        terms = Terms(origins, rules, f"__Host-safelight-{port}", max_bytes, files)
        teller.tell_first()
        return BrowserApp(terms, browsers, teller.tell_next)

    with open_account(chosen, no_input=no_input, follow_elsewhere=False) as client:
        client.sign_in()
        with _listen(listening, client, open_gate) as server, client.kept_alive():
            _serve(server)
    return 0


class _Teller:
    """Prints the links; the newest is the one that is good."""

    def __init__(
        self,
        url: str,
        pages: tuple[str, ...],
        profile: Profile,
        browsers: Browsers,
        *,
        as_json: bool,
    ) -> None:
        self._url = url
        self._pages = pages
        self._profile = profile
        self._browsers = browsers
        self._as_json = as_json

    def tell_first(self) -> None:
        self._tell(
            f"Calls to {self._url} go to {self._profile.url} as {self._profile.account}.",
            "Open the app by this link, once, and the browser is let in:",
        )

    def tell_next(self) -> None:
        with suppress(OSError):  # whoever read it may have gone away; the browser has not
            self._tell("A browser was let in. The link for another one:")

    def _tell(self, *words: str) -> None:
        code = self._browsers.code.reveal()
        links = tuple(f"{page}/#safelight={code}" for page in self._pages)
        if not self._as_json:
            print("\n".join((*words, *(f"  {link}" for link in links))), flush=True)
            return
        line = ProxyLine(
            url=self._url,
            account=self._profile.account,
            service=self._profile.service,
            links=links,
            code=code,
        )
        print(msgspec.json.encode(line).decode(), flush=True)


def _files(folder: Path) -> AppFiles:
    if not folder.is_dir():
        raise ConfigurationError(f"--app {folder}: there is no such folder.")
    return AppFiles(folder)


def _place(host: str, port: int, tls: ssl.SSLContext | None, *, any_user: bool) -> Listening:
    """Where to listen. Raises ConfigurationError for what is no single address, and for one that
    other machines reach by plain HTTP: no browser keeps a `Secure` cookie there."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ConfigurationError(f"--host {host} is not an address of this machine.") from None
    addresses = [str(each[4][0]) for each in found]
    # `localhost` is both; apps that say 127.0.0.1 reach this one.
    address = peers.LOOPBACK if peers.LOOPBACK in addresses else addresses[0]
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if parsed.is_unspecified:
        raise ConfigurationError(f"--host {host}: name the one address that browsers use.")
    if not parsed.is_loopback and tls is None:
        raise ConfigurationError(
            f"--host {host}: other machines reach this, so it needs --tls-cert and --tls-key."
        )
    can_tell = address == peers.LOOPBACK and peers.tells()
    return Listening(address, port, tls, own_user=can_tell and not any_user)


def _origins(host: str, port: int, tls: ssl.SSLContext | None) -> tuple[str, ...]:
    """Those of our own names; the first is the one that is printed."""
    scheme = "https" if tls is not None else "http"
    end = "" if port == _PORTS[scheme] else f":{port}"
    names = [shown(host.lower())]
    if names[0] == "localhost":
        names.append("[::1]" if host == "::1" else peers.LOOPBACK)
    return tuple(f"{scheme}://{name}{end}" for name in names)


@contextmanager
def _listen(
    listening: Listening, client: Client, make_gate: Callable[[int], Gate]
) -> Iterator[ForwardingServer]:
    """Raises Conflict where nobody can listen."""
    try:
        server = ForwardingServer(listening, client, make_gate)
    except OSError as error:
        raise Conflict(why_not(listening.host, listening.port, error)) from None
    with server:
        yield server


def _serve(server: ForwardingServer) -> None:
    """Until SIGTERM, or Ctrl-C, which goes on as KeyboardInterrupt. Nobody is asked for a password
    any more: the question would come in the middle of somebody's request."""
    ended = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda number, frame: ended.set())
    terminal = sys.stdin
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    try:
        with Path(os.devnull).open() as nothing:
            sys.stdin = nothing
            serving.start()
            ended.wait()
    finally:
        sys.stdin = terminal
        signal.signal(signal.SIGTERM, before)
        server.shutdown()
