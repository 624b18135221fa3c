"""Mapping by example: how right the suggester is about files whose vendor it does not know.

The sample files of each vendor are described with that vendor's specs and every column name that only it has hidden.
What is right is read off the shipped spec of the vendor: which of its columns feed which member of a record. Then
what is asked is answered with the truth, and the records of the proposed spec are compared with those in `expected/`.
The same with files of a student information system that are made up under headers of several styles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

from bench.figures import Figures
from bench.suggest_cases import Case
from bench.suggest_made import made_cases
from bench.suggest_records import ENOUGH, share_met
from bench.suggest_vendors import vendor_cases
from homeroom.ingest.specs.shelf import parsed_shipped
from homeroom.ingest.suggest.ground import Ground, Known
from homeroom.ingest.suggest.learned import learned_names
from homeroom.ingest.suggest.propose import examples_with, propose
from homeroom.ingest.suggest.roles import NOT_NEEDED, all_roles
from homeroom.ingest.suggest.suggestion import Said, Suggestion, suggest
from homeroom.ingest.suggest.words import words_of
from homeroom.ingest.suggesting import ground_of

_ANSWERS = {"text": "Sample", "integer": "255901001", "date": "2026-09-01"}


@dataclass
class Score:
    """Columns and files by how the suggester did. used: columns that are stored, by the truth.

    compared: files of which it is known what they become; same: those whose records come out so in the main. met:
    the shares of what is expected, summed over those files.
    """

    used: int = 0
    used_right: int = 0
    columns: int = 0
    right: int = 0
    questions: int = 0
    files: int = 0
    compared: int = 0
    same: int = 0
    met: float = 0.0

    def add(self, other: Score) -> None:
        """Adds what another group of files came to."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


async def measure(figures: Figures, rows: int | None) -> None:  # noqa: ARG001 - every scenario has it
    """Per group of files and in all: columns right at first place, questions left, files that become what they are."""
    vendors, made = list(vendor_cases()), list(made_cases())
    for is_known in (False, True):
        held = "students known" if is_known else "nothing known"
        _put_all(figures, f"vendors, {held}", _by_group(vendors, vendors, is_known=is_known), each=is_known)
        _put_all(figures, f"SIS, {held}", _by_group(made, vendors, is_known=is_known), each=is_known)


def _put_all(figures: Figures, called: str, scores: Iterator[tuple[str, Score]], *, each: bool) -> None:
    whole = Score()
    for group, score in scores:
        whole.add(score)
        if each:
            _put(figures, group, score)
    _put(figures, called, whole)


def _put(figures: Figures, called: str, score: Score) -> None:
    figures.put(f"{called}: files", score.files)
    figures.put(f"{called}: stored columns right at first", _share(score.used_right, score.used), "%")
    figures.put(f"{called}: all columns right at first", _share(score.right, score.columns), "%")
    figures.put(f"{called}: questions left a file", score.questions / score.files)
    if score.compared:
        figures.put(f"{called}: files that become what they are", f"{score.same}/{score.compared}")
        figures.put(f"{called}: of a file's records as expected", 100 * score.met / score.compared, "%")


def _share(part: int, whole: int) -> float:
    return 100 * part / max(whole, 1)


def _by_group(
    cases: Sequence[Case], vendors: Sequence[Case], *, is_known: bool
) -> Iterator[tuple[str, Score]]:
    for group in sorted({case.group for case in cases}):
        ours = [case for case in cases if case.group == group]
        score = Score()
        ground = _ground(ours, vendors)
        for case in ours:
            known = Known({"students": case.students} if is_known else {})
            score.add(_score(case, replace(ground, known=known)))
        yield group, score


def _ground(ours: Sequence[Case], vendors: Sequence[Case]) -> Ground:
    """What the suggester knows when the group's specs, and the names that only the group has, are hidden."""
    hidden = {case.source for case in ours}
    elsewhere = {words_of(c) for case in vendors if case not in ours for c in case.sample.columns}
    own = {words_of(c) for case in ours if case.source for c in case.sample.columns} - elsewhere
    sources = {parsed.spec.name: parsed.spec.source for parsed in parsed_shipped()}
    learned = (p for name, pairs in learned_names().items() if sources[name] not in hidden for p in pairs)
    return replace(ground_of("5.2"), examples=examples_with(learned, hidden=own))


def _score(case: Case, ground: Ground) -> Score:
    found = suggest(case.sample.profiles, name="sample", ground=ground, said=Said())
    proposals = found.assignment.proposals if found else propose(case.sample.profiles, ground)
    score = Score(files=1, questions=_questions(case, found))
    for proposal in proposals:
        meant = case.truth.get(proposal.column.name)
        is_stored = proposal.role in all_roles() and (found is None or proposal.role in found.form.roles)
        is_right = proposal.role in meant if meant else not is_stored
        score.columns += 1
        score.right += is_right
        score.used += meant is not None
        score.used_right += meant is not None and is_right
    if case.expected:
        score.compared = 1
        answered = suggest(case.sample.profiles, name="sample", ground=ground, said=_truth(case, ground))
        score.met = share_met(case, answered) if answered else 0.0
        score.same = score.met >= ENOUGH
    return score


def _questions(case: Case, found: Suggestion | None) -> int:
    """What a person is asked; a wrong form is one question more."""
    if found is None:
        return 1
    assignment, draft = found.assignment, found.draft
    asked = len(assignment.unclear) + len(found.missing) + len(draft.questions) + len(draft.codes)
    return asked + (found.form.name != case.form)


def _truth(case: Case, ground: Ground) -> Said:
    """The truth about what is asked, and about nothing else: first what the file is, then what its columns are."""
    found = suggest(case.sample.profiles, name="sample", ground=ground, said=Said())
    said = Said(None if found and found.form.name == case.form else case.form)
    found = suggest(case.sample.profiles, name="sample", ground=ground, said=said)
    if found is None:
        return said
    asked = found.assignment.unclear
    wanted = {p.role for p in asked} | {r for choice in found.missing for r in choice}
    roles = {p.column.name: min(case.truth.get(p.column.name, {NOT_NEEDED})) for p in asked}
    roles |= {
        c: role for c, meant in case.truth.items() for role in meant & wanted if not all_roles()[role].is_many
    }
    if case.number and "student_number" in roles.values():
        roles = {c: NOT_NEEDED if role == "student_number" else role for c, role in roles.items()}
        roles[case.number] = "student_number"
    found = (
        suggest(case.sample.profiles, name="sample", ground=ground, said=replace(said, roles=roles)) or found
    )
    answers = {q.name: _ANSWERS[q.kind] for q in found.form.asks.values()} | dict(case.answers)
    return Said(said.form, roles, answers, {(c.role, c.value): "Other" for c in found.draft.codes})
