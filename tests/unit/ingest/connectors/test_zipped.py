"""Zips of files of any form, and archives nobody should open."""

from __future__ import annotations

import io
import stat
import zipfile

from tests.unit.ingest.connectors.reading import ReadTable, read_all, read_one, refused, source
from tests.unit.ingest.connectors.workbooks import xlsx

from homeroom.ingest.connectors.dialect import Dialect

CSV = b"StudentID,Name\n1001,Ada\n1002,Bo\n"


def _zip(entries: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_every_file_within_is_read_by_its_own_form() -> None:
    content = _zip(
        {
            "a.csv": CSV,
            "b.xlsx": xlsx({"Codes": [["Code", "Words"], ["P", "Present"]]}),
            "c.json": b'[{"id": 1}]',
        }
    )
    tables = [table for table in read_all(source(content, "all.zip")) if isinstance(table, ReadTable)]
    assert [(table.name, len(table.rows)) for table in tables] == [("a", 2), ("Codes", 1), ("c", 1)]


def test_how_the_files_within_are_written_may_be_fixed() -> None:
    table = read_one(
        _zip({"a.txt": b"1|Ada\n2|Bo\n"}), "a.zip", Dialect(form="delimited", delimiter="|", header_line=0)
    )
    assert table.rows == [("1", "Ada"), ("2", "Bo")]


def test_a_zip_within_a_zip_is_told_and_left_closed() -> None:
    found = read_all(source(_zip({"a.csv": CSV, "inner.zip": _zip({"b.csv": CSV})}), "all.zip"))
    assert [item.code for item in found if not isinstance(item, ReadTable)] == ["package.nested"]
    renamed = read_all(source(_zip({"inner.csv": _zip({"b.csv": CSV})}), "all.zip"))
    assert [item.code for item in renamed if not isinstance(item, ReadTable)] == ["package.nested"]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert refused(_zip({"a.csv": b"0" * (20 << 20)}), "a.zip").code == "package.bomb"


def test_paths_that_lead_out_and_links_are_told() -> None:
    out = io.BytesIO(_zip({"../evil.csv": CSV, "/etc/evil.csv": CSV, "good.csv": CSV}))
    with zipfile.ZipFile(out, "a") as archive:
        link = zipfile.ZipInfo("link.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    found = read_all(source(out.getvalue(), "a.zip"))
    assert sorted(item.code for item in found if not isinstance(item, ReadTable)) == [
        "package.folders",
        "package.symlink",
        "package.unsafe_name",
        "package.unsafe_name",
    ]
    assert [table.name for table in found if isinstance(table, ReadTable)] == ["good"]


def test_an_entry_that_is_damaged_says_so_and_the_others_are_read() -> None:
    content = bytearray(_zip({"a.csv": b"StudentID,Name\n" + bytes(range(48, 90)) * 40, "b.csv": CSV}))
    start = content.index(b"a.csv") + 5
    content[start + 4 : start + 12] = b"\xff" * 8
    found = read_all(source(bytes(content), "a.zip"))
    codes = [code for item in found for code in (item.codes if isinstance(item, ReadTable) else [item.code])]
    assert "package.corrupt_entry" in codes
    assert any(isinstance(item, ReadTable) and item.name == "b" and len(item.rows) == 2 for item in found)
