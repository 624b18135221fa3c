"""`homeroom export`: a district's whole data in a folder."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path

from homeroom.base.settings import Settings
from homeroom.cli.acts import add_district
from homeroom.cli.installation import open_district, run_async
from homeroom.cli.progress import ProgressLine
from homeroom.records.export import ExportReport, export_district

EXAMPLES = """The folder holds one file of JSON Lines for each resource; `homeroom load` reads it again.
It holds every child's record in plain text: keep it where nobody else can read it.

examples:
  homeroom export --district willow-creek /srv/backup/willow-creek
"""


def add_arguments(parser: ArgumentParser) -> None:
    """The district and the folder."""
    add_district(parser)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="empty, or not there yet")
    parser.add_argument("--json", action="store_true", help="print the counts as JSON")


def run(options: Namespace, settings: Settings) -> int:
    """Writes the data and says how much it is."""
    report = run_async(_export(settings, options.district, options.folder))
    if options.json:
        print(json.dumps({"records": report.total, "resources": report.counts}))
    else:
        print(f"Wrote {report.total:,} records of {len(report.counts)} resources to {options.folder}.")
    return 0


async def _export(settings: Settings, name: str, folder: Path) -> ExportReport:
    line = ProgressLine()
    async with open_district(settings, name) as district:
        try:
            return await export_district(
                district, folder, progress=lambda resource, rows: line.show(f"{resource}: {rows:,}")
            )
        finally:
            line.clear()
