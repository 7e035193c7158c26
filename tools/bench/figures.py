"""The figures that need more than a rate: hashing, checks beside sign-ins, thumbnails."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pyvips

from tools.bench.load import LOAD_CORE, SERVER_CORE, Call, Reading, latencies, p99
from tools.bench.scene import Scene

_HASH = (
    "import sys,time;from argon2 import PasswordHasher\n"
    "h=PasswordHasher(time_cost=2,memory_cost=19456,parallelism=1);e=h.hash('x'*16)\n"
    "s,c=time.perf_counter(),time.process_time();n=0\n"
    "while time.perf_counter()-s<float(sys.argv[1]):\n h.verify(e,'x'*16);n+=1\n"
    "print(n/(time.perf_counter()-s),(time.process_time()-c)/n*1e6)"
)
_BARE = (
    "import sys,time,glob,pyvips\n"
    "pyvips.concurrency_set(1);pyvips.cache_set_max(0)\n"
    "files=sorted(glob.glob(sys.argv[1]+'/*.jpg'))\n"
    "s=time.perf_counter()\n"
    "for f in files:\n"
    " pyvips.Image.thumbnail(f,500,height=500,crop='centre').jpegsave(f+'.thumb')\n"
    "print(len(files)/(time.perf_counter()-s))"
)
_PICTURES = 60


def hashing_rate(seconds: float) -> Reading:
    """Bare Argon2id checks on the server's core, with the default parameters."""
    rate, cpu = _alone(_HASH, str(seconds))
    return Reading(rate, cpu)


def under_logins(
    played: Scene, rate: float, rounds: int, seconds: float
) -> dict[str, float | list[float]]:
    """The p99 of checks at `rate` a second, quiet and while sign-ins run flat out."""
    check = played.personal
    quiet, loaded, logins = [], [], []
    for _ in range(rounds):
        quiet.append(p99(latencies(check, rate=rate, seconds=seconds)) * 1e3)
        flood = _flood(played.login, seconds + 2)
        time.sleep(1)
        loaded.append(p99(latencies(check, rate=rate, seconds=seconds)) * 1e3)
        out, _ = flood.communicate()
        logins.append(float(out.split("Requests/sec:")[1].split()[0]))
    return {
        "checks_per_s": rate,
        "quiet_p99_ms": statistics.median(quiet),
        "loaded_p99_ms": statistics.median(loaded),
        "ratio": statistics.median(b / a for a, b in zip(quiet, loaded, strict=True)),
        "logins_per_s": statistics.median(logins),
    }


def picture_rates(played: Scene, folder: Path) -> dict[str, float]:
    """Square thumbnails a second of 12-megapixel photos: through the server, and by libvips."""
    folder.mkdir()
    noise = pyvips.Image.gaussnoise(400, 300, sigma=40, mean=128).resize(10).cast("uchar")
    for number in range(_PICTURES):
        image = noise.linear(1, number).cast("uchar").bandjoin([noise, noise])
        image.copy(interpretation="srgb").jpegsave(str(folder / f"{number:03}.jpg"), Q=85)
    headers = dict(played.personal.headers)
    with httpx2.Client(base_url=played.server.url, headers=headers, timeout=60) as http:
        ids = []
        for path in sorted(folder.glob("*.jpg")):
            files = [("file", (path.name, path.read_bytes()))]
            answer = http.post("/v1/photos", files=files).raise_for_status()
            ids.append(answer.json()["items"][0]["id"])
        started = time.perf_counter()
        for each in ids:
            answer = http.get(f"/v1/photos/{each}/thumbnail?size=square").raise_for_status()
        served = len(ids) / (time.perf_counter() - started)
    (bare,) = _alone(_BARE, str(folder))
    return {"per_s": served, "bare_libvips_per_s": bare, "ratio": served / bare}


def _alone(program: str, argument: str) -> list[float]:
    command = ["taskset", "-c", SERVER_CORE, sys.executable, "-c", program, argument]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [float(number) for number in printed.split()]


def _flood(call: Call, seconds: float) -> subprocess.Popen[str]:
    script = Path(f"/tmp/safelight-flood-{os.getpid()}.lua")  # noqa: S108  # ours, and no secret
    call.write_script(script)
    command = [
        "taskset",
        "-c",
        LOAD_CORE,
        "wrk",
        "-t1",
        "-c4",
        f"-d{seconds:.0f}s",
        "-s",
        str(script),
    ]
    for name, value in call.headers.items():
        command += ["-H", f"{name}: {value}"]
    return subprocess.Popen([*command, call.url], stdout=subprocess.PIPE, text=True)
