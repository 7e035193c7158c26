"""A picture that claims more pixels than there is memory for is too large, whatever it holds."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

_WITH_LITTLE_MEMORY = """
import resource, sys
from pathlib import Path
from safelight.errors import PictureTooLarge
from safelight.pictures.opened_picture import OpenedPicture

resource.setrlimit(resource.RLIMIT_AS, (900 * 2**20,) * 2)
try:
    OpenedPicture(Path(sys.argv[1]), 200_000_000)
except PictureTooLarge as error:
    print(error)
"""


def test_a_webp_whose_canvas_finds_no_memory_is_too_large(tmp_path: Path) -> None:
    head = b"\x2f" + struct.pack("<I", 16_382 | 16_382 << 14) + bytes(20)
    body = b"WEBPVP8L" + struct.pack("<I", len(head)) + head + b"\0"
    path = tmp_path / "boat.webp"
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body)) + body)

    command = [sys.executable, "-c", _WITH_LITTLE_MEMORY, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)

    assert done.stdout == "The picture has more pixels than this server has memory for.\n"
