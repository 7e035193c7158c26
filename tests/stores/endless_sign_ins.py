"""A program that signs in until it is killed. It writes out a token once its session is durable."""

from __future__ import annotations

import asyncio
import itertools
import sys
from pathlib import Path

from tests.stores.records import add_account, add_session, open_worker


async def main() -> None:
    worker = open_worker(Path(sys.argv[1]))
    account = await add_account(worker, "ada")
    for number in itertools.count():
        await add_session(worker, account, f"token {number}")
        sys.stdout.write(f"token {number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
