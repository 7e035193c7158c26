"""A real S3 server on loopback: SeaweedFS, from its wheel."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from safelight.secret import Secret
from safelight.stores.blobs.object_store import Bucket

ACCESS_KEY = "test-access"
SECRET_KEY = "test-secret-that-nobody-may-see"

_UP_WITHIN = 90.0  # seconds; four are usual, a loaded machine takes longer
_ROLES = ("master", "volume", "filer", "s3")


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[Bucket]:
    """The server while it runs, as the bucket `photos` in it. Its files and its log are in
    `folder`; raises RuntimeError, with the log's end, if it does not come up."""
    ports = _free_ports(2 * len(_ROLES))
    identity = {
        "name": "test",
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    settings = folder / "s3.json"
    settings.write_text(json.dumps({"identities": [identity]}))
    arguments = [
        "-s3",
        f"-dir={folder}",
        f"-s3.config={settings}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-s3.iam=false",
        "-volume.max=20",
        "-master.volumeSizeLimitMB=64",
    ]
    for role, port, grpc_port in zip(_ROLES, ports[::2], ports[1::2], strict=True):
        arguments += [f"-{role}.port={port}", f"-{role}.port.grpc={grpc_port}"]
    bucket = Bucket(
        url="s3://photos/safelight",
        endpoint=f"http://127.0.0.1:{ports[6]}",
        access_key=ACCESS_KEY,
        secret_key=Secret(SECRET_KEY),
    )
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([_program(), "server", *arguments], stdout=log, stderr=log)
        try:
            _wait_until_up(server, bucket, folder / "log")
            yield bucket
        finally:
            # It would wait half a minute for its own parts, and its files are thrown away.
            server.kill()
            server.wait()
            for port in ports:
                for left in Path("/tmp").glob(f"seaweedfs-*{port}.sock"):
                    left.unlink()


def _program() -> str:
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed") or "weed"


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _wait_until_up(server: subprocess.Popen[bytes], bucket: Bucket, log: Path) -> None:
    store = S3Store(
        "photos",
        endpoint=bucket.endpoint,
        region=bucket.region,
        access_key_id=ACCESS_KEY,
        secret_access_key=SECRET_KEY,
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    until = time.monotonic() + _UP_WITHIN
    while time.monotonic() < until and server.poll() is None:
        # An administrator's first object makes the bucket.
        with contextlib.suppress(BaseError):
            obstore.put(store, "up", b"up")
            return
        time.sleep(0.1)
    raise RuntimeError(f"The S3 server did not come up:\n{log.read_text()[-2000:]}")
