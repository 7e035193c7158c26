"""What each service is asked by a client's tests. Nothing of the server is loaded for this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from safelight import auth


@dataclass(frozen=True)
class Service:
    """`path` answers a signed-in account alone; `over` is a pause, in seconds, that ends a session
    without use; `sign_in` is the path that a sign-in is sent to."""

    name: str
    path: str
    sign_in: str
    over: int
    build: Callable[..., auth.SessionAuth]


SERVICES = {
    each.name: each
    for each in (
        Service(
            "studio",
            "/api/v1/notifications/all",
            "/studio/login",
            3 * 3600,
            lambda url, key, **more: auth.Pixieset("studio", f"{url}/studio", **more),
        ),
        Service(
            "galleries",
            "/api/v1/data/bootstrap",
            "/galleries/login",
            3 * 3600,
            lambda url, key, **more: auth.Pixieset("galleries", f"{url}/galleries", **more),
        ),
        Service(
            "photoshelter-token",
            "/psapi/v3/mem/user/session",
            "/psapi/v3/mem/authenticate",
            30 * 3600,
            lambda url, key, **more: auth.PhotoShelter(url, api_key=key, **more),
        ),
        Service(
            "photoshelter-cookie",
            "/psapi/v3/mem/user/session",
            "/psapi/v3/mem/authenticate",
            3600,
            lambda url, key, **more: auth.PhotoShelter(url, api_key=key, mode="cookie", **more),
        ),
        Service(
            "librephotos",
            "/api/photos/",
            "/api/auth/token/obtain/",
            8 * 86_400,
            lambda url, key, **more: auth.LibrePhotos(url, **more),
        ),
        Service(
            "recorder-monitor",
            "/api/users/ada@example.com",
            "/api/login",
            3600,
            lambda url, key, **more: auth.RecorderMonitor(url, **more),
        ),
        Service(
            "safelight",
            "/v1/account",
            "/v1/sessions",
            40 * 86_400,
            lambda url, key, **more: auth.Safelight(url, **more),
        ),
    )
}
