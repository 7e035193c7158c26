"""What a worker process loads: the application, from the environment that `serve` left."""

from __future__ import annotations

import faulthandler
import gc
import os
from pathlib import Path

from safelight.bootstrap import make_app
from safelight.config import read_settings
from safelight.server.app import App
from safelight.server.logs import configure_logging

_NEW_OBJECTS = 20_000
"""How many objects are made before the youngest ones are collected; Python's own number is 700."""


def app() -> App:
    """The ASGI application over `SAFELIGHT_DATA`, with the settings of `SAFELIGHT_CONFIG`."""
    data = Path(os.environ["SAFELIGHT_DATA"])
    config = os.environ.get("SAFELIGHT_CONFIG")
    settings = read_settings(data, Path(config) if config else None)
    configure_logging(settings.server.log_level)
    # A database that is cut short under a running server kills who reads it, by a signal: so that
    # there is a word about it.
    faulthandler.enable()
    return make_app(data, settings, opened=_settle_memory)


def _settle_memory() -> None:
    """Leave what was loaded out of every later collection of garbage, and collect less often.

    Dozens of requests are under way at once, and each makes objects that look long-lived to the
    collector meanwhile: measured, it took a seventh of the time of a check.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)
