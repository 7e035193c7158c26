"""`safelight admin backup`: the database, the keys and the photos in one verified file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from safelight.cli.options import Config, Data
from safelight.clock import SystemClock
from safelight.config import read_settings
from safelight.stores.archive import write_archive


def back_up(
    file: Annotated[Path, Parameter(help="A new file.")], /, *, data: Data, config: Config = None
) -> None:
    """Write a backup to FILE, beside a running server. FILE holds secrets: it is for you alone."""
    settings = read_settings(data, config)
    bucket = settings.library.s3.url
    manifest = write_archive(data, file, SystemClock().now(), blobs_elsewhere=bool(bucket))
    size = sum(member.size for member in manifest.members)
    print(f"Wrote and verified {file}: {len(manifest.members)} files, {size:,} bytes.")
    if bucket:
        print(f"The photos lie in {bucket} and are not in it: back them up there.", file=sys.stderr)
