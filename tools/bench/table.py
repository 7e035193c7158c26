"""The figures as a Markdown table, beside what they should reach."""

from __future__ import annotations

from typing import Any


def as_table(figures: dict[str, Any]) -> str:
    """A row a figure: its reading, the goal, and whether it is reached."""
    rows = [
        (
            f"check of a {name}, of the floor",
            (
                f"{check['again_ratio']:.2f} ({check['again_cpu_us']:.0f} µs beside"
                f" {check['floor_cpu_us']:.0f} µs; {check['again_per_s']:,.0f}/s)"
            ),
            "at least 0.45",
            check["again_ratio"] >= 0.45,
        )
        for name, check in figures["checks"].items()
    ]
    rows += [
        (
            f"the same, any of {figures['sessions_of_each_kind']:,} {name}s",
            f"{check['any_ratio']:.2f} ({check['any_cpu_us']:.0f} µs; {check['any_per_s']:,.0f}/s)",
            "",
            None,
        )
        for name, check in figures["checks"].items()
    ]
    logins, beside = figures["logins"], figures["beside_logins"]
    rows.append(
        (
            "sign-ins, of bare Argon2id",
            (
                f"{logins['ratio']:.2f} ({logins['logins_per_s']:.1f}/s of"
                f" {logins['bare_argon2id_per_s']:.1f}/s; of its processor time"
                f" {logins['cpu_ratio']:.2f})"
            ),
            "at least 0.9",
            logins["ratio"] >= 0.9,
        )
    )
    rows.append(
        (
            f"p99 of {beside['checks_per_s']:,.0f} checks/s beside sign-ins, of quiet",
            (
                f"{beside['ratio']:.1f} ({beside['loaded_p99_ms']:.1f} ms of"
                f" {beside['quiet_p99_ms']:.1f} ms, at {beside['logins_per_s']:.1f} sign-ins/s)"
            ),
            "at most 2",
            beside["ratio"] <= 2,
        )
    )
    pictures, memory = figures["thumbnails"], figures["memory"]
    rows.append(
        (
            "thumbnails, of bare libvips",
            (
                f"{pictures['ratio']:.2f} ({pictures['per_s']:.1f}/s of"
                f" {pictures['bare_libvips_per_s']:.1f}/s)"
            ),
            "",
            None,
        )
    )
    rows.append(
        (
            "idle memory (PSS, all processes)",
            f"{memory['idle_bytes'] / 1e6:.0f} MB",
            "at most 120 MB",
            memory["idle_bytes"] <= 120e6,
        )
    )
    rows.append(("bytes a stored session", str(memory["bytes_per_session"]), "", None))
    lookups = figures["lookup_us"]
    growth = lookups["1000000"] / lookups["1000"]
    listed = ", ".join(f"{float(cost):.1f} µs at {int(size):,}" for size, cost in lookups.items())
    rows.append((f"lookup of a session: {listed}", f"{growth:.2f}", "at most 1.3", growth <= 1.3))
    rows += [
        (
            f"client, GET by {name}, of bare httpx2",
            f"{cost['ratio']:.2f} ({cost['cpu_us']:.0f} µs beside {cost['bare_cpu_us']:.0f} µs)",
            "at most 1.15",
            cost["ratio"] <= 1.15,
        )
        for name, cost in figures["client"].items()
    ]
    starts = figures["command_start_ms"]
    rows.append(
        (
            "`safelight token`, from the environment",
            f"{starts['token']:.0f} ms",
            "under 150 ms",
            starts["token"] < 150,
        )
    )
    rows.append(("`safelight --version`", f"{starts['version']:.0f} ms", "", None))
    lines = ["| figure | reading | goal | |", "|---|---|---|---|"]
    for name, reading, goal, reached in rows:
        mark = "" if reached is None else "reached" if reached else "not reached"
        lines.append(f"| {name} | {reading} | {goal} | {mark} |")
    return "\n".join(lines)
