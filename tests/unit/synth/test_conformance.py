"""Every document obeys the standard's facts; read from the facts directly, not through our own Model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from importlib.resources import files
from typing import Any

import pytest

from homeroom.synth import ENDPOINTS, Record, generate_district

SOURCE = files("homeroom.standard") / "source" / "edfi-5.2"
FACTS = json.loads((SOURCE / "facts.json").read_text("utf-8"))
RESOURCES, ABSTRACT = FACTS["resources"], FACTS["abstract"]
LEVELS = json.loads((SOURCE / "order.json").read_text("utf-8"))["levels"]
INT_RANGE = {"int16": 2**15, "int32": 2**31, "int64": 2**63}


def seed_values() -> set[str]:
    descriptors = json.loads((SOURCE / "descriptors.json").read_text("utf-8"))["descriptors"]
    return {
        f"{namespace}#{value if isinstance(value, str) else value[0]}"
        for namespaces in descriptors.values()
        for namespace, values in namespaces.items()
        for value in values
    }


SEED_VALUES = seed_values()


def check_value(fact: dict[str, Any], value: Any) -> bool:
    kind = fact["type"]
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in INT_RANGE or kind == "decimal":
        return check_number(fact, value)
    return isinstance(value, str) and value.strip() == value != "" and check_text(fact, value)


def check_text(fact: dict[str, Any], value: str) -> bool:
    match fact["type"]:
        case "descriptor":
            return value in SEED_VALUES and value.startswith(f"uri://ed-fi.org/{fact['descriptor']}#")
        case "date":
            return date.fromisoformat(value).isoformat() == value
        case "time":
            return time.fromisoformat(value).isoformat() == value
        case "datetime":
            return datetime.fromisoformat(value).tzinfo is not None
        case _:
            return fact.get("minLength", 0) <= len(value) <= fact.get("maxLength", 10**6)


def check_number(fact: dict[str, Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if fact["type"] in INT_RANGE else int | float):
        return False
    if not fact.get("minimum", value) <= value <= fact.get("maximum", value):
        return False
    if fact["type"] in INT_RANGE:
        return abs(value) < INT_RANGE[fact["type"]]
    scale = fact["scale"]
    return (
        abs(value) < 10 ** (fact["precision"] - scale)
        and -Decimal(str(value)).normalize().as_tuple().exponent <= scale
    )


def faults(facts: dict[str, Any], document: dict[str, Any], path: str = "$") -> Iterator[str]:
    """Every breach of the facts in a document or an item of a collection."""
    kinds = ("properties", "references", "objects", "collections")
    members = {fact["name"]: (kind, fact) for kind in kinds for fact in facts.get(kind, ())}
    for name, (kind, fact) in members.items():
        needed = fact.get("required") or (kind == "properties" and fact.get("identity"))
        if needed and document.get(name) in (None, []):
            yield f"{path}.{name} is missing"
    for name, value in document.items():
        kind, fact = members.get(name, ("unknown", {}))
        match kind:
            case "properties":
                if not check_value(fact, value):
                    yield f"{path}.{name} = {value!r}"
            case "references":
                if set(value) != set(fact["keys"]):
                    yield f"{path}.{name} has {sorted(value)}"
            case "objects":
                yield from faults(fact, value, f"{path}.{name}")
            case "collections":
                yield from collection_faults(fact, value, f"{path}.{name}")
            case _:
                yield f"{path}.{name} is unknown"


def collection_faults(fact: dict[str, Any], items: list[dict[str, Any]], path: str) -> Iterator[str]:
    for item in items:
        yield from faults(fact, item, f"{path}[*]")
    keys = [tuple(found_at(item, f"$.{part}")[0] for part in fact["key"]) for item in items]
    if len(set(keys)) != len(keys):
        yield f"{path} repeats an item"


def found_at(document: Any, path: str) -> list[Any]:
    """The values at a path of the facts; [*] stands for every item."""
    found = [document]
    for step in path.removeprefix("$.").split("."):
        name, each = step.removesuffix("[*]"), step.endswith("[*]")
        found = [value[name] for value in found if name in value]
        if each:
            found = [item for items in found for item in items]
    return found


def natural_key(facts: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    key: dict[str, Any] = {}
    for part in facts["key"]:
        values = {value for path in part["paths"] for value in found_at(document, path)}
        assert len(values) == 1, f"{part['name']} is {values}"
        key[part["name"]] = values.pop()
    return key


def references(facts: dict[str, Any], document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for fact in facts.get("references", ()):
        if fact["name"] in document:
            yield fact["target"], document[fact["name"]]
    for fact in facts.get("objects", ()):
        yield from references(fact, document.get(fact["name"], {}))
    for fact in facts.get("collections", ()):
        for item in document.get(fact["name"], ()):
            yield from references(fact, item)


def as_base(resource: str, key: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The resource's key, and the same key as its abstract base calls it."""
    yield resource, key
    renamed = {own: base for base, own in (RESOURCES[resource].get("baseKey") or {}).items()}
    for abstract, facts in ABSTRACT.items():
        if resource in facts["concrete"]:
            yield abstract, {renamed.get(name, name): value for name, value in key.items()}


def identity(target: str, key: dict[str, Any]) -> tuple[str, frozenset[tuple[str, Any]]]:
    return target, frozenset(key.items())


def test_every_document_has_the_members_types_and_lengths_of_the_facts(district: tuple[Record, ...]) -> None:
    found = [
        f"{resource} {fault}"
        for resource, document in district
        for fault in faults(RESOURCES[resource], dict(document))
    ]
    assert found[:20] == []


def test_a_broken_document_is_found() -> None:
    document = {"studentUniqueId": "x" * 33, "firstName": "A", "birthDate": "2015-2-1", "nickname": "B"}
    with pytest.raises(ValueError, match="2015-2-1"):
        list(faults(RESOURCES["Student"], document))
    document["birthDate"] = "2015-02-01"
    assert len(list(faults(RESOURCES["Student"], document))) == 3


def test_unified_members_agree(district: tuple[Record, ...]) -> None:
    for resource, document in district:
        facts = RESOURCES[resource]
        for group in (*facts.get("unified", ()), *facts.get("equal", ())):
            values = {value for path in group for value in found_at(document, path)}
            assert len(values) <= 1, f"{resource} {group} {values}"


def test_no_choice_is_taken_twice(district: tuple[Record, ...]) -> None:
    for resource, document in district:
        for choice in RESOURCES[resource].get("choices", ()):
            taken = [names for names in choice["oneOf"] if any(name in document for name in names)]
            assert len(taken) <= 1, f"{resource} {taken}"


@pytest.mark.parametrize(
    ("students", "today"),
    [
        (1, date(2026, 11, 20)),
        (1000, date(2026, 11, 20)),
        (90, date(2026, 7, 1)),
        (130, date(2027, 3, 3)),
        (60, date(2027, 8, 1)),
    ],
)
def test_keys_are_unique_and_each_reference_points_at_an_earlier_document(students: int, today: date) -> None:
    seen: set[tuple[str, frozenset[tuple[str, Any]]]] = set()
    for resource, document in generate_district(3, students, today=today):
        facts = RESOURCES[resource]
        for target, key in references(facts, dict(document)):
            assert identity(target, key) in seen, f"{resource} -> {target} {key}"
        for name, key in as_base(resource, natural_key(facts, dict(document))):
            assert identity(name, key) not in seen, f"{name} {key} twice"
            seen.add(identity(name, key))


def test_endpoints_and_order_are_those_of_the_standard() -> None:
    assert {resource: RESOURCES[resource]["endpoint"] for resource in ENDPOINTS} == ENDPOINTS
    created_at = {
        endpoint.split(":")[0]: int(level)
        for level, endpoints in LEVELS.items()
        for endpoint in endpoints
        if not endpoint.endswith(":U")
    }
    levels = [created_at.get(endpoint, 1) for endpoint in ENDPOINTS.values()]
    assert levels == sorted(levels)
