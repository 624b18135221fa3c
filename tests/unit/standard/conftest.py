"""Valid documents of any resource of both versions, made from the Model alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st

from homeroom.standard.documents import DocumentType, compile_document
from homeroom.standard.limits import decimal_limits, int_limits, must_not_be_zero
from homeroom.standard.model import Choice, Kind, Model, Part, Property, Reference, Resource
from homeroom.standard.outline import reference_members
from homeroom.standard.read import VERSIONS, load_model

Raw = dict[str, Any]
Sample = tuple[DocumentType, Raw]

_LETTERS = "aZ09 é雪'\"\\/#.-"
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_model = cache(load_model)


@cache
def _kind(version: str, name: str) -> DocumentType:
    model = _model(version)
    return compile_document(model, model.resources[name])


@pytest.fixture(scope="session")
def kind_of() -> Callable[[str, str], DocumentType]:
    """Compiled document types by version and resource."""
    return _kind


@pytest.fixture(scope="session")
def write_json() -> Callable[[object], bytes]:
    """JSON as the API's clients write it: decimals as numbers."""
    return _ENCODER.encode


@pytest.fixture(scope="session")
def samples_of_every_resource() -> Callable[[int], Iterator[Sample]]:
    """One valid document of every resource of both versions, by seed."""

    def samples(seed: int) -> Iterator[Sample]:
        for version in VERSIONS:
            for name in _model(version).resources:
                yield _kind(version, name), _Maker(version, Random(f"{seed}{name}")).document(name)

    return samples


@pytest.fixture(scope="session")
def any_sample() -> st.SearchStrategy[Sample]:
    """A resource of either version and a valid document of it, as a dictionary."""
    return st.builds(
        lambda at, random: (_kind(*at), _Maker(at[0], random).document(at[1])),
        st.sampled_from([(version, r.name) for version in VERSIONS for r in _model(version).documents]),
        st.randoms(use_true_random=False),
    )


class _Maker:
    """Makes documents by chance: every member may appear, every rule of the Model is kept."""

    def __init__(self, version: str, random: Random) -> None:
        self.model: Model = _model(version)
        self.random = random

    def document(self, name: str) -> Raw:
        resource = self.model.resources[name]
        made = self._members(resource.references, resource.properties, resource.parts)
        self._keep_choices(resource.choices, made, resource.properties)
        _unify(resource, made)
        _drop_duplicates(resource.parts, made)
        return made

    def _members(
        self, references: Sequence[Reference], properties: Sequence[Property], parts: Sequence[Part]
    ) -> Raw:
        made: Raw = {r.name: self._reference(r) for r in references if self._takes(r.is_required)}
        made |= {p.name: self.value(p) for p in properties if self._takes(p.is_required)}
        for part in parts:
            if self._takes(part.is_required):
                made[part.name] = self._items(part) if part.is_collection else self._part(part)
        return made

    def _takes(self, is_required: bool) -> bool:
        return is_required or self.random.random() < 0.5

    def _reference(self, reference: Reference) -> Raw:
        members = reference_members(self.model, reference)
        return {m: self.value(self.model.key_property(reference.target, m)) for m in members}

    def _items(self, part: Part) -> list[Raw]:
        return [self._part(part) for _ in range(self.random.randint(int(part.is_required), 3))]

    def _part(self, part: Part) -> Raw:
        made = self._members(part.references, part.properties, part.parts)
        self._keep_choices(part.choices, made, part.properties)
        return made

    def _keep_choices(self, choices: Sequence[Choice], made: Raw, properties: Sequence[Property]) -> None:
        for choice in choices:
            taken = [a for a in choice.alternatives if any(made.get(m) not in (None, []) for m in a)]
            for member in [m for alternative in taken[1:] for m in alternative]:
                made.pop(member, None)
            if choice.is_required and not taken:
                prop = next(p for p in properties if p.name == choice.alternatives[0][0])
                made[prop.name] = self.value(prop)

    def value(self, prop: Property) -> object:
        match prop.kind:
            case Kind.STRING:
                return self._text(prop)
            case Kind.DESCRIPTOR:
                return f"uri://ed-fi.org/{prop.descriptor}#{self._letters(self.random.randint(0, 20))}"
            case Kind.BOOLEAN:
                return self.random.random() < 0.5
            case Kind.DECIMAL:
                return self._decimal(prop)
            case Kind.INT16 | Kind.INT32 | Kind.INT64:
                low, high = int_limits(prop)
                return self.random.randint(low, high) or int(must_not_be_zero(prop))
            case _:
                return self._moment(prop.kind)

    def _text(self, prop: Property) -> str:
        is_filled = prop.is_required or prop.is_identity
        least = prop.min_length or int(is_filled)
        text = self._letters(self.random.randint(least, max(least, min(prop.max_length or 40, 40))))
        return "x" + text[1:-1] + "x" * (len(text) > 1) if is_filled else text

    def _letters(self, count: int) -> str:
        return "".join(self.random.choice(_LETTERS) for _ in range(count))

    def _decimal(self, prop: Property) -> Decimal:
        low, high, scale = decimal_limits(prop)
        digits = self.random.randint(0, scale)
        return Decimal(self.random.randint(int(low), int(high)) * 10**digits).scaleb(-digits)

    def _moment(self, kind: Kind) -> str:
        day = date(1900, 1, 1) + timedelta(days=self.random.randint(0, 70000))
        clock = time(self.random.randint(0, 23), self.random.randint(0, 59), self.random.randint(0, 59))
        if kind is Kind.DATE:
            return day.isoformat()
        return clock.isoformat() if kind is Kind.TIME else datetime.combine(day, clock, UTC).isoformat()


def _unify(resource: Resource, made: Raw) -> None:
    for group in (*resource.unified, *resource.equal):
        holders = [found for path in group for found in _holders(made, path.removeprefix("$.").split("."))]
        for holder, name in holders:
            first, first_name = holders[0]
            holder[name] = first[first_name]


def _holders(node: Raw, steps: Sequence[str]) -> Iterator[tuple[Raw, str]]:
    name = steps[0].removesuffix("[*]")
    if name not in node:
        return
    if len(steps) == 1:
        yield node, name
        return
    for below in node[name] if steps[0].endswith("[*]") else [node[name]]:
        yield from _holders(below, steps[1:])


def _drop_duplicates(parts: Sequence[Part], made: Raw) -> None:
    for part in parts:
        if part.name not in made:
            continue
        if part.is_collection and part.key:
            kept = {tuple(_key_text(item, name) for name in part.key): item for item in made[part.name]}
            made[part.name] = list(kept.values())
        for item in made[part.name] if part.is_collection else [made[part.name]]:
            _drop_duplicates(part.parts, item)


def _key_text(item: Mapping[str, Any], name: str) -> str:
    head, _, rest = name.partition(".")
    value = item.get(head, {}).get(rest) if rest else item.get(head)
    return str(value).lower()
