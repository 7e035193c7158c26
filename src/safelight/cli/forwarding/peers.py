"""Whose connection to this machine it is."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

_CONNECTIONS = Path("/proc/net/tcp")
LOOPBACK = "127.0.0.1"


def tells() -> bool:
    """Whether this machine says whose a connection is."""
    return _CONNECTIONS.exists()


def is_own(port: int, to: int) -> bool:
    """Whether the connection from `port` to `to`, both of 127.0.0.1, is this user's (proc(5),
    `/proc/net/tcp`)."""
    # The kernel prints the address as a number of this machine's byte order.
    number = int.from_bytes(socket.inet_aton(LOOPBACK), sys.byteorder)
    ends = [f"{number:08X}:{port:04X}", f"{number:08X}:{to:04X}"]
    for line in _CONNECTIONS.read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == ends:
            return int(fields[7]) == os.getuid()
    return False
