"""Describing a file that no mapping reads: what each column is, what is asked, and what the first rows become."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import Response

from homeroom.base.findings import Finding
from homeroom.ingest.intake.deliveries import Reading, deliver, files_of
from homeroom.ingest.intake.inbox import InboxFile
from homeroom.ingest.loading.batches import BatchError, read_batch
from homeroom.ingest.preview.shown import ShownRow, SpecPreview
from homeroom.ingest.preview.specimens import find_specimen
from homeroom.ingest.specs.shelf import SpecText, save_spec
from homeroom.ingest.suggest.forms import Form, Question, all_forms
from homeroom.ingest.suggest.roles import NOT_NEEDED, Role, all_roles
from homeroom.ingest.suggest.suggestion import Said, Suggestion
from homeroom.web.pages.batch import UNKNOWN_LAYOUT
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,59}")
_LONGEST_ANSWER: Final = 200


@dataclass(frozen=True, slots=True)
class DescribePage:
    """The proposal for one file of a batch.

    forms, roles: to choose from. suggestion: None when the file is like nothing that is known and no form was chosen.
    preview: what the first rows become. faults: of the proposal. name: of the new mapping. codes: the code values to
    choose from, by kind of descriptor.
    """

    batch: int
    file: str
    name: str
    forms: Sequence[Form]
    roles: Sequence[Role]
    suggestion: Suggestion | None
    said: Said
    preview: SpecPreview
    faults: Sequence[Finding]
    codes: Mapping[str, Sequence[str]]

    @property
    def rows(self) -> Sequence[ShownRow]:
        """Every row that was tried."""
        return [row for table in self.preview.tables for row in table.rows]

    @property
    def asked(self) -> Sequence[Question]:
        """What is asked of a person: what nobody has answered yet, then the answers."""
        if self.suggestion is None:
            return ()
        asks = self.suggestion.form.asks
        return (*self.suggestion.draft.questions, *(asks[n] for n in self.said.answers if n in asks))


@dataclass(frozen=True, slots=True)
class UnreadablePage:
    """A file in which no table was found."""

    batch: int
    file: str
    finding: Finding


async def show_description(visit: MemberVisit) -> Response:
    """The proposal as it stands before anybody said anything."""
    return await _describe(visit, Said(), name=None)


async def do_describe(visit: MemberVisit) -> Response:
    """The proposal with what was said; or, when asked so, kept as a mapping, and the files loaded by it."""
    return await _describe(visit, _said(visit), name=visit.form.text("name") or None)


async def _describe(visit: MemberVisit, said: Said, *, name: str | None) -> Response:
    # Frames are slow to import; a server that is never sent such a file does without them.
    from homeroom.ingest.suggesting import ground_of, sample_of_batch, suggest_for  # noqa: PLC0415

    number = visit.request.path_params["batch"]
    file = await _unknown_file(visit, number)
    if file is None:
        return answer_absent(visit)
    sample = await sample_of_batch(visit.district, file, spool_folder=visit.pages.spool_folder)
    if isinstance(sample, Finding):
        return visit.render("unreadable.html", UnreadablePage(number, file.name, sample))
    name = name or _name_after(file.name)
    found = await suggest_for(visit.district, sample, name=name, said=said, ask=visit.decide_any)
    if found is None:
        return visit.render("describe.html", _page(number, file, name=name, said=said))
    preview = await visit.pages.previews.preview(
        visit.district,
        SpecText(name, found.draft.text),
        specimen=await find_specimen(visit.district, batch=number, file=file.id),
        parameters={},
        ask=visit.decide_any,
        actor=visit.member,
    )
    faults = list(preview.faults)
    if visit.form.text("act") == "save":
        faults += _check(name, found)
        saved = () if faults else await _save(visit, name, found)
        if isinstance(saved, int):
            return await _deliver(visit, number, name)
        faults += saved
    descriptors = ground_of(visit.district.entry.standard).descriptors
    codes = {kind: descriptors.get(kind, ()) for kind in found.form.codes.values()}
    page = _page(number, file, name=name, said=said)
    page = replace(page, suggestion=found, preview=preview, faults=faults, codes=codes)
    return visit.render("describe.html", page, status=400 if faults else 200)


async def _save(visit: MemberVisit, name: str, found: Suggestion) -> int | tuple[Finding, ...]:
    return await save_spec(visit.district, name, definition=found.draft.text, beside={}, actor=visit.member)


async def _deliver(visit: MemberVisit, batch: int, spec: str) -> Response:
    """The same files once more, read by the mapping they lacked."""
    files = await files_of(visit.district, batch)
    delivery = await deliver(visit.district, files, reading=Reading(spec=spec), actor=visit.member)
    return visit.go_to(f"/files/{delivery.batch}")


async def _unknown_file(visit: MemberVisit, batch: int) -> InboxFile | None:
    """The first file of the batch that no mapping reads."""
    try:
        report = (await read_batch(visit.district, batch)).report
    except BatchError:
        return None
    unknown = {f.place.file for f in report.findings if f.code == UNKNOWN_LAYOUT} if report else set()
    files = await files_of(visit.district, batch)
    return next((f for f in files if f.name in unknown), None)


def _said(visit: MemberVisit) -> Said:
    """What the form says; what it leaves as proposed is not said."""
    roles: dict[str, str] = {}
    answers: dict[str, str] = {}
    codes: dict[tuple[str, str], str] = {}
    fields = visit.form.fields
    for name in fields:
        kind, _, rest = name.partition(":")
        value = visit.form.text(name)
        if kind == "role" and value and value != visit.form.text(f"was:{rest}"):
            column = visit.form.raw(f"column:{rest}")
            roles[column] = value if value in all_roles() else NOT_NEEDED
        elif kind == "said" and value:
            roles[visit.form.raw(f"column:{rest}")] = value if value in all_roles() else NOT_NEEDED
        elif kind == "answer" and value:
            answers[rest] = value[:_LONGEST_ANSWER]
        elif kind == "code" and value:
            role, _, code = rest.partition(":")
            codes[role, code] = value[:_LONGEST_ANSWER]
    form = visit.form.text("form")
    return Said(form if form in {f.name for f in all_forms()} else None, roles, answers, codes)


def _page(batch: int, file: InboxFile, *, name: str, said: Said) -> DescribePage:
    roles = sorted(all_roles().values(), key=lambda r: r.label)
    return DescribePage(batch, file.name, name, all_forms(), roles, None, said, SpecPreview(), (), {})


def _check(name: str, found: Suggestion) -> Iterator[Finding]:
    if not _NAME.fullmatch(name):
        words = "The mapping's name is made of small letters, digits and underscores."
        yield Finding("describe.name", words, remedy="Write it like spring_math_test.")
    for choice in found.missing:
        labels = " or ".join(all_roles()[role].label for role in choice)
        yield Finding("describe.unanswered", f"No column is {labels}.", remedy="Choose it among the columns.")
    for question in found.draft.questions:
        yield Finding("describe.unanswered", f"{question.label}: nobody has said.", remedy="Answer it above.")


def _name_after(file: str) -> str:
    stem = file.rpartition("/")[2].rpartition(".")[0] or file
    name = re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:50]
    return name if name[:1].isalpha() else f"file_{name}"
