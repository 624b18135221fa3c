"""Privacy classification: the tier, the purposes and the plain label of every field.

Pure: reads the standard's own files and nothing else. docs/reference/classification.md explains the rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from homeroom.base.findings import Finding, Place
from homeroom.standard.classification_rules import (
    RefusedCodes,
    ResourceStatement,
    Rules,
    Statement,
    Tier,
    derive_label,
    load_rules,
)
from homeroom.standard.model import Model, Part, Resource, part_path, walk_parts
from homeroom.standard.names import pascal_case
from homeroom.standard.purposes import Purpose
from homeroom.standard.read import load_model

__all__ = [
    "Classification",
    "ClassificationTable",
    "RefusedCodes",
    "Rules",
    "Statement",
    "Tier",
    "check_classification",
    "check_rules",
    "classify",
    "load_classification",
    "load_rules",
]

_SAFE = ResourceStatement(Statement(Tier.T3, frozenset()))
"""What holds where nobody said anything: sealed, and without a purpose anyone could name."""


@dataclass(frozen=True, slots=True)
class Classification:
    """What is decided about one field.

    purposes: the most a Grant may name; empty means nobody gets it.
    is_explicit: somebody stated it; False marks the safe default of a field nobody classified.
    """

    tier: Tier
    purposes: frozenset[Purpose]
    label: str
    is_explicit: bool


@dataclass(frozen=True, slots=True)
class ClassificationTable:
    """The classification of one standard version and its extensions.

    by_path: resource -> path -> classification; `$` is the resource itself, a collection goes without
    its closing `[*]`. fixed: root members that carry the row's key or its authorization, by resource.
    """

    by_path: Mapping[str, Mapping[str, Classification]]
    fixed: Mapping[str, frozenset[str]]
    codes: tuple[RefusedCodes, ...]

    def resources(self) -> frozenset[str]:
        """Names of the resources the table knows, descriptors included."""
        return frozenset(self.by_path)

    def of(self, resource: str, path: str) -> Classification:
        """One field, by a path such as `$.addresses[*].city`; T3 without a purpose when unknown."""
        path = path.removesuffix("[*]")
        return self.by_path.get(resource, {}).get(path) or _safe(path)

    def root_member(self, resource: str, member: str) -> Classification:
        """A root member with all that is stored inside it: the highest tier, the purposes all of it allows.

        What is refused inside never gets stored and so does not count; T4 means refused as a whole.
        """
        own = self.of(resource, f"$.{member}")
        inside = [c for c in self._inside(resource, member) if c.tier < Tier.T4]
        if own.tier is Tier.T4 or not inside:
            return own
        return _together([own, *inside], label=own.label)

    def is_sealable(self, resource: str, member: str) -> bool:
        """Whether a root member can be kept out of the document and its columns.

        Not so what carries the row's key (identity members, and references that share a key value) or
        the paths that authorization joins on: of those, a T3 row is withheld whole.
        """
        return member not in self.fixed.get(resource, frozenset())

    def sealed_members(self, resource: str) -> frozenset[str]:
        """Root members to seal: T3, or with something T3 inside, and sealable."""
        return frozenset(
            m
            for m in self._members(resource)
            if self.root_member(resource, m).tier is Tier.T3 and self.is_sealable(resource, m)
        )

    def refused_members(self, resource: str) -> frozenset[str]:
        """Root members that are T4 as a whole: dropped before anything is stored."""
        return frozenset(m for m in self._members(resource) if self.of(resource, f"$.{m}").tier is Tier.T4)

    def refused_paths(self, resource: str) -> frozenset[str]:
        """T4 members inside a root member that is kept: to be dropped where they stand."""
        refused = self.refused_members(resource)
        return frozenset(
            path
            for path, c in self.by_path.get(resource, {}).items()
            if c.tier is Tier.T4 and _root_of(path) not in refused
        )

    def refused_codes(self, resource: str) -> tuple[RefusedCodes, ...]:
        """Where an item (or the whole record) is T4 by the value of a descriptor."""
        return tuple(codes for codes in self.codes if codes.resource == resource)

    def with_extension(
        self, statements: Mapping[str, Mapping[str, Statement]], resources: Iterable[Resource]
    ) -> ClassificationTable:
        """This table with an extension's fields.

        resources: those the extension brings or adds members to, as they are with it. Each of their
        fields that neither the table nor a statement knows is sealed and served to nobody. What the
        standard classifies already stays as it is: an extension cannot lower it.
        """
        by_path, fixed = dict(self.by_path), dict(self.fixed)
        for resource in resources:
            known = self.by_path.get(resource.name, {})
            stated = {p: s for p, s in statements.get(resource.name, {}).items() if p not in known}
            by_path[resource.name] = {**_classify_extended(resource, stated), **known}
            fixed[resource.name] = _fixed_members(resource)
        return ClassificationTable(by_path, fixed, self.codes)

    def _members(self, resource: str) -> frozenset[str]:
        return frozenset(_root_of(path) for path in self.by_path.get(resource, {}) if path != "$")

    def _inside(self, resource: str, member: str) -> list[Classification]:
        heads = (f"$.{member}.", f"$.{member}[*].")
        return [c for path, c in self.by_path.get(resource, {}).items() if path.startswith(heads)]


def load_classification(version: str) -> ClassificationTable:
    """The classification of a standard version, without extensions."""
    return classify(load_model(version), load_rules())


def classify(model: Model, rules: Rules) -> ClassificationTable:
    """Rules laid over every field of a Model."""
    steps = {resource.name: tuple(_steps(resource)) for resource in model.documents}
    names = {step.name for of_resource in steps.values() for step in of_resource}
    labels = {name: rules.labels.get(name) or derive_label(name, rules.phrases) for name in names}
    by_path = _classify_descriptors(model.descriptors, rules)
    for name, of_resource in steps.items():
        stated = rules.resources.get(name, _SAFE)
        by_path[name] = _classify_resource(name, of_resource, stated=stated, rules=rules, labels=labels)
    fixed = {name: _fixed_members(resource) for name, resource in model.resources.items()}
    codes = tuple(c for c in rules.refused_codes if f"{c.path}.{c.member}" in by_path.get(c.resource, {}))
    return ClassificationTable(by_path, fixed, codes)


def check_classification(table: ClassificationTable, model: Model) -> list[Finding]:
    """Fields nobody classified, and refused members that a key needs: each fails the build."""
    findings: list[Finding] = []
    for name, resource in model.resources.items():
        paths = ("$", *(step.path for step in _steps(resource)))
        findings += [_unclassified(name, path) for path in paths if not table.of(name, path).is_explicit]
        keys = table.refused_members(name) & _fixed_members(resource)
        findings += [_refused_key(name, member) for member in sorted(keys)]
    return findings


def check_rules(rules: Rules, models: Iterable[Model]) -> list[Finding]:
    """Statements about resources, paths or names that none of the Models has: each fails the build."""
    documents = [resource for model in models for resource in model.resources.values()]
    paths = {(resource.name, step.path) for resource in documents for step in _steps(resource)}
    members = {path.rpartition(".")[2] for _, path in paths}
    stated = [(resource, path) for resource, statements in rules.paths.items() for path in statements]
    stated += [(codes.resource, f"{codes.path}.{codes.member}") for codes in rules.refused_codes]
    idle = sorted(rules.resources.keys() - {resource.name for resource in documents})
    idle += sorted((rules.fields.keys() | rules.labels.keys()) - members)
    idle += [f"{resource} {path}" for resource, path in stated if (resource, path) not in paths]
    return [_idle(what) for what in idle]


@dataclass(frozen=True, slots=True)
class _Step:
    path: str
    above: str
    name: str


def _steps(resource: Resource) -> Iterator[_Step]:
    """Every field of a document, each after the member that encloses it."""
    yield from _steps_of(resource, "$", "$")
    for above, part in walk_parts(resource):
        inner = part_path(above, part)
        outer = part_path(above[:-1], above[-1]).removesuffix("[*]") if above else "$"
        yield _Step(inner.removesuffix("[*]"), outer, part.name)
        yield from _steps_of(part, inner, inner.removesuffix("[*]"))


def _steps_of(holder: Resource | Part, prefix: str, above: str) -> Iterator[_Step]:
    for p in holder.properties:
        yield _Step(f"{prefix}.{p.name}", above, p.name)
    for r in holder.references:
        path = f"{prefix}.{r.name}"
        yield _Step(path, above, r.name)
        for key in r.keys:
            yield _Step(f"{path}.{key}", path, key)


def _classify_descriptors(
    descriptors: Sequence[Resource], rules: Rules
) -> dict[str, Mapping[str, Classification]]:
    """All descriptors have one shape and say nothing of anybody, so one of them stands for all."""
    if not descriptors:
        return {}
    steps = tuple(_steps(descriptors[0]))
    labels = {step.name: derive_label(step.name, rules.phrases) for step in steps}
    stated = ResourceStatement(rules.descriptors)
    shape = _classify_resource(descriptors[0].name, steps, stated=stated, rules=rules, labels=labels)
    return {
        d.name: {**shape, "$": replace(shape["$"], label=derive_label(d.name, rules.phrases))}
        for d in descriptors
    }


def _classify_resource(
    resource: str,
    steps: Iterable[_Step],
    *,
    stated: ResourceStatement,
    rules: Rules,
    labels: Mapping[str, str],
) -> Mapping[str, Classification]:
    own = stated.statement
    is_explicit = stated is not _SAFE
    exact = rules.paths.get(resource, {})
    named = {} if own.tier is Tier.T0 else rules.fields
    nearest = {"$": own}
    found = {
        "$": _classification(
            stated, own, label=own.label or derive_label(resource, rules.phrases), is_explicit=is_explicit
        )
    }
    for step in steps:
        statement = exact.get(step.path) or _nearest_statement(named.get(step.name), nearest[step.above])
        nearest[step.path] = statement
        label = statement.label or labels[step.name]
        found[step.path] = _classification(stated, statement, label=label, is_explicit=is_explicit)
    return found


def _nearest_statement(named: Statement | None, above: Statement) -> Statement:
    if named is None:
        return _unlabelled(above)
    return named if named.tier >= above.tier else Statement(above.tier, above.purposes, named.label)


def _unlabelled(statement: Statement) -> Statement:
    return statement if statement.label is None else Statement(statement.tier, statement.purposes)


def _classification(
    resource: ResourceStatement, statement: Statement, *, label: str, is_explicit: bool
) -> Classification:
    purposes = statement.purposes
    if resource.is_family_record and Tier.T0 < statement.tier < Tier.T4:
        purposes |= {Purpose.GUARDIAN_ACCESS}
    return Classification(statement.tier, purposes, label, is_explicit)


def _classify_extended(resource: Resource, stated: Mapping[str, Statement]) -> Mapping[str, Classification]:
    nearest = {"$": stated.get("$")}
    found = {"$": _stated_or_safe(stated.get("$"), resource.name)}
    for step in _steps(resource):
        above = nearest[step.above]
        nearest[step.path] = stated.get(step.path) or (above and _unlabelled(above))
        found[step.path] = _stated_or_safe(nearest[step.path], step.name)
    for path in reversed(found):
        found[path] = _of_contents(path, found)
    return found


def _stated_or_safe(statement: Statement | None, name: str) -> Classification:
    if statement is None:
        return _safe(name)
    return Classification(
        statement.tier, statement.purposes, statement.label or derive_label(name, {}), is_explicit=True
    )


def _of_contents(path: str, found: Mapping[str, Classification]) -> Classification:
    """A holder nobody stated (`_ext`) is what its contents are, once each of them is stated."""
    own = found[path]
    inside = [c for p, c in found.items() if p.startswith((f"{path}.", f"{path}[*]."))]
    if own.is_explicit or not inside or not all(c.is_explicit for c in inside):
        return own
    return _together([c for c in inside if c.tier < Tier.T4] or inside, label=own.label)


def _together(parts: Sequence[Classification], *, label: str) -> Classification:
    return Classification(
        tier=max(c.tier for c in parts),
        purposes=frozenset.intersection(*(c.purposes for c in parts)),
        label=label,
        is_explicit=all(c.is_explicit for c in parts),
    )


def _fixed_members(resource: Resource) -> frozenset[str]:
    columns = {part.column for part in resource.key}
    properties = {p.name for p in resource.properties if p.is_identity or pascal_case(p.name) in columns}
    references = {r.name for r in resource.references if r.is_identity or columns & set(r.keys.values())}
    return frozenset(properties | references | {_root_of(path) for path in resource.authorization})


def _safe(path: str) -> Classification:
    return Classification(Tier.T3, frozenset(), derive_label(path.rpartition(".")[2], {}), is_explicit=False)


def _root_of(path: str) -> str:
    return path.removeprefix("$.").partition(".")[0].removesuffix("[*]")


def _unclassified(resource: str, path: str) -> Finding:
    return Finding(
        "unclassified",
        f"{resource} {path} has no tier, purposes and label, so it is sealed and served to nobody.",
        Place(path=path),
        "State it in classification.yaml, or in the extension's own classification.",
    )


def _refused_key(resource: str, member: str) -> Finding:
    return Finding(
        "refused-key",
        f"{resource}.{member} is T4, but no record can be without it.",
        Place(path=f"$.{member}"),
        "Refuse values by `refused_codes`, or the resource as a whole.",
    )


def _idle(what: str) -> Finding:
    return Finding(
        "idle-classification",
        f"No version of the standard has {what}.",
        remedy="Take it out of classification.yaml.",
    )
