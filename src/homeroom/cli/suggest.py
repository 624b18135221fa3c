"""`homeroom suggest`: a mapping spec for a file that nobody has described."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from homeroom.base.errors import SettingsError
from homeroom.base.findings import Finding
from homeroom.base.settings import Settings
from homeroom.cli.acts import add_district
from homeroom.cli.installation import open_district, run_async
from homeroom.ingest.suggest.roles import NOT_NEEDED, all_roles
from homeroom.ingest.suggest.suggestion import Said, Suggestion

EXAMPLES = """\
Looks at the columns' names, at their values and at what the district holds already, and writes a spec. It asks what
is not clear: answer with --answer and --role and run it again, or edit the spec by hand.

examples:
  homeroom suggest --district willow-creek results.csv
  homeroom suggest --district willow-creek results.csv --answer test_name='Spring Math' --out spring_math.yaml
  homeroom suggest --district willow-creek results.csv --role 'Local Ref=student_number' --role 'Zip=not_needed'
  homeroom load --district willow-creek results.csv --spec spring_math.yaml
"""
_WIDEST = 40


def add_arguments(parser: ArgumentParser) -> None:
    """The file, and what a person says of it."""
    add_district(parser)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--name", help="of the spec (default: after the file)")
    parser.add_argument(
        "--form", help="what the file is, if the suggestion is wrong: attendance, students, …"
    )
    parser.add_argument("--role", action="append", default=[], metavar="COLUMN=ROLE", help="what a column is")
    parser.add_argument("--answer", action="append", default=[], metavar="QUESTION=ANSWER")
    parser.add_argument("--out", type=Path, metavar="SPEC", help="write the spec to this file")
    parser.add_argument("--json", action="store_true", help="print the suggestion as JSON")


def run(options: Namespace, settings: Settings) -> int:
    """Prints the suggestion; 1 when the file is like nothing that is known."""
    said = Said(options.form, _pairs(options.role, str.rpartition), _pairs(options.answer, str.partition))
    _check(said)
    name = options.name or _name_after(options.file)
    found = run_async(_suggest(settings, options, name=name, said=said))
    if isinstance(found, Finding):
        print(f"{found.words} {found.remedy}", file=sys.stderr)
        return 1
    if options.out is not None:
        options.out.write_text(found.draft.text, "utf-8")
    print(_render_json(found) if options.json else "\n".join(_render(found, options.out)))
    return 0


async def _suggest(settings: Settings, options: Namespace, *, name: str, said: Said) -> Suggestion | Finding:
    from homeroom.ingest.suggesting import file_at, operator_ask, read_sample_of, suggest_for  # noqa: PLC0415 - polars

    if not options.file.is_file():
        raise SettingsError(f"There is no file {options.file}.")
    sample = read_sample_of(file_at(options.file))
    if isinstance(sample, Finding):
        return sample
    async with open_district(settings, options.district) as district:
        found = await suggest_for(district, sample, name=name, said=said, ask=operator_ask(district))
    words = "The file is like no form that is known here."
    return found or Finding(
        "suggest.unlike", words, remedy="Say what it is with --form, or write a spec by hand."
    )


def _render(found: Suggestion, out: Path | None) -> Iterable[str]:
    yield f"{found.form.title}. Each column, what it is taken for, and how sure that is:"
    for proposal in found.assignment.proposals:
        is_used = proposal.role in found.assignment.used
        label = all_roles()[proposal.role].label if proposal.role != NOT_NEEDED else "not needed"
        mark = f"{proposal.confidence:4.0%}" if is_used else "    "
        note = "" if is_used else " (left out)"
        yield f"  {proposal.column.name[:_WIDEST]:{_WIDEST}} {mark}  {label}{note}"
    if found.assignment.unclear:
        yield "Look at these:"
        for proposal in found.assignment.unclear:
            others = ", ".join(role for role, _ in proposal.alternatives) or NOT_NEEDED
            yield f"  --role '{proposal.column.name}=…'  {proposal.role}, or {others}"
    for choice in found.missing:
        labels = " or ".join(all_roles()[role].label for role in choice)
        yield f"No column was found for {labels}:  --role 'COLUMN={choice[0]}'"
    if found.draft.questions:
        yield "Still to be answered, here or when the file is loaded:"
        for question in found.draft.questions:
            yield f"  --answer {question.name}=…  {question.label}"
    if found.draft.codes:
        yield "Codes without a meaning yet; rows with them wait in the quarantine until the spec has one:"
        for code in found.draft.codes:
            yield f"  {code.column}: {code.value} -> a {code.kind}"
    yield f"The spec is in {out}." if out else "--out FILE writes the spec."


def _render_json(found: Suggestion) -> str:
    columns = [
        {
            "column": p.column.name,
            "role": p.role,
            "isUsed": p.role in found.assignment.used,
            "confidence": p.confidence,
            "reasons": p.reasons,
            "alternatives": [{"role": r, "confidence": c} for r, c in p.alternatives],
        }
        for p in found.assignment.proposals
    ]
    return json.dumps(
        {
            "form": found.form.name,
            "columns": columns,
            "unclear": [p.column.name for p in found.assignment.unclear],
            "missing": [list(choice) for choice in found.missing],
            "questions": {q.name: q.label for q in found.draft.questions},
            "codes": [
                {"column": c.column, "value": c.value, "descriptor": c.kind} for c in found.draft.codes
            ],
            "spec": found.draft.text,
        }
    )


def _pairs(given: Iterable[str], part: Callable[[str, str], tuple[str, str, str]]) -> Mapping[str, str]:
    pairs = [part(text, "=") for text in given]
    if any(not name or not value for name, _, value in pairs):
        raise SettingsError("--role and --answer are written NAME=VALUE.")
    return {name: value for name, _, value in pairs}


def _check(said: Said) -> None:
    from homeroom.ingest.suggest.forms import all_forms  # noqa: PLC0415 - only here

    forms = [form.name for form in all_forms()]
    if said.form is not None and said.form not in forms:
        raise SettingsError(f"There is no form {said.form}; there are {', '.join(forms)}.")
    wrong = sorted(set(said.roles.values()) - set(all_roles()) - {NOT_NEEDED})
    if wrong:
        raise SettingsError(
            f"There is no role {wrong[0]}; there are {', '.join([*all_roles(), NOT_NEEDED])}."
        )


def _name_after(path: Path) -> str:
    name = "".join(c if c.isalnum() else "_" for c in path.stem.lower()).strip("_")
    return name if name[:1].isalpha() else f"file_{name}"
