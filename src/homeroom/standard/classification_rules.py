"""The statements of classification files, parsed: what a human wrote before it meets any field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from importlib.resources import files

import msgspec
import yaml

from homeroom.base.findings import Finding, Place
from homeroom.standard.names import snake_case
from homeroom.standard.purposes import Purpose

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times faster, and not everywhere
_ACRONYMS = {"cip", "cte", "eci", "ela", "epp", "fips", "gpa", "id", "idea", "iep", "uri", "url", "us"}


class Tier(IntEnum):
    """How far a field is kept from view (privacy.md 4.1); a higher one is more private."""

    T0 = 0  # public: organisations, calendars, standards
    T1 = 1  # directory-type: name, school, grade, enrolment dates
    T2 = 2  # education record: sections, attendance, grades, assessments
    T3 = 3  # sensitive: sealed at rest, served only under a Grant that names it
    T4 = 4  # refused at the door: never stored


@dataclass(frozen=True, slots=True)
class Statement:
    """What a line of a classification file says; label is None where the name speaks for itself."""

    tier: Tier
    purposes: frozenset[Purpose]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceStatement:
    """What holds for a resource and each of its fields, unless something nearer says otherwise.

    is_family_record: the child's own record, so guardians may inspect every stored field of it.
    """

    statement: Statement
    is_family_record: bool = False


@dataclass(frozen=True, slots=True)
class RefusedCodes:
    """Values that turn an item into T4: `codes` of the descriptor `member`, in any namespace.

    path: the collection whose item is refused, or `$` where the whole record is.
    codes: code values, case-folded.
    """

    resource: str
    path: str
    member: str
    codes: frozenset[str]

    def is_refused(self, descriptor: str) -> bool:
        """Whether a descriptor value (`namespace#codeValue`) is one of the refused."""
        return descriptor.rpartition("#")[2].strip().casefold() in self.codes


@dataclass(frozen=True, slots=True)
class Rules:
    """A classification file: statements by resource, by field name, by exact path, and labels by name.

    paths: resource -> path -> statement, the path as in `$.items[*].rawScoreResult`.
    phrases: words of the standard -> plain English, for labels made from names.
    """

    descriptors: Statement
    resources: Mapping[str, ResourceStatement]
    fields: Mapping[str, Statement]
    paths: Mapping[str, Mapping[str, Statement]]
    labels: Mapping[str, str]
    phrases: Mapping[str, str]
    refused_codes: tuple[RefusedCodes, ...]
    purpose_sets: Mapping[str, frozenset[Purpose]]


class _Group(msgspec.Struct, forbid_unknown_fields=True):
    tier: str
    purposes: str
    hold: dict[str, str | None]
    family: bool = False


class _Refusal(msgspec.Struct, forbid_unknown_fields=True):
    codes: list[str]
    where: dict[str, str]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    purposes: dict[str, list[Purpose]]
    descriptors: list[str]
    resources: list[_Group]
    fields: dict[str, list[str]]
    paths: dict[str, dict[str, list[str]]]
    refused_codes: list[_Refusal]
    labels: dict[str, str]
    phrases: dict[str, str]


def load_rules() -> Rules:
    """The standard's own classification file."""
    text = (files("homeroom.standard.source") / "classification.yaml").read_bytes()
    file = msgspec.convert(yaml.load(text, _LOADER), _File)  # noqa: S506 - both loaders are the safe kind
    sets = {name: frozenset(purposes) for name, purposes in file.purposes.items()}
    return Rules(
        descriptors=_statement(file.descriptors, sets),
        resources={
            name: ResourceStatement(_statement([group.tier, group.purposes, label or ""], sets), group.family)
            for group in file.resources
            for name, label in group.hold.items()
        },
        fields={name: _statement(entry, sets) for name, entry in file.fields.items()},
        paths={
            resource: {f"$.{path}": _statement(entry, sets) for path, entry in entries.items()}
            for resource, entries in file.paths.items()
        },
        labels=file.labels,
        phrases=file.phrases,
        refused_codes=tuple(
            _refused_codes(resource, path, refusal.codes)
            for refusal in file.refused_codes
            for resource, path in refusal.where.items()
        ),
        purpose_sets=sets,
    )


def parse_extension_statements(
    text: str, rules: Rules, *, file: str
) -> tuple[Mapping[str, Mapping[str, Statement]], list[Finding]]:
    """The classification an extension brings: `Student: {$._ext.sample.pet: [T2, learning, Pet's name]}`.

    Every field is stated by its full path, with the sets of purposes of `rules` and a label. What cannot
    be read is left out, so that it falls to the safe default, and told in a finding.
    """
    statements: dict[str, dict[str, Statement]] = {}
    findings: list[Finding] = []
    try:
        entries = msgspec.convert(yaml.load(text, _LOADER), dict[str, dict[str, list[str]]])  # noqa: S506
    except (yaml.YAMLError, msgspec.ValidationError) as fault:
        return {}, [_fault(f"The classification cannot be read: {fault}", Place(file))]
    for resource, fields in entries.items():
        for path, entry in fields.items():
            try:
                statements.setdefault(resource, {})[path] = _labelled(entry, rules)
            except ValueError as fault:
                findings.append(_fault(f"{resource}: {fault}", Place(file, path=path)))
    return statements, findings


def derive_label(name: str, phrases: Mapping[str, str]) -> str:
    """Plain words from a member's name: `iepBeginDate` to `IEP start date`.

    phrases: words of the standard -> plain English, applied in order.
    """
    stem = name
    for suffix in ("Descriptor", "Reference", "Indicator"):
        stem = stem.removesuffix(suffix) or name
    text = f" {snake_case(stem).replace('_', ' ')} "
    for phrase, plain in phrases.items():
        text = text.replace(f" {phrase} ", f" {plain} ")
    label = " ".join(word.upper() if word in _ACRONYMS else word for word in text.split())
    return label[:1].upper() + label[1:]


def _statement(entry: list[str], sets: Mapping[str, frozenset[Purpose]]) -> Statement:
    match entry:
        case [tier, purposes, *rest] if tier in Tier.__members__ and purposes in sets and len(rest) < 2:
            return Statement(Tier[tier], sets[purposes], rest[0] if rest and rest[0] else None)
        case _:
            raise ValueError(f"{entry} is not [tier, set of purposes, label]")


def _labelled(entry: list[str], rules: Rules) -> Statement:
    statement = _statement(entry, rules.purpose_sets)
    if statement.label is None:
        raise ValueError(f"{entry} has no label for families to read")
    return statement


def _refused_codes(resource: str, path: str, codes: list[str]) -> RefusedCodes:
    where, _, member = path.rpartition(".")
    return RefusedCodes(resource, where, member, frozenset(code.casefold() for code in codes))


def _fault(words: str, place: Place) -> Finding:
    return Finding(
        "classification-unreadable",
        words,
        place,
        "Write each field as `path: [T2, learning, Label]`, with a set of purposes from classification.yaml.",
    )
