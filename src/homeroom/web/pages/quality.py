"""Data quality: of each feed how fresh, how complete and how clean it is; and the rules across records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from starlette.responses import Response

from homeroom.ingest.feeds.feed import Feed, list_feeds
from homeroom.ingest.quality.checks import RuleFinding, RuleState, list_rule_findings, list_rules, switch_rule
from homeroom.ingest.quality.trends import Fullness, TrendPoint, count_by_feed, list_trends, read_completeness
from homeroom.web.pages.chart import Chart, draw_bars
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.visits import MemberVisit

_MOST_BATCHES: Final = 8
_MOST_FINDINGS: Final = 50


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule with how many records break it, of those that one feed brought."""

    state: RuleState
    records: int


@dataclass(frozen=True, slots=True)
class QualityBlock:
    """One feed. feed: None for single files. trend: its last batches, the oldest first; chart: of their rows.

    days: since the last batch; None when there was none. columns: of the last batch, the emptiest first.
    """

    feed: Feed | None
    trend: Sequence[TrendPoint]
    chart: Chart
    days: int | None
    columns: Sequence[Fullness]
    broken: Sequence[BrokenRule]

    @property
    def last(self) -> TrendPoint | None:
        """Its last batch."""
        return self.trend[-1] if self.trend else None

    @property
    def full(self) -> int:
        """Columns without a blank."""
        return sum(not column.blanks for column in self.columns)

    @property
    def empty(self) -> int:
        """Columns of blanks alone."""
        return sum(column.blanks == column.rows for column in self.columns)


@dataclass(frozen=True, slots=True)
class QualityPage:
    """blocks: by name, single files last. labels: of the resources that rules are about."""

    blocks: Sequence[QualityBlock]
    rules: Sequence[RuleState]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One record that breaks the rule, and where it is looked at."""

    finding: RuleFinding
    address: str


@dataclass(frozen=True, slots=True)
class RulePage:
    """after: the record to go on from; None at the end."""

    state: RuleState
    label: str
    lines: Sequence[FindingLine]
    after: UUID | None


async def show_quality(visit: MemberVisit) -> Response:
    """Every feed, and every rule."""
    rules = await list_rules(visit.district)
    page = QualityPage(
        await _blocks(visit, {state.rule.name: state for state in rules}),
        rules,
        {state.rule.resource: _label(visit, state.rule.resource) for state in rules},
    )
    return visit.render("quality.html", page)


async def show_rule(visit: MemberVisit) -> Response:
    """The records that break one rule, by their ids alone: what they say is read under the reader's own Grant."""
    state = await _state(visit)
    if state is None:
        return answer_absent(visit)
    found = await list_rule_findings(
        visit.district, rule=state.rule.name, after=_after(visit), most=_MOST_FINDINGS + 1
    )
    resources = visit.district.catalog.model.resources
    shown = found[:_MOST_FINDINGS]
    page = RulePage(
        state,
        _label(visit, state.rule.resource),
        [FindingLine(one, f"/records{resources[one.resource].path}/{one.uuid}") for one in shown],
        shown[-1].uuid if len(found) > _MOST_FINDINGS else None,
    )
    return visit.render("rule.html", page)


async def do_switch(visit: MemberVisit) -> Response:
    """Switches a rule on or off."""
    state = await _state(visit)
    if state is None:
        return answer_absent(visit)
    await switch_rule(
        visit.district, state.rule.name, is_on=visit.form.text("to") == "on", actor=visit.member
    )
    return visit.go_to(f"/quality/rules/{state.rule.name}")


async def _blocks(visit: MemberVisit, rules: Mapping[str, RuleState]) -> Sequence[QualityBlock]:
    trends = await list_trends(visit.district, most=_MOST_BATCHES)
    columns = await read_completeness(visit.district, [points[0].batch for points in trends.values()])
    broken = await count_by_feed(visit.district)
    feeds = {feed.id: feed for feed in await list_feeds(visit.district)}
    blocks = []
    for number in (*feeds, None):
        trend = trends.get(number, ())[::-1]
        blocks.append(
            QualityBlock(
                feeds.get(number) if number is not None else None,
                trend,
                draw_bars([(point.kept, point.rejected) for point in trend]),
                (visit.today - trend[-1].started_at.date()).days if trend else None,
                sorted(columns.get(trend[-1].batch, ()), key=lambda c: c.share) if trend else (),
                [BrokenRule(rules[name], n) for name, n in broken.get(number, {}).items() if name in rules],
            )
        )
    return blocks


async def _state(visit: MemberVisit) -> RuleState | None:
    name = visit.request.path_params["rule"]
    return next((state for state in await list_rules(visit.district) if state.rule.name == name), None)


def _label(visit: MemberVisit, resource: str) -> str:
    return visit.district.sealing.classification.of(resource, "$").label


def _after(visit: MemberVisit) -> UUID | None:
    try:
        return UUID(visit.request.query_params.get("after", ""))
    except ValueError:
        return None
