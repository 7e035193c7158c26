"""`python3 dev.py bench [--rounds N] [--seconds S] [--sessions N] [--json FILE]`.

One worker on one core, the load on the other; each figure beside the floor of the same minute.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tools.bench.figures import hashing_rate, picture_rates, under_logins
from tools.bench.load import capacity, resident_bytes
from tools.bench.scene import Scene, scene
from tools.bench.store import lookup_microseconds
from tools.bench.table import as_table

_PACKAGES = ("granian", "msgspec", "argon2-cffi", "joserfc", "sqlalchemy", "pyvips")
_SIZES = (1_000, 100_000, 1_000_000)


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure the hot paths.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each figure (3)")
    parser.add_argument("--seconds", type=float, default=3, help="length of one reading (3)")
    parser.add_argument("--sessions", type=int, default=100_000, help="live sessions (100,000)")
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        print("bench needs wrk: apt-get install wrk", file=sys.stderr)
        return 1
    folder = Path(tempfile.mkdtemp(prefix="safelight-bench-"))
    try:
        figures = measure(folder, options.rounds, options.seconds, options.sessions)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    print(json.dumps(figures, indent=2))
    print(as_table(figures))
    return 0


def measure(folder: Path, rounds: int, seconds: float, sessions: int) -> dict[str, object]:
    folder.mkdir(exist_ok=True)
    with scene(folder, sessions) as played:
        say("idle memory")
        time.sleep(5)
        idle = resident_bytes(played.server.process.pid)
        checks, quiet = measure_checks(played, rounds, seconds)
        say("sign-ins")
        logins = [
            (hashing_rate(seconds), capacity(played.login, seconds=seconds * 2, connections=8))
            for _ in range(rounds)
        ]
        say("checks beside sign-ins")
        beside = under_logins(played, quiet * 0.2, rounds, seconds * 2)
        say("thumbnails")
        pictures = picture_rates(played, folder / "pictures")
        memory = {"idle_bytes": idle, "bytes_per_session": round(played.bytes_per_session)}
    say("lookups")
    lookups = {str(size): lookup_microseconds(folder / f"of-{size}", size) for size in _SIZES}
    bare = statistics.median(rate for rate, _ in logins)
    served = statistics.median(rate for _, rate in logins)
    return {
        "machine": {
            "processor": processor(),
            "python": platform.python_version(),
            "system": platform.platform(),
            "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        },
        "sessions": sessions,
        "checks": checks,
        "logins": {
            "bare_argon2id_per_s": bare,
            "logins_per_s": served,
            "ratio": statistics.median(rate / hashes for hashes, rate in logins),
        },
        "beside_logins": beside,
        "thumbnails": pictures,
        "memory": memory,
        "lookup_us": lookups,
    }


def measure_checks(
    played: Scene, rounds: int, seconds: float
) -> tuple[dict[str, dict[str, float]], float]:
    """Each check's rate, the floor's beside it, and their ratio; and the PAT check's rate."""
    found: dict[str, list[tuple[float, float]]] = {call.name: [] for call in played.checks}
    for call in (played.floor, *played.checks):
        capacity(call, seconds=1)
    for number in range(rounds):
        for call in played.checks:
            say(f"round {number + 1}: {call.name}")
            floor = capacity(played.floor, seconds=seconds)
            found[call.name].append((floor, capacity(call, seconds=seconds)))
    checks = {
        name: {
            "floor_per_s": statistics.median(floor for floor, _ in pairs),
            "per_s": statistics.median(rate for _, rate in pairs),
            "ratio": statistics.median(rate / floor for floor, rate in pairs),
        }
        for name, pairs in found.items()
    }
    return checks, checks["personal access token"]["per_s"]


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
