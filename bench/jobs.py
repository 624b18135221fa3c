"""Files sent to a running server, and its worker's jobs watched until they are done."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.api import serving
from bench.place import DISTRICT, Place
from homeroom.base.findings import Finding
from homeroom.base.settings import parse_settings
from homeroom.cli.installation import OPERATOR, open_district
from homeroom.ingest.intake.deliveries import Reading, deliver
from homeroom.ingest.intake.inbox import Inbox
from homeroom.ingest.loading.batches import read_batch
from homeroom.ingest.specs.shelf import save_spec
from homeroom.records.district import District

_LOOK_SECONDS = 0.005
_WARM_SECONDS = 8.0


@dataclass(frozen=True)
class Done:
    """A job: seconds from handing the file over to the end of its batch; its worker's megabytes at its peak."""

    seconds: float
    memory: float


class Desk:
    """Where files are handed in, as an upload does once its bytes are there."""

    def __init__(self, district: District, inbox: Inbox, group: int) -> None:
        self._district = district
        self._inbox = inbox
        self._worker = _worker_of(group)

    async def send(self, path: Path, spec: str, parameters: Mapping[str, str]) -> Done:
        """Hands a file in and waits; stops the bench when its batch does not finish."""
        Path(f"/proc/{self._worker}/clear_refs").write_text("5")
        began = time.perf_counter()
        file = await self._inbox.receive_path(path, actor=OPERATOR)
        if isinstance(file, Finding):
            raise SystemExit(file.words)
        reading = Reading(spec=spec, parameters=parameters, repeats=True)
        sent = await deliver(self._district, [file], reading=reading, actor=OPERATOR)
        while (state := await read_batch(self._district, sent.batch)).state in {"received", "running"}:
            await asyncio.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - began
        if state.state != "finished" or state.report is None or state.report.failed:
            raise SystemExit(f"batch {sent.batch} is {state.state}: {state.report}")
        return Done(seconds, _peak_memory(self._worker))

    async def save(self, name: str, definition: str) -> None:
        """Keeps a mapping spec in the district."""
        await save_spec(self._district, name, definition=definition, beside={}, actor=OPERATOR)


@asynccontextmanager
async def working(place: Place) -> AsyncIterator[Desk]:
    """A running server with its worker, which has had time to get ready."""
    settings = parse_settings({"HOMEROOM_HOME": str(place.home)}, current_folder=place.folder, processors=2)
    with serving(place) as server:
        async with open_district(settings, DISTRICT) as district:
            await asyncio.sleep(_WARM_SECONDS)
            group = os.getpgid(server.process.pid)
            yield Desk(district, Inbox(district, spool_folder=settings.home / "spool"), group)


def _worker_of(group: int) -> int:
    """The process that does the jobs, of the server's process group."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if b"work" in words and b"--once" in words and os.getpgid(int(folder.name)) == group:
                return int(folder.name)
        except OSError:
            continue
    raise SystemExit("the server has no worker")


def _peak_memory(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 1024
