"""A worker process of the web server: the application with everything it stands on, from the environment."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from typing import Final

from homeroom.base.clock import SystemClock
from homeroom.base.log import Log
from homeroom.base.settings import Settings, read_settings
from homeroom.records.districts import Districts
from homeroom.store.servers import start_server
from homeroom.web.api.exchange import Application
from homeroom.web.app import make_application
from homeroom.web.middleware import Surroundings
from homeroom.web.options import parse_web_options

_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def make_worker_application() -> Application:
    """The application of this process, which ends when its supervisor does."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    settings, clock = read_settings(), SystemClock()

    async def revive() -> None:
        await asyncio.to_thread(start_server, settings)

    surroundings = Surroundings(
        options=parse_web_options(os.environ),
        log=Log(sys.stderr, clock),
        revive=revive if settings.database_url is None else None,
    )
    return make_application(_districts(settings), surroundings)


def _districts(settings: Settings) -> Districts:
    return Districts(start_server(settings), settings.home)
