"""An outsider's connector is found as ours are, and ours are found no other way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from homeroom.ingest.connectors.connector import file_connectors
from homeroom.ingest.connectors.source import source_connectors

_CONNECTOR = """
from homeroom.ingest.connectors.dialect import Dialect
from homeroom.ingest.connectors.tables import Faults, Table, Tables, frame_of


class Ledger:
    form = "ledger"

    def rate(self, sample):
        return 99 if sample.head.startswith(b"LEDGER1") else 0

    def open(self, file, hint):
        with file.open() as stream:
            lines = stream.read().decode().splitlines()[1:]
        frame = frame_of(("entry",), [[line] for line in lines], range(2, len(lines) + 2))
        return Tables(iter([Table("ledger", ("entry",), iter([frame]), Faults(), Dialect(form=self.form))]))


CONNECTOR = Ledger()
"""
_USE = """
import io
from homeroom.ingest.connectors.opening import open_tables
from homeroom.ingest.reading.plan import SourceFile
from homeroom.interop.package_archive import Folder

content = b"LEDGER1\\nfirst\\nsecond\\n"
with open_tables(SourceFile("a.bin", Folder({"a.bin": lambda: io.BytesIO(content)}), "a.bin")) as tables:
    for table in tables:
        for frame in table.frames:
            print(table.dialect.form, frame.rows())
"""


def test_every_connector_of_ours_is_registered() -> None:
    assert sorted(each.form for each in file_connectors()) == [
        "delimited",
        "excel",
        "fixed",
        "json",
        "xml",
        "zip",
    ]
    assert sorted(source_connectors()) == ["edfi", "folder", "oneroster", "sftp", "sql"]


def test_an_outsiders_connector_is_used_once_it_is_installed(tmp_path: Path) -> None:
    (tmp_path / "ledger_reader.py").write_text(_CONNECTOR)
    installed = tmp_path / "ledger_reader-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: ledger-reader\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[homeroom.connectors]\nledger = ledger_reader:CONNECTOR\n")
    used = subprocess.run(
        [sys.executable, "-c", _USE],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert used.stdout.strip() == "ledger [('first', 2), ('second', 3)]"


def test_serving_and_looking_connectors_up_does_not_load_frames() -> None:
    script = (
        "import sys\nfrom homeroom.ingest.connectors.connector import file_connectors\n"
        "from homeroom.ingest.connectors.source import source_connectors\n"
        "file_connectors(), source_connectors()\n"
        "heavy = {'polars', 'python_calamine', 'asyncssh', 'sqlalchemy'} & set(sys.modules)\nprint(sorted(heavy))"
    )
    looked = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert looked.stdout.strip() == "[]"
