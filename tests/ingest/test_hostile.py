"""Input that nobody vouches for: a finding with file and line, and everything readable is stored."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import asyncpg
import pytest

from homeroom.store.address import ServerAddress
from tests.cast import DISTRICT_ID, WORLD, student_body
from tests.ingest.conftest import Dock, codes_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

_XML = '<InterchangeStudent xmlns="http://ed-fi.org/5.2.0">{}</InterchangeStudent>'
_STUDENT = (
    "<Student><StudentUniqueId>{}</StudentUniqueId><Name><FirstName>A</FirstName>"
    "<LastSurname>B</LastSurname></Name><BirthData><BirthDate>2011-03-05</BirthDate></BirthData></Student>"
)
# Stands for whatever makes one row of a set fail in the database each time.
_REFUSE_ONE = """
create function refuse_one() returns trigger language plpgsql as $$
begin
    if new.student_unique_id = 'F-5' then
        raise foreign_key_violation;
    end if;
    return new;
end
$$;
create trigger refuse_one before insert on edfi.student for each row execute function refuse_one();
alter table edfi.student enable always trigger refuse_one;
"""


async def quarantined(dock: Dock) -> list[tuple[int, str]]:
    return await dock.fetch("select line, code from ingest.quarantine order by line")


def zipped(dock: Dock, members: dict[str, bytes]) -> Path:
    path = dock.folder / "drop.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def lines(*numbers: str) -> bytes:
    return "".join(json.dumps(student_body(n)) + "\n" for n in numbers).encode()


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("{", "json.malformed"),
        ("[" * 100_000, "json.malformed"),
        ('{"a":' * 100_000, "json.malformed"),
        ('"a text"', "type"),
        ("[1, 2]", "type"),
        ('{"studentUniqueId": NaN}', "json.malformed"),
        (json.dumps(student_body() | {"firstName": "a\0b"}), "type"),
        (json.dumps(student_body() | {"firstName": "\ud800"}), "type"),
        (json.dumps(student_body() | {"birthDate": 1e400}).replace("Infinity", "1e999999999"), "type"),
    ],
)
async def test_a_line_that_is_no_record_is_kept_out_and_the_next_one_is_stored(
    dock: Dock, line: str, code: str
) -> None:
    report = await dock.load(dock.write("Student", line, student_body("F-2")))
    assert (report.stored, report.failed) == (1, 1)
    assert await quarantined(dock) == [(1, code)]


async def test_a_line_above_ten_megabytes_is_refused_without_being_kept(dock: Dock) -> None:
    huge = json.dumps(student_body() | {"firstName": "x" * (11 << 20)})
    report = await dock.load(dock.write("Student", student_body("F-1"), huge, student_body("F-3")))
    assert (report.stored, report.failed) == (2, 1)
    assert await quarantined(dock) == [(2, "json.line_too_long")]
    assert (await dock.fetch("select length(row_sealed) < 100000 from ingest.quarantine")) == [(True,)]


async def test_bytes_that_are_not_utf_8_cost_their_line_alone(dock: Dock) -> None:
    folder = dock.write("Student", student_body("F-1"))
    with (folder / "students.jsonl").open("ab") as file:
        file.write(json.dumps(student_body("F-2")).encode().replace(b"Ines", b"In\xe9s") + b"\n")
        file.write(lines("F-3"))
    report = await dock.load(folder)
    assert (report.stored, report.failed) == (2, 1)
    assert await quarantined(dock) == [(2, "json.malformed")]


async def test_a_byte_order_mark_is_forgiven(dock: Dock) -> None:
    folder = dock.write("Student")
    (folder / "students.jsonl").write_bytes(b"\xef\xbb\xbf" + lines("F-1"))
    assert (await dock.load(folder)).stored == 1


async def test_utf_16_is_told_once_for_the_file(dock: Dock) -> None:
    folder = dock.write("Student")
    (folder / "students.jsonl").write_bytes(lines("F-1").decode().encode("utf-16"))
    report = await dock.load(folder)
    assert (report.considered, codes_of(report)) == (0, ["json.encoding"])


async def test_a_zip_bomb_is_not_unpacked(dock: Dock) -> None:
    report = await dock.load(zipped(dock, {"students.jsonl": b"\0" * (64 << 20)}))
    assert (report.considered, codes_of(report)) == (0, ["package.bomb"])


async def test_names_that_lead_out_of_the_archive_are_not_read(dock: Dock) -> None:
    members = {"../students.jsonl": lines("F-1"), "/etc/students.jsonl": lines("F-2")}
    report = await dock.load(zipped(dock, members | {"students.jsonl": lines("F-3")}))
    assert report.stored == 1
    assert codes_of(report).count("package.unsafe_name") == 2


async def test_an_archive_in_an_archive_is_not_opened(dock: Dock) -> None:
    inner = zipped(dock, {"students.jsonl": lines("F-1")}).read_bytes()
    report = await dock.load(zipped(dock, {"inner.zip": inner, "students.jsonl": lines("F-2")}))
    assert report.stored == 1
    assert "package.nested" in codes_of(report)


async def test_what_is_no_zip_is_told(dock: Dock) -> None:
    path = dock.folder / "drop.zip"
    path.write_bytes(b"PK\x03\x04 and nothing of the kind")
    assert codes_of(await dock.load(path)) == ["package.not_a_zip"]


async def test_a_damaged_member_costs_itself_alone(dock: Dock) -> None:
    path = zipped(dock, {"students.jsonl": lines("F-1"), "contacts.jsonl": b"{}\n" * 3000})
    content = bytearray(path.read_bytes())
    start = content.index(b"contacts.jsonl") + len(b"contacts.jsonl")
    content[start + 4] ^= 0xFF
    path.write_bytes(content)
    report = await dock.load(path)
    assert await dock.count("edfi.student") == 1
    assert "package.corrupt_entry" in codes_of(report)


async def test_xml_that_breaks_off_gives_what_stands_before(dock: Dock) -> None:
    folder = dock.write("Student")
    text = _XML.format(_STUDENT.format("F-1") + _STUDENT.format("F-2"))
    (folder / "Student.xml").write_text(text[: text.index("F-2") + 3])
    report = await dock.load(folder)
    assert (report.stored, codes_of(report)) == (1, ["xml.malformed"])
    assert report.findings[0].place.file == "drop/Student.xml"


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;&x;">]>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    ],
)
async def test_entities_are_never_read(dock: Dock, doctype: str) -> None:
    folder = dock.write("Student", student_body("F-2"))
    (folder / "Student.xml").write_text(doctype + _XML.format(_STUDENT.format("&x;")))
    report = await dock.load(folder)
    assert (report.stored, codes_of(report)) == (1, ["xml.doctype"])


async def test_an_xml_record_with_a_fault_is_kept_out_and_the_next_one_is_stored(dock: Dock) -> None:
    folder = dock.write("Student")
    bad = _STUDENT.format("F-1").replace("2011-03-05", "soon")
    (folder / "Student.xml").write_text(_XML.format(bad + _STUDENT.format("F-2")))
    report = await dock.load(folder)
    assert (report.stored, report.failed) == (1, 1)
    ((code, words, sealed),) = await dock.fetch("select code, words, row_sealed from ingest.quarantine")
    assert code == "xml.wrong_type"
    assert "soon" not in words
    assert b"soon" in dock.district.keys.unseal(sealed, place=b"quarantine:Student:1:drop/Student.xml")


async def test_xml_of_an_unknown_namespace_is_told(dock: Dock) -> None:
    folder = dock.write("Student", student_body())
    (folder / "other.xml").write_text('<a xmlns="http://example.com/else"><b/></a>')
    report = await dock.load(folder)
    assert (report.stored, codes_of(report)) == (1, ["load.unknown_namespace"])


async def test_nothing_of_what_was_read_is_left_on_disk(dock: Dock) -> None:
    folder = dock.write("Student")
    (folder / "Student.xml").write_text(_XML.format(_STUDENT.format("F-1")))
    await dock.load(folder)
    assert list((dock.folder / "spool").iterdir()) == []


async def test_a_record_that_takes_another_kinds_key_is_told(dock: Dock) -> None:
    world = dict(WORLD)
    dock.write("LocalEducationAgency", world["LocalEducationAgency"])
    taken = world["School"] | {"schoolId": DISTRICT_ID}
    report = await dock.load(dock.write("School", taken))
    assert (report.stored, report.failed) == (1, 1)
    assert await quarantined(dock) == [(1, "load.conflict")]


async def test_what_the_database_refuses_again_and_again_stays_out_alone(
    dock: Dock, server: ServerAddress
) -> None:
    owner = await asyncpg.connect(server.dsn(dock.district.database.name))
    await owner.execute(_REFUSE_ONE)
    try:
        report = await dock.load(dock.write("Student", *[student_body(f"F-{n}") for n in range(9)]))
    finally:
        await owner.execute("drop function refuse_one cascade")
        await owner.close()
    assert (report.stored, report.failed) == (8, 1)
    assert await quarantined(dock) == [(6, "load.refused")]
    assert await dock.fetch("select position from ingest.checkpoint") == [(9,)]
