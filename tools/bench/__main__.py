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
from tools.bench.store import measure_lookups
from tools.bench.table import as_table

_PACKAGES = ("granian", "msgspec", "argon2-cffi", "joserfc", "sqlalchemy", "pyvips")
_SIZES = (1_000, 100_000, 1_000_000)


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py bench", description="Measure the hot paths.")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each figure (3)")
    parser.add_argument("--seconds", type=int, default=3, help="length of one reading (3)")
    parser.add_argument(
        "--sessions", type=int, default=100_000, help="live sessions of each kind (100,000)"
    )
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


def measure(folder: Path, rounds: int, seconds: int, sessions: int) -> dict[str, object]:
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
    say("lookups")
    lookups, sizes = {}, {}
    for size in _SIZES:
        lookups[str(size)], sizes[str(size)] = measure_lookups(folder / f"of-{size}", size)
    bare = statistics.median(rate for rate, _ in logins)
    served = statistics.median(rate for _, rate in logins)
    return {
        "machine": {
            "processor": processor(),
            "python": platform.python_version(),
            "system": platform.platform(),
            "packages": {name: importlib.metadata.version(name) for name in _PACKAGES},
        },
        "sessions_of_each_kind": sessions,
        "checks": checks,
        "logins": {
            "bare_argon2id_per_s": bare,
            "logins_per_s": served,
            "ratio": statistics.median(rate / hashes for hashes, rate in logins),
        },
        "beside_logins": beside,
        "thumbnails": pictures,
        "memory": {"idle_bytes": idle, "bytes_per_session": round(sizes["1000000"])},
        "lookup_us": lookups,
    }


def measure_checks(
    played: Scene, rounds: int, seconds: int
) -> tuple[dict[str, dict[str, float]], float]:
    """Each check's rate and the floor's beside it: with one credential again and again, and with
    any of all. Also the rate of the last one."""
    found: dict[str, list[tuple[float, float, float]]] = {each.name: [] for each in played.checks}
    for number in range(rounds):
        for check in played.checks:
            say(f"round {number + 1}: {check.name}")
            capacity(check.again, seconds=1)
            floor = capacity(played.floor, seconds=seconds)
            again = capacity(check.again, seconds=seconds)
            many = capacity(check.many, seconds=seconds)
            found[check.name].append((floor, again, many))
    checks = {
        name: {
            "floor_per_s": statistics.median(floor for floor, _, _ in readings),
            "again_per_s": statistics.median(again for _, again, _ in readings),
            "any_per_s": statistics.median(many for _, _, many in readings),
            "again_ratio": statistics.median(again / floor for floor, again, _ in readings),
            "any_ratio": statistics.median(many / floor for floor, _, many in readings),
        }
        for name, readings in found.items()
    }
    return checks, checks[played.checks[-1].name]["again_per_s"]


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
