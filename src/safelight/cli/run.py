"""`safelight run`: a program that may use the account, and never sees what signs it in.

Its requests go to an address of this machine that answers for this user alone, for a while, below
the paths that were allowed; there each is signed and sent on.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from datetime import timedelta
from typing import Annotated

from cyclopts import Parameter

from safelight.cli.accounts import choose, open_account
from safelight.cli.options import NoInput, ProfileName
from safelight.cli.signing_server import Limits, signing_server
from safelight.errors import ConfigurationError

_BY_SIGNAL = 128
_PLACEHOLDER = "{url}"


def run(
    *command: Annotated[
        str, Parameter(metavar="COMMAND", show_default=False, help="The program, after --.")
    ],
    allow: Annotated[
        tuple[str, ...],
        Parameter(
            metavar="PATH",
            negative="",
            show_default=False,
            help="Only what is at or below this path. Repeatable.",
        ),
    ] = (),
    read_only: Annotated[
        bool, Parameter(negative="", show_default=False, help="Only GET and HEAD.")
    ] = False,
    seconds: Annotated[
        int, Parameter(metavar="NUMBER", help="How long the address is good.")
    ] = 3600,
    profile: ProfileName = "",
    no_input: NoInput = False,
    json: Annotated[
        bool,
        Parameter(negative="", show_default=False, help="Tell as JSON why it was not run."),
    ] = False,
) -> int:
    """Run a program whose requests are signed on their way."""
    del json  # what is printed otherwise is the program's
    if not command:
        raise ConfigurationError("Name the program: safelight run -- COMMAND")
    if seconds < 1:
        raise ConfigurationError("--seconds is at least 1.")
    limits = Limits(_paths(allow), read_only, timedelta(seconds=seconds))
    with open_account(choose(profile), no_input=no_input) as client:
        client.sign_in()
        with signing_server(client, limits) as (server, url):
            serving = threading.Thread(target=server.serve_forever, daemon=True)
            serving.start()
            try:
                return _wait_for(command, url)
            finally:
                server.shutdown()


def _wait_for(command: tuple[str, ...], url: str) -> int:
    """The program's own exit code. Ctrl-C and SIGTERM are for the program; this waits for its end,
    since nothing that it asks is signed any more after this one's."""
    arguments = [each.replace(_PLACEHOLDER, url) for each in command]
    # What signs in is the client's: none of its variables goes along.
    environment = {key: value for key, value in os.environ.items() if key[:10] != "SAFELIGHT_"}
    try:
        process = subprocess.Popen(arguments, env={**environment, "SAFELIGHT_URL": url})
    except OSError as error:
        raise ConfigurationError(f"{command[0]}: {error.strerror or error}.") from None
    signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
    while True:
        try:
            code = process.wait()
        except KeyboardInterrupt:
            continue  # the program got it, too, and decides
        return _BY_SIGNAL - code if code < 0 else code


def _paths(allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Raises ConfigurationError for what is no path."""
    for each in allowed:
        if not each.startswith("/") or {"..", "."} & set(each.split("/")):
            raise ConfigurationError(f"--allow {each}: this should be a path such as /v1/photos.")
    return tuple(each.rstrip("/") for each in allowed)
