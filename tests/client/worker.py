"""A process of a pool: signs in as it is told, waits for the others, makes one call.

Run as `python -m tests.client.worker ADDRESS API_KEY SERVICE FOLDER PASSWORD`. It prints `ready`,
waits for a line, calls, and prints the status and the generation of the session that it used.
"""

import sys
from pathlib import Path

from tests.client.services import SERVICES

import safelight
from safelight.client.keeping.plain_file import PlainFileKeeper
from safelight.errors import SafelightError


def main(address: str, key: str, service: str, folder: str, password: str) -> None:
    auth = SERVICES[service].build(
        address,
        key,
        credentials=("ada@example.com", password),
        keeper=PlainFileKeeper(Path(folder)),
    )
    with safelight.Client(auth) as client:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        try:
            status = str(client.get(SERVICES[service].path).status_code)
        except SafelightError as error:
            status = error.reason.value
    sys.stdout.write(f"{status} {auth.session.holding.held.generation}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
