"""Rules across records at work: looked at for the students a batch touched, kept as findings, switched on and off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from homeroom.base.errors import SettingsError
from homeroom.base.findings import Severity
from homeroom.ingest.quality.rules.register import Rule, all_rules
from homeroom.records.breaches import find_breaches
from homeroom.records.district import District
from homeroom.store.batches import select_students
from homeroom.store.queries import query
from homeroom.trust.actors import Actor
from homeroom.trust.acts import record_act

RULES_JOB: Final = "rules"
"""The kind of job that looks at the students of a batch."""
_PARTS: Final = "homeroom.ingest.quality"
_MOST_STUDENTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class RuleState:
    """A rule with whether it is on, and how many records break it."""

    rule: Rule
    is_on: bool
    open_findings: int


@dataclass(frozen=True, slots=True)
class RuleFinding:
    """One record that breaks a rule. batch: with which it was found; None when that is gone."""

    rule: str
    severity: Severity
    resource: str
    uuid: UUID
    words: str
    remedy: str
    batch: int | None
    found_at: datetime


async def check_batch(district: District, batch: int) -> int:
    """Looks at every student whose records a batch wrote; how many findings are new."""
    switched_off = await _switched_off(district)
    rules = [rule for rule in all_rules().values() if rule.name not in switched_off]
    students = await _students_of(district, batch)
    found = 0
    for start in range(0, len(students), _MOST_STUDENTS):
        some = students[start : start + _MOST_STUDENTS]
        for rule in rules:
            if rule.resource in district.catalog.tables:
                found += await _check(district, rule, some, batch=batch)
    return found


async def list_rules(district: District) -> list[RuleState]:
    """Every rule, by name."""
    switched_off = await _switched_off(district)
    async with district.database.reading(None) as connection:
        counts = dict(await connection.fetch(query(_PARTS, "count_rule_findings")))
    return [
        RuleState(rule, name not in switched_off, counts.get(name, 0))
        for name, rule in sorted(all_rules().items())
    ]


async def list_rule_findings(
    district: District, *, rule: str | None = None, after: UUID | None = None, most: int = 50
) -> list[RuleFinding]:
    """Records that break a rule, or any. after: the last of the page before."""
    async with district.database.reading(None) as connection:
        rows = await connection.fetch(query(_PARTS, "list_rule_findings"), rule, after, most)
    rules = all_rules()
    return [
        RuleFinding(name, known.severity, resource, uuid, known.words, known.remedy, batch, found_at)
        for name, resource, uuid, batch, found_at in rows
        if (known := rules.get(name)) is not None
    ]


async def switch_rule(district: District, name: str, *, is_on: bool, actor: Actor) -> None:
    """Switches a rule on or off; what one that is off has found is forgotten. Raises SettingsError."""
    if name not in all_rules():
        raise SettingsError(f"There is no rule {name!r}; docs/reference/rules.md lists them.")
    async with district.database.reading(None) as connection:
        await connection.execute(query(_PARTS, "switch_rule"), name, is_on, actor.label)
        await record_act(connection, actor, act="switch_on" if is_on else "switch_off", resource="Rule")


async def _switched_off(district: District) -> frozenset[str]:
    async with district.database.connection() as connection:
        rows = await connection.fetch(query(_PARTS, "rules_off"))
    return frozenset(name for (name,) in rows)


async def _students_of(district: District, batch: int) -> list[str]:
    async with district.database.reading(None) as connection:
        sources, resources = await connection.fetchrow(query(_PARTS, "written_by"), batch)
        found: set[str] = set()
        for resource in resources:
            table = district.catalog.tables.get(resource)
            statement = select_students(table) if table is not None else None
            if statement is not None:
                found.update(number for (number,) in await connection.fetch(statement, sources))
    return sorted(found)


async def _check(district: District, rule: Rule, students: Sequence[str], *, batch: int) -> int:
    breaches = await find_breaches(
        district, rule.statement, subject=rule.resource, reads=rule.reads, students=students
    )
    hashes = {number: district.keys.blind_index(f"rule:{number}") for number in students}
    async with district.database.reading(None) as connection:
        new: int = await connection.fetchval(
            query(_PARTS, "keep_rule_findings"),
            rule.name,
            rule.resource,
            batch,
            list(hashes.values()),
            [uuid for uuid, _ in breaches],
            [hashes[number] for _, number in breaches],
        )
    return new
