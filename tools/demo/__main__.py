"""`python3 dev.py demo [--exit] [--json] [--port N]`."""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tools.demo.plays import Plays
from tools.demo.show import Show
from tools.demo.stage import EMAIL, USERNAME, Stage, make_photos, staged


def main() -> int:
    """Exit code 0 only when every step held."""
    parser = argparse.ArgumentParser(
        prog="dev.py demo",
        description="Start a server with something in it, and show every protocol on it.",
    )
    parser.add_argument("--exit", action="store_true", help="stop after the show")
    parser.add_argument("--json", action="store_true", help="print the steps as JSON instead")
    parser.add_argument("--port", type=int, help="where the server listens (default: a free one)")
    options = parser.parse_args()
    # A supervisor's polite end is a Ctrl-C, so that servers and folders are cleaned up.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="safelight-demo-"))
    try:
        with staged(folder, options.port) as stage:
            show = play(stage, folder, quiet=options.json)
            if options.json:
                print(json.dumps(show.as_dict()), flush=True)
            else:
                print_end(stage, show)
            if not options.exit:
                stay(quiet=options.json)
            return 0 if show.ok else 1
    except KeyboardInterrupt:
        return 130
    except RuntimeError as error:
        print(f"safelight: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def play(stage: Stage, folder: Path, *, quiet: bool) -> Show:
    show = Show(quiet)
    plays = Plays(stage, show, make_photos(folder / "photos"))
    for title, act in (
        ("Pixieset: cookies and a CSRF token", plays.pixieset),
        ("PhotoShelter: API key, rotating cookie or token, organizations", plays.photoshelter),
        ("LibrePhotos: JWT and Basic", plays.librephotos),
        ("Recorder Monitor: base64 login and the JSESSION header", plays.recorder_monitor),
        ("All of them: one account, one list of sessions, one end", plays.native),
    ):
        show.heading(title)
        act()
    return show


def print_end(stage: Stage, show: Show) -> None:
    failed = sum(not step.ok for step in show.steps)
    print(f"\n{len(show.steps) - failed} of {len(show.steps)} steps held.\n")
    url = stage.server.url
    for name, value in (
        ("Account", f"{EMAIL} or {USERNAME}, password {stage.password}"),
        ("API key", stage.api_key),
        ("Pages", f"{url}/"),
        ("Pixieset", f"{url}/studio/login  {url}/galleries/login"),
        ("PhotoShelter", f"{url}/psapi/v3"),
        ("LibrePhotos", f"{url}/api/help"),
        ("Recorder Monitor", f"{url}/api/login"),
        ("Native API", f"{url}/v1/docs  {url}/v1/openapi.json"),
        ("Health", f"{url}/healthz  {url}/readyz  {url}/metrics"),
    ):
        print(f"{name:<18}{value}")


def stay(*, quiet: bool) -> None:
    if not quiet:
        print("\nThe server stays up until Ctrl-C.", flush=True)
    while True:
        signal.pause()


if __name__ == "__main__":
    sys.exit(main())
