"""`safelight proxy` as a process, and what asks it over a socket."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from tools.running import COMMAND

PAGE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
"""What a browser says of the proxy's own page."""


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """Of the problem that it tells."""
        assert self.headers["content-type"] == "application/problem+json"
        return str(self.json["code"])


class Proxy:
    """A running one. `lines` are what it printed, newest last."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines = [self.next_line()]

    def next_line(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read()
        told: dict[str, Any] = json.loads(line)
        return told

    @property
    def url(self) -> str:
        return str(self.lines[0]["url"])

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def code(self) -> str:
        return str(self.lines[-1]["code"])

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Nothing is added to the headers but the host."""
        given = {"Host": f"localhost:{self.port}", **(headers or {})}
        if body is not None:
            given.setdefault("Content-Length", str(len(body)))
        connecting = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with closing(connecting) as connection:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in given.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders(body)
            with connection.getresponse() as answer:
                told = {name.lower(): value for name, value in answer.getheaders()}
                return Answer(answer.status, told, answer.read())

    def let_in(self, headers: Mapping[str, str] | None = None) -> dict[str, str]:
        """The headers of a page whose browser is in, with its CSRF token."""
        page = {**PAGE, **(headers or {})}
        content = json.dumps({"code": self.code}).encode()
        kind = {"Content-Type": "application/json"}
        answer = self.ask("POST", "/.safelight/session", {**page, **kind}, content)
        assert answer.status == 200, answer.body
        self.lines.append(self.next_line())
        cookie = answer.headers["set-cookie"].partition(";")[0]
        return {**page, "Cookie": cookie, "X-Safelight-CSRF": answer.json["csrf_token"]}


@contextmanager
def proxying(
    environment: Mapping[str, str],
    *options: str,
    command: Sequence[str] = COMMAND,
    terminal: int | None = None,
) -> Iterator[Proxy]:
    """`environment` has every SAFELIGHT_ variable that the command gets; `terminal` is one where
    somebody could be asked."""
    surroundings = {name: value for name, value in os.environ.items() if name[:10] != "SAFELIGHT_"}
    process = subprocess.Popen(
        [*command, "proxy", "--port", "0", "--json", *options],
        stdin=subprocess.DEVNULL if terminal is None else terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if terminal is None else terminal,
        text=True,
        env={**surroundings, **environment},
    )
    try:
        yield Proxy(process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


@contextmanager
def pages(html: str = "<!doctype html><title>An app</title>") -> Iterator[int]:
    """A server with one page, at every name of this machine; its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(html)))
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
