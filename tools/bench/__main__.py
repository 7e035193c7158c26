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
from collections import defaultdict
from pathlib import Path

from tools.bench.client import client_costs, start_ms
from tools.bench.figures import hashing_rate, picture_rates, under_logins
from tools.bench.load import Reading, capacity, resident_bytes
from tools.bench.scene import EMAIL, PASSWORD, Scene, scene
from tools.bench.store import measure_lookups
from tools.bench.table import as_table

_PACKAGES = ("granian", "httpx2", "msgspec", "argon2-cffi", "joserfc", "sqlalchemy", "pyvips")
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
            (
                hashing_rate(seconds),
                capacity(
                    played.login, played.server.process.pid, seconds=seconds * 2, connections=8
                ),
            )
            for _ in range(rounds)
        ]
        say("checks beside sign-ins")
        beside = under_logins(played, quiet * 0.2, rounds, seconds * 2)
        say("thumbnails")
        pictures = picture_rates(played, folder / "pictures")
        say("the client")
        costs = client_costs(played.server.url, EMAIL, PASSWORD, played.api_key, rounds)
    starts = {
        "token": start_ms("token", SAFELIGHT_TOKEN="t"),
        "version": start_ms("--version"),
    }
    say("lookups")
    lookups, sizes = {}, {}
    for size in _SIZES:
        lookups[str(size)], sizes[str(size)] = measure_lookups(folder / f"of-{size}", size)
    bare = statistics.median(hashes.per_s for hashes, _ in logins)
    served = statistics.median(reading.per_s for _, reading in logins)
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
            "ratio": statistics.median(each.per_s / hashes.per_s for hashes, each in logins),
            "cpu_ratio": statistics.median(hashes.cpu_us / each.cpu_us for hashes, each in logins),
        },
        "beside_logins": beside,
        "thumbnails": pictures,
        "memory": {"idle_bytes": idle, "bytes_per_session": round(sizes["1000000"])},
        "lookup_us": lookups,
        "client": {
            name: {"bare_cpu_us": bare_us, "cpu_us": own_us, "ratio": own_us / bare_us}
            for name, (bare_us, own_us) in costs.items()
        },
        "command_start_ms": starts,
    }


def measure_checks(
    played: Scene, rounds: int, seconds: int
) -> tuple[dict[str, dict[str, float]], float]:
    """What each check costs beside the floor: with one credential again and again, and with any of
    all. Also the rate of the last one."""
    found: dict[str, list[tuple[Reading, Reading, Reading]]] = defaultdict(list)
    pid = played.server.process.pid
    for number in range(rounds):
        for check in played.checks:
            say(f"round {number + 1}: {check.name}")
            capacity(check.again, pid, seconds=1)
            found[check.name].append(
                (
                    capacity(played.floor, played.floor_pid, seconds=seconds),
                    capacity(check.again, pid, seconds=seconds),
                    capacity(check.many, pid, seconds=seconds),
                )
            )
    median = statistics.median
    checks = {
        name: {
            "floor_per_s": median(floor.per_s for floor, _, _ in readings),
            "floor_cpu_us": median(floor.cpu_us for floor, _, _ in readings),
            "again_per_s": median(again.per_s for _, again, _ in readings),
            "again_cpu_us": median(again.cpu_us for _, again, _ in readings),
            "again_ratio": median(floor.cpu_us / again.cpu_us for floor, again, _ in readings),
            "any_per_s": median(many.per_s for _, _, many in readings),
            "any_cpu_us": median(many.cpu_us for _, _, many in readings),
            "any_ratio": median(floor.cpu_us / many.cpu_us for floor, _, many in readings),
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
