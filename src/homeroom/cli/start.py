"""`homeroom start`: from nothing to a district to look at; what `./run` does."""

from __future__ import annotations

import ipaddress
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence

from homeroom.base.settings import Settings
from homeroom.cli.demo import DEMO_NAME, ensure_demo
from homeroom.cli.installation import open_districts, run_async
from homeroom.cli.serve import add_server_arguments, with_server_options
from homeroom.cli.work import job_worker
from homeroom.store.embedded import EmbeddedServer
from homeroom.trust.demo import DemoAccount
from homeroom.web.server import check_address, find_servers, serve, url_of

EXAMPLES = """Makes the database and a demo district of made-up people when they are missing, serves them,
and prints who can sign in. Ctrl-C ends the web server and the database.

examples:
  homeroom start
  homeroom start --port 8401
"""


def add_arguments(parser: ArgumentParser) -> None:
    """Where and how wide to serve."""
    add_server_arguments(parser)


def run(options: Namespace, settings: Settings) -> int:
    """Prepares, serves, and puts away what it has started."""
    settings = with_server_options(settings, options)
    if any(server.url == url_of(settings) for server in find_servers(settings.home)):
        print(f"Homeroom runs already at {url_of(settings)}; `homeroom stop` ends it.")
        return 0
    check_address(settings)
    database = None if settings.database_url else EmbeddedServer(settings)
    starts_database = database is not None and not (settings.home.exists() and database.is_running())
    if starts_database:
        print("Starting the database …", file=sys.stderr)
    try:
        accounts = run_async(_prepare(settings))
        with job_worker(settings):
            serve(settings, on_ready=lambda url: _say_ready(url, accounts, settings))
    finally:
        # Whoever else uses it by now had better start it themselves than find it left running unasked.
        if database is not None and starts_database and not find_servers(settings.home):
            database.stop()
    print("Stopped. Everything is kept; the same command goes on from here.", file=sys.stderr)
    return 0


async def _prepare(settings: Settings) -> Sequence[DemoAccount]:
    async with open_districts(settings) as districts:
        if await districts.find(DEMO_NAME) is None:
            print("Making the demo district, with 1,000 made-up students …", file=sys.stderr)
        return await ensure_demo(districts, settings.home)


def _say_ready(url: str, accounts: Sequence[DemoAccount], settings: Settings) -> None:
    lines = [f"Homeroom is ready at {url}", ""]
    if accounts:
        width = max(len(account.login) for account in accounts)
        lines += [f"Who can sign in to the district {DEMO_NAME}, where all people are made up:"]
        lines += [
            f"  {a.login:{width}}  {a.password}  {a.display_name}, {a.role.replace('_', ' ')}"
            for a in accounts
        ]
        lines += [""]
        if not _is_loopback(settings.host):
            lines += [
                f"Note: it listens on {settings.host}, so others on the network can sign in as well.",
                "",
            ]
    print("\n".join([*lines, "Ctrl-C ends it."]), flush=True)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
