"""Two records of one person: looked at beside each other, made one, taken apart; and ids of sources doubted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.responses import Response

from homeroom.records.people.identities import KINDS
from homeroom.records.people.matches import doubt_match
from homeroom.records.people.mergers import Merged, MergeRefusedError
from homeroom.records.people.pairs import Merger, Side, merge_pair, read_mergers, read_sides, split_pair
from homeroom.trust.areas import Area, AreaLeave
from homeroom.web.pages.faults import answer_absent
from homeroom.web.pages.forms import parse_position
from homeroom.web.pages.matches import MatchLine, ask_of, compare
from homeroom.web.pages.visits import MemberVisit

_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class TwoRecordsPage:
    """kind, one, other: what is looked up. sides: those who are there, and the reader's to see; missing: the numbers of
    the others. lines: both sides, where there are two. merged, parted: what was just done; is_refused: it was not.
    """

    mergers: Sequence[Merger]
    kind: str = "Student"
    one: str = ""
    other: str = ""
    sides: Sequence[Side] = ()
    missing: Sequence[str] = ()
    lines: Sequence[MatchLine] = ()
    merged: Merged | None = None
    parted: Merged | None = None
    is_refused: bool = False
    kinds: Sequence[str] = field(default=tuple(KINDS))


async def show_two_records(visit: MemberVisit) -> Response:
    """What is looked up, beside each other, and what was made one lately."""
    leave, kind = visit.leave_for(Area.MATCHES), visit.form.text("kind") or "Student"
    if leave is None or kind not in KINDS:
        return answer_absent(visit)
    one, other = visit.form.text("one"), visit.form.text("other")
    wanted = [number for number in dict.fromkeys((one, other)) if number]
    sides = (
        await read_sides(visit.district, leave, ask=ask_of(visit), resource=kind, unique_ids=wanted)
        if wanted
        else []
    )
    found = {side.unique_id for side in sides}
    page = TwoRecordsPage(
        await _mergers(visit, leave),
        kind,
        one,
        other,
        sides,
        missing=[number for number in wanted if number not in found],
        lines=compare(sides[0].person, sides[1].person) if len(sides) == 2 else (),
    )
    return visit.render("two_records.html", page)


async def do_merge(visit: MemberVisit) -> Response:
    """Makes the two one."""
    leave, kind = visit.leave_for(Area.MATCHES), visit.form.text("kind")
    pair, kept = [visit.form.text("one"), visit.form.text("other")], visit.form.text("kept")
    if leave is None or kind not in KINDS or kept not in pair:
        return answer_absent(visit)
    gone = next((number for number in pair if number != kept), kept)
    try:
        done = await merge_pair(visit.district, leave, ask=ask_of(visit), resource=kind, kept=kept, gone=gone)
    except MergeRefusedError:
        return await _refused(visit, leave)
    if done is None:
        return answer_absent(visit)
    return visit.render("two_records.html", TwoRecordsPage(await _mergers(visit, leave), kind, merged=done))


async def do_split(visit: MemberVisit) -> Response:
    """Takes a merger apart."""
    leave, merger = visit.leave_for(Area.MATCHES), parse_position(visit.form.text("merger"))
    if leave is None or merger is None:
        return answer_absent(visit)
    try:
        done = await split_pair(visit.district, leave, ask=ask_of(visit), merger=merger)
    except MergeRefusedError:
        return await _refused(visit, leave)
    if done is None:
        return answer_absent(visit)
    return visit.render("two_records.html", TwoRecordsPage(await _mergers(visit, leave), parted=done))


async def do_doubt(visit: MemberVisit) -> Response:
    """Asks anew whom an id of a source means."""
    leave = visit.leave_for(Area.MATCHES)
    if leave is None:
        return answer_absent(visit)
    question = await doubt_match(
        visit.district,
        leave,
        ask=ask_of(visit),
        resource=visit.form.text("kind"),
        source=visit.form.raw("source"),
        source_id=visit.form.raw("source_id"),
    )
    return answer_absent(visit) if question is None else visit.go_to("/matches")


async def _mergers(visit: MemberVisit, leave: AreaLeave) -> Sequence[Merger]:
    return await read_mergers(visit.district, leave, ask=ask_of(visit), most=_MOST)


async def _refused(visit: MemberVisit, leave: AreaLeave) -> Response:
    return visit.render("two_records.html", TwoRecordsPage(await _mergers(visit, leave), is_refused=True))
