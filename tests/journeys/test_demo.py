"""The demonstration, as somebody sees it who has just cloned the project."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_step_of_the_demonstration_holds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.demo", "--exit", "--json"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=110,
    )
    shown = json.loads(done.stdout)
    assert [step for step in shown["steps"] if not step["ok"]] == []
    assert shown["ok"] is True
    assert done.returncode == 0
    protocols = {step["protocol"] for step in shown["steps"]}
    assert protocols >= {"pixieset", "photoshelter", "librephotos", "recorder_monitor", "native"}
    assert list(tmp_path.iterdir()) == []  # its servers are down and its folder is gone
