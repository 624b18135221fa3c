"""The sample files of the vendors' assessments, with what their shipped specs make of each column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec

from bench.suggest_cases import Case, Fact
from bench.suggest_records import facts_of
from homeroom.base.findings import Finding
from homeroom.ingest.mapping.columns import match_columns
from homeroom.ingest.mapping.spec import Spec
from homeroom.ingest.specs.fitting import fit_table
from homeroom.ingest.specs.shelf import parsed_shipped
from homeroom.ingest.suggest.learned import learned_names
from homeroom.ingest.suggest.profile import ColumnProfile
from homeroom.ingest.suggesting import Sample, file_at, read_sample_of

SAMPLES = Path(__file__).parents[2] / "shared" / "samples" / "assessments"
_ALL_ROWS = 10_000


def vendor_cases() -> Iterator[Case]:
    """Every CSV among the samples that a shipped spec reads."""
    specs = parsed_shipped()
    for path in sorted(SAMPLES.glob("*/input/*.csv")):
        sample = read_sample_of(file_at(path), shown=_ALL_ROWS)
        fit = sample if isinstance(sample, Finding) else fit_table(sample.columns, path.name, specs)
        if isinstance(sample, Finding) or isinstance(fit, Finding):
            print(f"{path.name}: {fit}")
            continue
        spec = fit[0].spec
        expected, truth = _expected(path), _truth(spec, sample)
        number = _number_column(sample, truth, expected)
        truth[number.name] = frozenset({"student_number"})
        students = frozenset(number.keys)
        group, form = path.parents[1].name, "assessment_results"
        yield Case(group, spec.source, sample, form, truth, expected, students, number=number.name)


def _truth(spec: Spec, sample: Sample) -> dict[str, frozenset[str]]:
    """What the spec makes of each column of the file; columns whose member is no role of ours are left out."""
    found: dict[str, set[str]] = {}
    for role, column in learned_names()[spec.name]:
        for name in match_columns((column,), sample.columns).values():
            found.setdefault(name, set()).add(role)
    return {column: frozenset(roles) for column, roles in found.items()}


def _expected(path: Path) -> Counter[Fact]:
    """What another tool makes of the file; empty where it was never run."""
    results = path.parents[1] / "expected" / path.stem / "studentAssessments.jsonl"
    if not results.exists():
        return Counter()
    return facts_of("StudentAssessment", map(msgspec.json.decode, results.read_bytes().splitlines()))


def _number_column(
    sample: Sample, truth: dict[str, frozenset[str]], expected: Counter[Fact]
) -> ColumnProfile:
    """The column of several numbers of the student whose values the expected records have, or else the spec's own."""
    students = {student for _, student, _ in expected}
    named = [p for p in sample.profiles if "student_number" in truth.get(p.name, frozenset())]
    holding = [p for p in sample.profiles if students and students <= set(p.keys)]
    return next((p for p in named if p in holding), (*holding, *named)[0])
