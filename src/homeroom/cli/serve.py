"""`homeroom serve`: the web server, and the embedded PostgreSQL under it."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from pathlib import Path

from homeroom.base.settings import Settings, parse_settings
from homeroom.cli.installation import open_districts, run_async
from homeroom.cli.work import job_worker
from homeroom.web.server import serve

EXAMPLES = """examples:
  homeroom serve
  homeroom serve --port 8401 --workers 2
  homeroom serve --host 0.0.0.0

Ctrl-C ends it; the embedded PostgreSQL goes on until `homeroom stop`.
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Where and how wide to serve."""
    add_server_arguments(parser)


def run(options: Namespace, settings: Settings) -> int:
    """Serves until it is told to end."""
    settings = with_server_options(settings, options)
    run_async(_prepare(settings))
    with job_worker(settings):
        serve(settings, on_ready=_say_ready)
    return 0


def add_server_arguments(parser: ArgumentParser) -> None:
    """The options that replace settings."""
    parser.add_argument("--port", metavar="PORT", help="port to listen on (8400)")
    parser.add_argument("--host", metavar="HOST", help="address to listen on (127.0.0.1)")
    parser.add_argument("--workers", metavar="NUMBER", help="processes (one per processor, at most 4)")


def with_server_options(settings: Settings, options: Namespace) -> Settings:
    """The settings with what the command line says instead. Raises SettingsError as they do."""
    given = {
        "HOMEROOM_HOME": str(settings.home),
        "HOMEROOM_HOST": options.host or settings.host,
        "HOMEROOM_PORT": options.port or str(settings.port),
        "HOMEROOM_WORKERS": options.workers or str(settings.workers),
        "HOMEROOM_DATABASE_URL": settings.database_url or "",
    }
    return parse_settings(given, current_folder=Path.cwd(), processors=os.cpu_count() or 1)


async def _prepare(settings: Settings) -> None:
    async with open_districts(settings):
        return


def _say_ready(url: str) -> None:
    print(f"Homeroom serves at {url} (Ctrl-C ends it).", flush=True)
