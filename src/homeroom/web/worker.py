"""A worker process of the web server: the application with everything it stands on, from the environment."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from homeroom.base.clock import SystemClock
from homeroom.base.log import Log
from homeroom.base.processes import end_with_parent, keep_memory
from homeroom.base.settings import Settings, read_settings
from homeroom.records.districts import Districts
from homeroom.store.servers import start_server
from homeroom.web.api.exchange import Application
from homeroom.web.app import make_application
from homeroom.web.middleware import Surroundings
from homeroom.web.options import parse_web_options
from homeroom.web.pages import pages_application
from homeroom.web.revive import Reviver


def make_worker_application() -> Application:
    """The application of this process, which ends when its supervisor does."""
    end_with_parent(int(os.environ["HOMEROOM_SUPERVISOR"]))
    keep_memory()
    _answer_roll()
    settings, clock = read_settings(), SystemClock()
    log = Log(sys.stderr, clock)
    surroundings = Surroundings(
        options=parse_web_options(os.environ),
        log=log,
        revive=Reviver(settings, log).revive if settings.database_url is None else None,
    )
    districts = _districts(settings)
    pages = pages_application(districts, surroundings, clock=clock)
    return make_application(districts, surroundings, pages=pages)


def _answer_roll() -> None:
    """Tells the supervisor that this worker has begun; nobody listens to one that comes later."""
    with suppress(OSError):
        roll = os.open(os.environ["HOMEROOM_ROLL"], os.O_WRONLY | os.O_NONBLOCK)
        os.write(roll, b".")
        os.close(roll)


def _districts(settings: Settings) -> Districts:
    return Districts(start_server(settings), settings.home)
