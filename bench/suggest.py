"""Mapping by example: each vendor's files with its own spec and its own names hidden from the suggester.

What is right is read off the shipped spec of the vendor: which of its columns feed which member of a record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from bench.figures import Figures
from homeroom.base.findings import Finding
from homeroom.ingest.mapping.columns import match_columns
from homeroom.ingest.mapping.spec import Spec
from homeroom.ingest.specs.fitting import fit_table
from homeroom.ingest.specs.shelf import parsed_shipped
from homeroom.ingest.suggest.learned import learned_names
from homeroom.ingest.suggest.profile import ColumnProfile
from homeroom.ingest.suggest.propose import Known, examples_with, propose
from homeroom.ingest.suggest.roles import all_roles
from homeroom.ingest.suggest.suggestion import Said, suggest
from homeroom.ingest.suggest.words import words_of
from homeroom.ingest.suggesting import Sample, file_at, ground_of, read_sample_of

SAMPLES = Path(__file__).parents[2] / "shared" / "samples" / "assessments"


@dataclass(frozen=True)
class File:
    """A sample of a vendor's file and what its spec makes of each column: column -> roles."""

    vendor: str
    sample: Sample
    spec: str
    truth: dict[str, frozenset[str]]


@dataclass
class Score:
    """Columns by how the suggester did. used: those that the vendor's spec stores."""

    used: int = 0
    used_right: int = 0
    columns: int = 0
    right: int = 0
    questions: int = 0
    files: int = 0


async def measure(figures: Figures, rows: int | None) -> None:  # noqa: ARG001 - every scenario has it
    """Per vendor and in all: the share of columns right at first place, and the questions left."""
    files = list(_files())
    for is_known in (False, True):
        held = "students known" if is_known else "nothing known"
        whole = Score()
        for vendor in sorted({f.vendor for f in files}):
            score = _score([f for f in files if f.vendor == vendor], files, is_known=is_known)
            if is_known:
                figures.put(f"{vendor}: stored columns right at first", f"{score.used_right}/{score.used}")
                figures.put(f"{vendor}: questions left a file", score.questions / score.files)
            for name in vars(whole):
                setattr(whole, name, getattr(whole, name) + getattr(score, name))
        figures.put(f"{held}: files", whole.files)
        figures.put(f"{held}: stored columns right at first", whole.used_right / whole.used, "share")
        figures.put(f"{held}: all columns right at first", whole.right / whole.columns, "share")
        figures.put(f"{held}: questions left a file", whole.questions / whole.files)


def _files() -> Iterator[File]:
    specs = parsed_shipped()
    for path in sorted(SAMPLES.glob("*/input/*.csv")):
        sample = read_sample_of(file_at(path))
        if isinstance(sample, Finding):
            continue
        fit = fit_table(sample.columns, path.name, specs)
        if isinstance(fit, Finding):
            print(f"{path.name}: {fit.words}")
            continue
        spec, _ = fit
        yield File(path.parents[1].name, sample, spec.spec.name, _truth(spec.spec, sample))


def _truth(spec: Spec, sample: Sample) -> dict[str, frozenset[str]]:
    """What the spec makes of each column of the file; columns whose member is no role of ours are left out."""
    found: dict[str, set[str]] = {}
    for role, column in learned_names()[spec.name]:
        for name in match_columns((column,), sample.columns).values():
            found.setdefault(name, set()).add(role)
    return {column: frozenset(roles) for column, roles in found.items()}


def _score(ours: list[File], files: list[File], *, is_known: bool) -> Score:
    """The suggester without this vendor's specs and without the names that only this vendor has."""
    hidden = frozenset(f.spec for f in ours)
    elsewhere = {words_of(c) for f in files if f not in ours for c in f.sample.columns}
    own = {words_of(c) for f in ours for c in f.sample.columns} - elsewhere
    learned = (pair for name, pairs in learned_names().items() if name not in hidden for pair in pairs)
    examples = examples_with(learned, hidden=own)
    score = Score(files=len(ours))
    for file in ours:
        known = Known({"students": _students(file)} if is_known else {})
        ground = replace(ground_of("5.2"), examples=examples, known=known)
        found = suggest(file.sample.profiles, name="sample", ground=ground, said=Said())
        proposals = found.assignment.proposals if found else propose(file.sample.profiles, examples, known)
        for proposal in proposals:
            meant = file.truth.get(proposal.column.name)
            stored = proposal.role in all_roles() and (found is None or proposal.role in found.form.roles)
            is_right = proposal.role in meant if meant else not stored
            score.columns += 1
            score.right += is_right
            score.used += meant is not None
            score.used_right += meant is not None and is_right
        if found:
            score.questions += (
                len(found.assignment.unclear) + len(found.draft.questions) + len(found.draft.codes)
            )
    return score


def _students(file: File) -> frozenset[str]:
    """The student numbers of the file, as a district would hold them."""
    columns: list[ColumnProfile] = [
        p for p in file.sample.profiles if "student_number" in file.truth.get(p.name, frozenset())
    ]
    return frozenset(key for column in columns[:1] for key in column.keys)
