"""The schemas that bulk clients download, held against Ed-Fi's own sample files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from homeroom.standard.read import VERSIONS, load_model
from homeroom.standard.xsd import CORE, render_xsd, xsd_files

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "edfi" / "5.2" / "xml"
SAMPLE_FILES = sorted(SAMPLES.glob("*.xml"))
XS = "{http://www.w3.org/2001/XMLSchema}"
Validator = Callable[[str], etree.XMLSchema]


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> Validator:
    """The 5.2 schema of an interchange, read with its include as a client would."""
    folder = written("5.2", tmp_path_factory.mktemp("xsd"))
    loaded: dict[str, etree.XMLSchema] = {}

    def load(interchange: str) -> etree.XMLSchema:
        if interchange not in loaded:
            loaded[interchange] = etree.XMLSchema(file=str(folder / f"Interchange-{interchange}.xsd"))
        return loaded[interchange]

    return load


def written(version: str, folder: Path) -> Path:
    for name in xsd_files(version):
        content = render_xsd(version, name)
        assert content is not None
        (folder / name).write_bytes(content)
    return folder


def interchange(name: str, body: str) -> etree._Element:
    return etree.fromstring(f'<Interchange{name} xmlns="http://ed-fi.org/5.2.0">{body}</Interchange{name}>')


@pytest.mark.skipif(not SAMPLE_FILES, reason="Ed-Fi's sample files are not beside this checkout")
def test_all_samples_are_there() -> None:
    assert len(SAMPLE_FILES) == 43


@pytest.mark.parametrize("path", SAMPLE_FILES, ids=lambda p: p.stem)
def test_sample_file_is_valid(path: Path, validator: Validator) -> None:
    document = etree.parse(path)
    schema = validator(etree.QName(document.getroot()).localname.removeprefix("Interchange"))
    assert schema.validate(document), schema.error_log.last_error


STUDENT = """<Student><StudentUniqueId>{number}</StudentUniqueId>
    <Name><FirstName>Ada</FirstName><LastSurname>Moss</LastSurname></Name>
    <BirthData><BirthDate>{born}</BirthDate></BirthData></Student>"""


@pytest.mark.parametrize(
    "body",
    [
        STUDENT.format(number="1" * 33, born="2010-01-01"),
        STUDENT.format(number="1", born="01/01/2010"),
        "<Student><StudentUniqueId>1</StudentUniqueId></Student>",
        "<School/>",
    ],
    ids=["too long", "no date", "nothing but a number", "another interchange's record"],
)
def test_faulty_record_is_refused(body: str, validator: Validator) -> None:
    assert validator("Student").validate(
        interchange("Student", STUDENT.format(number="1", born="2010-01-01"))
    )
    assert not validator("Student").validate(interchange("Student", body))


def test_alternatives_exclude_each_other(validator: Validator) -> None:
    content = """<EducationContent><ContentIdentifier>c</ContentIdentifier>{choice}
        <Namespace>uri://ed-fi.org</Namespace></EducationContent>"""
    link = "<LearningResourceMetadataURI>https://example.org</LearningResourceMetadataURI>"
    resource = """<LearningResource><ShortDescription>s</ShortDescription>
        <ContentClass>uri://ed-fi.org/ContentClassDescriptor#Book</ContentClass></LearningResource>"""
    schema = validator("StudentIntervention")
    assert schema.validate(interchange("StudentIntervention", content.format(choice=link)))
    assert schema.validate(interchange("StudentIntervention", content.format(choice=resource)))
    assert not schema.validate(interchange("StudentIntervention", content.format(choice=link + resource)))


@pytest.mark.parametrize(("version", "count"), [("5.2", 26), ("6.1", 32)])
def test_each_interchange_has_a_file_and_each_file_is_a_schema(
    version: str, count: int, tmp_path: Path
) -> None:
    folder = written(version, tmp_path)
    assert len(xsd_files(version)) == count
    for name in (CORE, "Interchange-Descriptors.xsd", "Interchange-MasterSchedule.xsd"):
        etree.XMLSchema(file=str(folder / name))


@pytest.mark.parametrize("version", VERSIONS)
def test_each_named_type_is_defined_once(version: str) -> None:
    core = etree.fromstring(render_xsd(version, CORE) or b"")
    defined = [t.get("name") for t in core if t.tag in (f"{XS}complexType", f"{XS}simpleType")]
    assert len(defined) == len(set(defined))
    used = {e.get("type") for e in core.iter(f"{XS}element")} | {
        e.get("base") for e in core.iter(f"{XS}extension")
    }
    assert {name for name in used if name and not name.startswith("xs:")} <= set(defined)
    assert {d.name for d in load_model(version).descriptors} <= set(defined)


def test_types_say_their_group() -> None:
    core = etree.fromstring(render_xsd("5.2", CORE) or b"")
    groups = {
        t.get("name"): t.findtext(f"{XS}annotation/{XS}appinfo/{{http://ed-fi.org/annotation}}TypeGroup")
        for t in core.iter(f"{XS}complexType")
    }
    assert groups["Student"] == "Domain Entity"
    assert groups["StudentSchoolAssociation"] == "Association"
    assert groups["StudentReferenceType"] == "Extended Reference"
    assert groups["TermDescriptor"] == "Descriptor"


def test_unknown_file_is_none() -> None:
    assert render_xsd("5.2", "Interchange-Nothing.xsd") is None
