"""What a worker process loads: the application, from the environment that `serve` left."""

from __future__ import annotations

import os
from pathlib import Path

from safelight.bootstrap import make_app
from safelight.config import read_settings
from safelight.server.app import App
from safelight.server.logs import configure_logging


def app() -> App:
    """The ASGI application over `SAFELIGHT_DATA`, with the settings of `SAFELIGHT_CONFIG`."""
    data = Path(os.environ["SAFELIGHT_DATA"])
    config = os.environ.get("SAFELIGHT_CONFIG")
    settings = read_settings(data, Path(config) if config else None)
    configure_logging(settings.server.log_level)
    return make_app(data, settings)
