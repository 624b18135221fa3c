"""`homeroom stop`: ends what runs from this home."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from homeroom.base.settings import Settings
from homeroom.store.embedded import EmbeddedServer
from homeroom.web.server import stop_servers

EXAMPLES = """examples:
  homeroom stop
"""


def add_arguments(_: ArgumentParser) -> None:
    """It has none."""


def run(_: Namespace, settings: Settings) -> int:
    """Ends the web servers, then the database."""
    servers = stop_servers(settings.home)
    has_database = (
        settings.database_url is None and settings.home.exists() and EmbeddedServer(settings).stop()
    )
    ended = [
        name
        for name, was_running in (("the web server", servers), ("PostgreSQL", has_database))
        if was_running
    ]
    print(f"Stopped {' and '.join(ended)}." if ended else "Nothing was running.")
    return 0
