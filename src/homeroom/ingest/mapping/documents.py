"""The documents of a spec against the Model: every member found and typed, every value a column or a constant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Final

import polars as pl

from homeroom.ingest.mapping.conversions import NoConversionError, convert
from homeroom.ingest.mapping.expressions import compile_cell, compile_condition
from homeroom.ingest.mapping.faults import SpecFaults, Spot
from homeroom.ingest.mapping.json_text import (
    Branch,
    Chain,
    Fixed,
    Piece,
    Slot,
    fixed_branch,
    fixed_chain,
    items_text,
    json_value,
)
from homeroom.ingest.mapping.leaves import FREE_TEXTS, convert_leaf, is_quoted, literal_json
from homeroom.ingest.mapping.limits import MAX_LEAVES
from homeroom.ingest.mapping.loops import unrolled
from homeroom.ingest.mapping.plans import BAD_LINE, ITEMS, GatherPlan, Leaves, PlacedCheck
from homeroom.ingest.mapping.scope import FileWork, RecordWork, Scope
from homeroom.ingest.mapping.spec import Cell, Content, FileSpec, Gather, Group, Leaf, Listing, Loops
from homeroom.ingest.mapping.stage import Computed, Joined, Stage
from homeroom.ingest.mapping.values import Check, Type, Value
from homeroom.standard.classification_rules import RefusedCodes
from homeroom.standard.model import Property
from homeroom.standard.outline import Level, PartShape, ReferenceShape

_ID: Final = "id"


@dataclass(slots=True)
class Bound:
    """What all documents of a spec share while they are compiled: its files, gathers and the count of values."""

    files: dict[str, FileSpec]
    faults: SpecFaults
    gathers: dict[str, GatherPlan] = field(default_factory=dict)
    leaves: int = 0
    is_full: bool = False

    def count(self, spot: Spot) -> bool:
        """Count one value; False, and told once, when there are too many."""
        self.leaves += 1
        if self.leaves > MAX_LEAVES and not self.is_full:
            self.is_full = True
            words = f"The spec makes more than {MAX_LEAVES:,} values."
            self.faults.tell("limit", words, spot, remedy="Shorten its loops.")
        return not self.is_full


@dataclass(slots=True)
class Outer:
    """The row that gathers items, seen from them: marks in the items' text stand for its values."""

    scope: Scope
    marks: dict[str, Value] = field(default_factory=dict)

    def mark(self, value: Value) -> str:
        """A mark for the value's JSON: a control sign, which the text of no cell keeps unescaped."""
        mark = f"\x01{len(self.marks)}\x01"
        self.marks[mark] = value
        return mark


@dataclass(frozen=True, slots=True)
class Barring:
    """What is not made of one resource: members by path, and items by a code that they name."""

    paths: frozenset[str] = frozenset()
    codes: tuple[RefusedCodes, ...] = ()


@dataclass(slots=True)
class DocumentCompiler:
    """Compiles the objects of one document into pieces of JSON; collects their columns and checks on the way."""

    bound: Bound
    stage: Stage
    columns: list[tuple[str, pl.Expr]] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)
    checks: list[PlacedCheck] = field(default_factory=list)
    sources: dict[str, frozenset[str]] = field(default_factory=dict)
    outer: Outer | None = None
    bars: Barring = Barring()

    def leaves(self) -> Leaves:
        """What was collected."""
        return Leaves(tuple(self.columns), tuple(sorted(self.texts)), tuple(self.checks), self.sources)

    def branch(self, group: Group, level: Level, scope: Scope, path: str) -> Branch:
        """An object with all its members."""
        members: list[tuple[str, Piece]] = []
        by_name = {m.name: m for m in level.members}
        for member in group.members:
            shape = by_name.get(member.name)
            where = f"{path}.{member.name}"
            if shape is None or (shape.name == _ID and path == "$"):
                self._unknown(member.name, list(by_name), member.spot, where)
                continue
            if where in self.bars.paths:
                self._bar(Group((member,), member.spot), level, scope, path)
                continue
            piece = self._member(member.content, shape, scope, where)
            if piece is not None:
                members.append((member.name, piece))
        self._require(group, level, path)
        return Branch(tuple(members))

    def bar_refused(self, group: Group, level: Level, scope: Scope, path: str) -> bool:
        """Whether an item, or a record, names a code that the spec itself states and that is refused."""
        codes = next((codes for codes in self.bars.codes if codes.path == path), None)
        named = next((m.content for m in group.members if codes is not None and m.name == codes.member), None)
        if codes is None or not isinstance(named, Leaf):
            return False
        value = compile_cell(named.cell, scope)
        if value is None or value.literal is None or not codes.is_refused(str(value.literal.value)):
            return False
        self._bar(group, level, scope, path)
        return True

    def _bar(self, group: Group, level: Level, scope: Scope, path: str) -> None:
        """Makes nothing of an object, and notes which columns would have fed it."""
        work, aside = scope.work, FileWork(Stage(self.stage.file))
        record = RecordWork(scope.record.lets, scope.record.rows)
        scope = replace(scope, work=aside, record=record, faults=SpecFaults())
        DocumentCompiler(Bound(self.bound.files, SpecFaults()), aside.stage).branch(group, level, scope, path)
        work.barred.update(aside.stage.cells)

    def _member(
        self, content: Content, shape: Property | ReferenceShape | PartShape, scope: Scope, path: str
    ) -> Piece | None:
        match shape:
            case Property():
                return self._leaf(content, shape, scope, path)
            case ReferenceShape(members=keys):
                level = Level(tuple(replace(key, is_required=True) for key in keys), {})
                return self._object(content, level, scope, path)
            case PartShape(is_collection=True):
                return self._chain(content, shape, scope, path)
            case PartShape():
                return self._object(content, shape.level, scope, path)

    def condition(self, value: Value) -> str:
        """The column of a condition that varies."""
        name = self.stage.new_name("w")
        self.columns.append((name, value.expr))
        return name

    def check(self, value: Value, path: str, *, is_warning: bool = False) -> None:
        """Keep a value's checks with the member they are about."""
        self.checks += [PlacedCheck(path, check, is_warning) for check in value.checks]

    def _require(self, group: Group, level: Level, path: str) -> None:
        given = {m.name for m in group.members}
        missing = [m.name for m in level.members if m.name not in given and _is_required(m, path)]
        if missing:
            words = f"{path}: required members are missing: {', '.join(missing)}."
            self.bound.faults.tell("required_member", words, group.spot, remedy="Give each a value.")

    def _leaf(self, content: Content, prop: Property, scope: Scope, path: str) -> Piece | None:
        if not isinstance(content, Leaf):
            self._wrong(content, f"{path} is one value, not an object or a list.")
            return None
        if not self.bound.count(content.spot):
            return None
        if content.is_outer:
            return self._outer_leaf(content, prop, path)
        inner = scope.with_dates(content.dates)
        value = compile_cell(content.cell, inner)
        converted = None if value is None else self._converted(value, prop, inner, content, path)
        if converted is None:
            return None
        if not converted.varies:
            text = literal_json(converted, prop)
            return None if text is None else Fixed(text)
        self.sources[path] = self.sources.get(path, frozenset()) | converted.columns
        self.check(converted, path, is_warning=content.blanks_faults)
        return Slot(self._column(converted, prop), is_quoted(prop))

    def _outer_leaf(self, content: Leaf, prop: Property, path: str) -> Piece | None:
        if self.outer is None:
            self._wrong(content, f"{path}: only items of `rows` have an outer row.")
            return None
        scope = self.outer.scope.with_dates(content.dates)
        value = compile_cell(content.cell, scope)
        converted = None if value is None else self._converted(value, prop, scope, content, path)
        if converted is None:
            return None
        if not converted.varies:
            text = literal_json(converted, prop)
            return None if text is None else Fixed(text)
        return Fixed(
            self.outer.mark(replace(converted, expr=json_value(converted.expr, is_quoted=is_quoted(prop))))
        )

    def _converted(self, value: Value, prop: Property, scope: Scope, leaf: Leaf, path: str) -> Value | None:
        try:
            converted = convert_leaf(value, prop, scope)
        except NoConversionError as error:
            self.bound.faults.tell("type", f"{path}: {error}", leaf.cell.spot)
            return None
        if not converted.varies and converted.checks:
            for check in converted.checks:
                if pl.select(check.failed).item():
                    words = f"{path}: '{pl.select(check.shown).item()}' {check.words}."
                    self.bound.faults.tell("type", words, leaf.cell.spot, remedy=check.remedy)
                    return None
        return converted

    def _column(self, value: Value, prop: Property) -> str:
        """The column a value stands in: its own when it has one."""
        if value.expr.meta.is_column():
            name = value.expr.meta.output_name()
        else:
            name = self.stage.new_name("l")
            self.columns.append((name, value.expr))
        if prop.kind in FREE_TEXTS:
            self.texts.add(name)
        return name

    def _object(self, content: Content, level: Level, scope: Scope, path: str) -> Piece | None:
        if not isinstance(content, Group) or content.loops.variables or content.gather:
            self._wrong(content, f"{path} is one object.")
            return None
        return self._item(content, level, scope, path)

    def _chain(self, content: Content, shape: PartShape, scope: Scope, path: str) -> Piece | None:
        if isinstance(content, Leaf):
            self._wrong(content, f"{path} is a list of objects.")
            return None
        groups = content.items if isinstance(content, Listing) else (content,)
        pieces = [piece for group in groups for piece in self._items(group, shape.level, scope, f"{path}[*]")]
        return fixed_chain(Chain(tuple(pieces))) if pieces else None

    def _items(self, group: Group, level: Level, scope: Scope, path: str) -> Iterator[Piece]:
        for turn in unrolled(group.loops, scope):
            if self.bound.is_full:
                return
            if self.bar_refused(group, level, turn, path):
                continue
            if group.gather is not None:
                piece = self._gathered(group, group.gather, level, turn, path)
            else:
                piece = self._item(group, level, turn, path)
            if piece is not None:
                yield piece

    def _item(self, group: Group, level: Level, scope: Scope, path: str) -> Piece | None:
        """An object or item; None when its condition never holds or nothing is in it."""
        if group.when is None:
            branch = self.branch(group, level, scope, path)
            return fixed_branch(branch) if branch.members else None
        condition = compile_condition(group.when, scope)
        if condition is None or (condition.literal is not None and not condition.literal.value):
            return None
        first = len(self.checks)
        branch = self.branch(group, level, scope, path)
        if condition.literal is not None:
            return fixed_branch(replace(branch, is_always=True))
        self.check(condition, path)
        self.checks[first:] = [replace(p, check=p.check.when(condition.expr)) for p in self.checks[first:]]
        return replace(branch, when=self.condition(condition))

    def _gathered(self, group: Group, gather: Gather, level: Level, scope: Scope, path: str) -> Piece | None:
        file = self.bound.files.get(gather.file)
        if file is None:
            self.bound.faults.tell("unknown_name", f"There is no file '{gather.file}'.", gather.spot)
            return None
        keys = [self._key(cell_value, scope) for _, cell_value in gather.matches]
        ours = [key for key in keys if key is not None]
        if len(ours) < len(keys) or not keys:
            return None
        outer = Outer(scope)
        name = f"gather {len(self.bound.gathers)}"
        self.bound.gathers[name] = self._gather_plan(group, gather, level, outer, path)
        columns = [self.stage.column(key) for key in ours]
        items, bad = self.stage.new_name("g"), self.stage.new_name("b")
        at = max(level for _, level in columns)
        self.stage.add(at, Joined(name, tuple(n for n, _ in columns), ((ITEMS, items), (BAD_LINE, bad))))
        used = frozenset().union(*(k.columns for k in ours))
        self.checks.append(PlacedCheck(path, _bad_item(gather, bad, used)))
        return Slot(self._unmarked(items, at + 1, outer), is_text=False)

    def _unmarked(self, items: str, level: int, outer: Outer) -> str:
        """The column of items with our values where their marks stood."""
        if not outer.marks:
            return items
        expr = pl.col(items)
        for mark, value in outer.marks.items():
            expr = expr.str.replace_all(mark, value.expr.fill_null("null"), literal=True)
        name = self.stage.new_name("g")
        at = max(level, *(v.level for v in outer.marks.values()))
        self.stage.add(at, Computed(name, expr))
        return name

    def _key(self, cell: Cell, scope: Scope) -> Value | None:
        value = compile_cell(cell, scope)
        return None if value is None else convert(value, Type.TEXT)

    def _gather_plan(self, group: Group, gather: Gather, level: Level, outer: Outer, path: str) -> GatherPlan:
        work = FileWork(Stage(self.bound.files[gather.file]))
        record = RecordWork({}, outer.scope.rows)
        inner = replace(outer.scope, work=work, record=record, dates=work.stage.file.dates)
        compiler = DocumentCompiler(self.bound, work.stage, outer=outer)
        item = compiler._item(replace(group, gather=None, loops=Loops()), level, inner, path)
        theirs = tuple(work.stage.cell(column).expr.meta.output_name() for column, _ in gather.matches)
        text = (
            items_text(item)
            if isinstance(item, Branch)
            else pl.lit(item.json if isinstance(item, Fixed) else None)
        )
        return GatherPlan(
            gather.file, work.stage, compiler.leaves(), theirs, text, is_distinct=gather.is_distinct
        )

    def _wrong(self, content: Content, words: str) -> None:
        self.bound.faults.tell("shape", words, content.spot)

    def _unknown(self, name: str, known: list[str], spot: Spot, path: str) -> None:
        near = get_close_matches(name, known, n=1)
        remedy = f"Is '{near[0]}' meant?" if near else f"It has {', '.join(known[:12])}."
        self.bound.faults.tell("unknown_member", f"The standard has no {path}.", spot, remedy=remedy)


def _bad_item(gather: Gather, bad: str, columns: frozenset[str]) -> Check:
    return Check(
        given=pl.col(bad).is_not_null(),
        shown=pl.col(bad).cast(pl.String),
        code="mapping.faulty_item",
        words=f"is a line of {gather.file} that cannot be read",
        remedy="Correct that line; it belongs to this record.",
        columns=columns,
    )


def _is_required(member: Property | ReferenceShape | PartShape, path: str) -> bool:
    if isinstance(member, Property) and member.name == _ID and path == "$":
        return False
    return member.is_required or (isinstance(member, Property) and member.is_identity)
