"""One mapping: its text to be changed beside the first rows of a file, what is wrong with it, and its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from homeroom.base.findings import Finding
from homeroom.ingest.intake.deliveries import files_of
from homeroom.ingest.preview.shown import ShownRow, SpecPreview
from homeroom.ingest.preview.specimens import Specimen, SpecimenLine, find_specimen, list_specimens
from homeroom.ingest.specs.shelf import SpecText, find_spec, save_spec
from homeroom.ingest.specs.versions import SHIPPED, SpecVersion, find_version, list_versions
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.forms import parse_position
from homeroom.web.pages.visits import MemberVisit

_PARAMETER: Final = "parameter:"
_LONGEST_PARAMETER: Final = 200


@dataclass(frozen=True, slots=True)
class MappingPage:
    """A spec that is being changed.

    spec: where it begins from, and whose files beside it count. newest: the version that files are read by; None for
    the shipped one. definition: as it is typed. specimen: the file it is tried on. given: what its parameters are for
    the preview. faults: why it cannot be kept. was_kept: it has just been.
    """

    spec: SpecText
    newest: int | None
    definition: str
    versions: Sequence[SpecVersion]
    has_shipped: bool
    specimens: Sequence[SpecimenLine]
    specimen: Specimen | None
    given: Mapping[str, str]
    preview: SpecPreview
    faults: Sequence[Finding] = ()
    was_kept: bool = False

    @property
    def findings(self) -> Sequence[Finding]:
        """All that is wrong with the text, each once, by line."""
        found = dict.fromkeys((*self.faults, *self.preview.faults, *self.preview.warnings))
        return sorted(found, key=lambda finding: finding.place.line or 0)

    @property
    def rows(self) -> Sequence[ShownRow]:
        """Every row that was tried."""
        return [row for table in self.preview.tables for row in table.rows]

    @property
    def is_earlier(self) -> bool:
        """Whether it began from a version that is no longer the newest."""
        return (self.spec.version or SHIPPED) != (self.newest or SHIPPED)

    def line_of(self, finding: Finding) -> str:
        """The text of the line that a finding is about; empty where it is about a file beside the spec."""
        lines = self.definition.splitlines()
        number, file = finding.place.line or 0, finding.place.file
        is_here = file in {None, f"{self.spec.name}.yaml"} and 0 < number <= len(lines)
        return lines[number - 1].strip() if is_here else ""


async def show_mapping(visit: MemberVisit) -> Response:
    """The text of one, of any of its versions, tried on a file when one is chosen."""
    asked = visit.request.query_params
    spec = await _spec(visit, asked.get("version", ""))
    if spec is None:
        return answer_absent(visit)
    sample = asked.get("sample") or await _first_of(visit, asked.get("batch", ""))
    page = await _page(visit, spec, spec.definition, sample=sample, was_kept="kept" in asked)
    return visit.render("mapping.html", page)


async def do_preview(visit: MemberVisit) -> Response:
    """What the text as it is typed makes of the chosen file; nothing is kept."""
    spec = await _spec(visit, visit.form.text("version"))
    if spec is None:
        return answer_absent(visit)
    page = await _page(visit, spec, _typed(visit), sample=visit.form.text("sample"))
    return visit.render("mapping.html", page)


async def do_keep(visit: MemberVisit) -> Response:
    """Keeps a changed text as the district's own, as a new version; or says what is wrong with it, by line."""
    spec = await _spec(visit, visit.form.text("version"))
    if spec is None:
        return answer_absent(visit)
    sample = visit.form.text("sample")
    kept = await save_spec(
        visit.district, spec.name, definition=_typed(visit), beside=spec.texts_beside(), actor=visit.member
    )
    if isinstance(kept, int):
        specimen = await _specimen(visit, sample)
        chosen = f"&sample={specimen.key}" if specimen else ""
        return visit.go_to(f"/mappings/{spec.name}?kept=1{chosen}")
    page = await _page(visit, spec, _typed(visit), sample=sample, faults=kept)
    return visit.render("mapping.html", page, status=400)


async def _spec(visit: MemberVisit, version: str) -> SpecText | None:
    """The version that was asked for, else the newest."""
    name, number = visit.request.path_params["name"], parse_position(version)
    if number is None:
        return await find_spec(visit.district, name)
    return await find_version(visit.district, name, min(number, (1 << 31) - 1))


async def _page(
    visit: MemberVisit,
    spec: SpecText,
    definition: str,
    *,
    sample: str,
    faults: Sequence[Finding] = (),
    was_kept: bool = False,
) -> MappingPage:
    specimen = await _specimen(visit, sample)
    said = _said(visit)
    drafted = SpecText(spec.name, definition, spec.version or SHIPPED, spec.texts_beside())
    preview = await visit.pages.previews.preview(
        visit.district,
        drafted,
        specimen=specimen,
        parameters=said,
        ask=visit.decide_any,
        actor=visit.member,
    )
    versions = await list_versions(visit.district, spec.name)
    return MappingPage(
        spec,
        versions[0].version if versions else None,
        definition,
        versions,
        await find_version(visit.district, spec.name, SHIPPED) is not None,
        await list_specimens(visit.district, spec.name),
        specimen,
        {**(specimen.parameters if specimen else {}), **said},
        preview,
        faults,
        was_kept,
    )


async def _specimen(visit: MemberVisit, sample: str) -> Specimen | None:
    """The file that `17-4` means: the fourth of the inbox, as it came in batch 17."""
    batch, file = (parse_position(part) for part in (sample.partition("-")[0], sample.partition("-")[2]))
    if batch is None or file is None:
        return None
    return await find_specimen(visit.district, batch=batch, file=file)


async def _first_of(visit: MemberVisit, batch: str) -> str:
    """The first file of a batch, as forms name it."""
    number = parse_position(batch)
    files = [] if number is None else await files_of(visit.district, number)
    return f"{number}-{files[0].id}" if files else ""


def _typed(visit: MemberVisit) -> str:
    return visit.form.raw("definition").replace("\r\n", "\n")


def _said(visit: MemberVisit) -> dict[str, str]:
    """What the form says the parameters are, for the preview alone."""
    fields = [name for name in visit.form.fields if name.startswith(_PARAMETER)]
    said = {name.removeprefix(_PARAMETER): visit.form.text(name)[:_LONGEST_PARAMETER] for name in fields}
    return {name: text for name, text in said.items() if text}
