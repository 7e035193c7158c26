"""Load: wrk for capacity, and an open-loop generator for latency at a fixed rate."""

from __future__ import annotations

import asyncio
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

SERVER_CORE, LOAD_CORE = "0", "1"
_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_COUNT = re.compile(r"(\d+) requests in")
_BAD = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.+)")


@dataclass(frozen=True)
class Call:
    """A request that is sent again and again; with `choices`, each time with the headers of one
    that is drawn anew."""

    name: str
    url: str
    headers: Mapping[str, str]
    method: str = "GET"
    body: str = ""
    choices: Sequence[Mapping[str, str]] = ()

    def write_script(self, path: Path) -> None:
        """The request as a script for wrk at `path`, the choices in a file beside it: Lua takes
        no more than 65,536 constants."""
        lines = [f'wrk.method = "{self.method}"']
        if self.body:
            lines.append(f"wrk.body = [[{self.body}]]")
        if self.choices:
            listed = path.with_suffix(".choices")
            listed.write_text("".join(_as_line(each) for each in self.choices))
            lines.append(_DRAWING % str(listed))
        path.write_text("\n".join(lines) + "\n")


_DRAWING = """
local choices = {}
for line in io.lines("%s") do choices[#choices + 1] = line end
math.randomseed(os.time())
request = function()
  local headers = {}
  for name, value in pairs(wrk.headers) do headers[name] = value end
  local line = choices[math.random(#choices)]
  for name, value in line:gmatch("([^\t]+)\t([^\t]+)") do headers[name] = value end
  return wrk.format(nil, nil, headers)
end
"""


def _as_line(headers: Mapping[str, str]) -> str:
    return "\t".join(text for pair in headers.items() for text in pair) + "\n"


@dataclass(frozen=True)
class Reading:
    """Requests a second, and the processor time that the server took for each, in microseconds:
    other work on the machine disturbs the former, hardly the latter."""

    per_s: float
    cpu_us: float


def capacity(call: Call, pid: int, *, seconds: float, connections: int = 64) -> Reading:
    """What wrk gets answered by the server `pid`, all of it well. Raises RuntimeError else."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "request.lua"
        call.write_script(script)
        command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}"]
        command += [f"-d{seconds:.0f}s", "-s", str(script)]
        for name, value in call.headers.items():
            command += ["-H", f"{name}: {value}"]
        before = cpu_seconds(pid)
        done = subprocess.run([*command, call.url], capture_output=True, text=True, check=True)
        used = cpu_seconds(pid) - before
    if bad := _BAD.search(done.stdout):
        raise RuntimeError(f"{call.name}: {bad.group(0)}")
    rate, count = _RATE.search(done.stdout), _COUNT.search(done.stdout)
    if rate is None or count is None:
        raise RuntimeError(f"wrk printed no rate:\n{done.stdout}")
    return Reading(float(rate.group(1)), used / int(count.group(1)) * 1e6)


def latencies(call: Call, *, rate: float, seconds: float, connections: int = 16) -> list[float]:
    """Seconds from when each request was due until its answer was there, at `rate` a second.

    Due times do not wait for answers, so a stall of the server counts against every request that
    it delays. Raises RuntimeError when an answer is not a 200.
    """
    return asyncio.run(_open_loop(call, rate, seconds, connections))


async def _open_loop(call: Call, rate: float, seconds: float, connections: int) -> list[float]:
    address = urlsplit(call.url)
    lines = [f"GET {address.path} HTTP/1.1", f"Host: {address.netloc}"]
    lines += [f"{name}: {value}" for name, value in call.headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    start = time.perf_counter() + 0.1
    due = [start + index / rate for index in range(int(rate * seconds))]
    shares = [due[index::connections] for index in range(connections)]
    found = await asyncio.gather(
        *(_connection(address.hostname or "", address.port or 80, request, each) for each in shares)
    )
    return [latency for share in found for latency in share]


async def _connection(host: str, port: int, request: bytes, due: list[float]) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    found = []
    for moment in due:
        pause = moment - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.partition(b"\r\n")[0].decode())
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        await reader.readexactly(int(length.group(1)) if length else 0)
        found.append(time.perf_counter() - moment)
    writer.close()
    return found


def p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


def resident_bytes(pid: int) -> int:
    """The proportional set size of a process and all its children."""
    total = 0
    for folder, _ in _family(pid):
        found = re.search(r"Pss:\s+(\d+) kB", (folder / "smaps_rollup").read_text())
        total += int(found.group(1)) * 1024 if found else 0
    return total


def cpu_seconds(pid: int) -> float:
    """Processor time that a process and all its children have taken, in the kernel too."""
    ticks = sum(int(fields[11]) + int(fields[12]) for _, fields in _family(pid))
    return ticks / os.sysconf("SC_CLK_TCK")


def _family(pid: int) -> Iterator[tuple[Path, list[str]]]:
    """The folders of a process and its children in /proc, with the fields of `stat`."""
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(status.parent.name) == pid or int(fields[1]) == pid:
            yield status.parent, fields
