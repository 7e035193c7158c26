"""Whatever a stranger sends, a reader gives a value or refuses it, in words and in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from safelight.server.http import Request
from safelight.server.wire import FixedEndpoint
from tools.prove.calls import calls_of, check_of, takes_request_alone
from tools.prove.hostile_request import requests, shelf_of
from tools.prove.inventory import (
    EndpointReader,
    Reader,
    endpoint_readers,
    path_parameters,
    readers,
)
from tools.prove.proof import Effort, Tally, require
from tools.prove.refusal import require_refusal, require_sendable, require_written
from tools.prove.sweep import Target, sweep

NOT_STRANGERS = {
    "safelight.cli.admin.account.read_password": "what the operator types",
    "safelight.cli.asking.read_secret_line": "what the person at the shell types",
    "safelight.cli.bodies.read_body": "what the person at the shell types",
    "safelight.cli.browser_app.origins.read_origin": "what the person at the shell types",
    "safelight.cli.browser_app.rules.read_rule": "what the person at the shell types",
    "safelight.cli.listening.read_certificate": "files that the person at the shell names",
    "safelight.library.customer_desk.CustomerDesk.read_notification": "marks one as read",
    "safelight.stores.sql.accounts.read_account": "a row of the server's own database",
    "safelight.stores.sql.accounts.read_plain_account": "a row of the server's own database",
    "safelight.stores.sql.customers.read_customer": "a row of the server's own database",
    "safelight.stores.sql.galleries.read_gallery": "a row of the server's own database",
    "safelight.stores.sql.notifications.read_notification": "a row of the server's own database",
    "safelight.stores.sql.photos.read_day": "a row of the server's own database",
    "safelight.stores.sql.photos.read_photo": "a row of the server's own database",
}
"""Readers of what no stranger wrote, each with the reason why it is left out."""

_EXAMPLES = 100
"""Drawn for each reader in a whole run, beside the sweep over every place and value."""


def prove(effort: Effort) -> Tally:
    tally = Tally()
    for reader in found_readers():
        tally["inputs"] += try_reader(reader, effort)
        tally["readers"] += 1
    for endpoint in endpoint_readers():
        tally["inputs"] += try_endpoint(endpoint, effort)
        tally["endpoints"] += 1
    return tally


def found_readers() -> list[Reader]:
    """Every reader of strangers' input. Raises Broken when one was left out that is not there."""
    found = readers()
    gone = NOT_STRANGERS.keys() - {reader.name for reader in found}
    require(not gone, f"NOT_STRANGERS names what is not there any more: {sorted(gone)}")
    return [reader for reader in found if reader.name not in NOT_STRANGERS]


def try_reader(reader: Reader, effort: Effort) -> int:
    """How many inputs it was given. Raises Broken."""
    count = _draw(*check_of(reader), effort)
    if takes_request_alone(reader):
        target = Target("POST", "/x", path_parameters())
        for request in sweep(shelf_of(reader.function), target, effort.share, effort.seed):
            for call in calls_of(reader):
                require_refusal(reader.name, call, {"request": request})
            count += 1
    return count


def try_endpoint(found: EndpointReader, effort: Effort) -> int:
    """Likewise; what it refuses can be written on its wire, without what is secret."""
    endpoint = found.endpoint
    shelf = shelf_of(found.function, endpoint.takes, endpoint.query)
    path = f"{found.mount}{endpoint.path}"
    target = Target(endpoint.method, path, found.parameters, found.takes_files)
    drawn = requests(
        shelf,
        method=target.method,
        path=target.path,
        parameters=target.parameters,
        upload=target.upload,
    )

    def check(request: Request) -> None:
        refusal = require_refusal(found.name, found.function, {"request": request})
        if refusal is not None:
            require_written(found.name, found.protocol, refusal, request)
        elif isinstance(endpoint, FixedEndpoint):
            require_sendable(found.name, endpoint.reply(request))

    count = _draw(drawn, check, effort)
    for request in sweep(shelf, target, effort.share, effort.seed):
        check(request)
        count += 1
    return count


def _draw(strategy: st.SearchStrategy[Any], check: Callable[[Any], None], effort: Effort) -> int:
    count = 0

    @seed(effort.seed)
    @settings(
        max_examples=effort.times(_EXAMPLES),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )
    @given(strategy)
    def run(drawn: Any) -> None:
        nonlocal count
        count += 1
        check(drawn)

    run()
    return count
