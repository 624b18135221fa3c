"""`homeroom work`: does what waits in the background, such as files that were uploaded."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from homeroom.base.clock import SystemClock
from homeroom.base.log import Log
from homeroom.base.processes import end_with_parent
from homeroom.base.settings import Settings
from homeroom.cli.installation import open_districts, run_async
from homeroom.cli.keeping import parse_days_of_files
from homeroom.cli.post import parse_post
from homeroom.ingest.warming import warm_up
from homeroom.ingest.working import Workplace, work_everywhere

EXAMPLES = """`homeroom serve` and `homeroom start` bring one along. More of them may run, on other machines too.
Files of the inbox are deleted 400 days after they were last loaded (HOMEROOM_KEEP_FILES_DAYS; 0 keeps them), unless
rows of theirs wait in quarantine.

examples:
  homeroom work
"""

_ITSELF: Final = [sys.executable, "-c", "import sys; from homeroom.cli.main import main; sys.exit(main())"]
_PAUSE_SECONDS: Final = 1.0
_STOP_SECONDS: Final = 5


def add_arguments(parser: ArgumentParser) -> None:
    """Who starts it."""
    parser.add_argument("--for", dest="parent", type=int, metavar="PROCESS", help="end with this process")
    parser.add_argument("--once", action="store_true", help="do not start again when it is killed")


def run(options: Namespace, settings: Settings) -> int:
    """Works until it is told to end; one that is killed is replaced."""
    if options.parent is not None:
        end_with_parent(options.parent)
    if options.once:
        run_async(_work(settings))
        return 0
    while True:
        ended = subprocess.run(  # noqa: S603 - ourselves
            [*_ITSELF, "work", "--once", "--for", str(os.getpid())], check=False
        )
        if ended.returncode in {0, 130}:
            return ended.returncode
        time.sleep(_PAUSE_SECONDS)


@contextmanager
def job_worker(settings: Settings) -> Iterator[None]:
    """A worker beside the web server, as long as the block lasts."""
    environment = os.environ | {"HOMEROOM_HOME": str(settings.home)}
    worker = subprocess.Popen(  # noqa: S603 - ourselves
        [*_ITSELF, "work", "--for", str(os.getpid())], env=environment
    )
    try:
        yield
    finally:
        worker.terminate()
        try:
            worker.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()


async def _work(settings: Settings) -> None:
    async with open_districts(settings) as districts:
        log = Log(sys.stderr, SystemClock())
        workplace = Workplace(
            districts,
            settings.home / "spool",
            log,
            post=parse_post(os.environ),
            days_of_files=parse_days_of_files(os.environ),
        )
        warming = asyncio.create_task(warm_up())
        try:
            await work_everywhere(workplace)
        finally:
            warming.cancel()
