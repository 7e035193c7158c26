"""What supervisors, load balancers and Prometheus ask: `/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from safelight.errors import ConfigurationError, NotFound
from safelight.server.condition import ShowMetrics, ShowReadiness
from safelight.server.guard import is_loopback
from safelight.server.http import Caching, Reply, Request, json_reply
from safelight.server.metrics import MEDIA_TYPE
from safelight.server.wire import AnyEndpoint, FixedEndpoint, PublicEndpoint

PATHS = frozenset({"/healthz", "/readyz", "/metrics"})


def probe_endpoints(metrics_from: Iterable[str]) -> tuple[AnyEndpoint, ...]:
    """`metrics_from` are the networks beside loopback that may read the counts: they tell how many
    people sign in here, so to everybody else there is nothing. Raises ConfigurationError."""
    networks = _read_networks(metrics_from)

    def read_metrics(request: Request) -> ShowMetrics:
        if not (is_loopback(request.peer) or _is_within(request.peer, networks)):
            raise NotFound
        return ShowMetrics()

    return (
        FixedEndpoint(method="GET", path="/healthz", reply=_write_health),
        PublicEndpoint(
            method="GET",
            path="/readyz",
            read=lambda request: ShowReadiness(),
            write=_write_readiness,
        ),
        PublicEndpoint(method="GET", path="/metrics", read=read_metrics, write=_write_metrics),
    )


def _write_health(request: Request) -> Reply:
    """The process answers; that is all that is claimed."""
    return Reply(body=b"ok\n", media_type=b"text/plain; charset=utf-8", caching=Caching.SECRET)


def _write_readiness(reasons: tuple[str, ...], request: Request) -> Reply:
    """503 when something cannot be used. What it is, only this machine is told."""
    body: dict[str, object] = {"ready": not reasons}
    if reasons and is_loopback(request.peer):
        body["reasons"] = reasons
    status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
    return json_reply(body, status, Caching.SECRET)


def _write_metrics(counts: bytes, request: Request) -> Reply:
    return Reply(body=counts, media_type=MEDIA_TYPE, caching=Caching.SECRET)


def _read_networks(texts: Iterable[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(each, strict=False) for each in texts)
    except ValueError as error:
        raise ConfigurationError(f"The setting server.metrics_from: {error}.") from None


def _is_within(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
