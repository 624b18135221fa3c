"""Statements by hand: none reaches people without the conditions of a Grant."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeroom.records.views import granted
from homeroom.records.views.granted import UngrantedError, View, bind_grants, decide_view
from homeroom.records.views.section_progress import SECTION_PROGRESS
from homeroom.records.views.sections_reached import SECTIONS_REACHED
from homeroom.standard.purposes import Purpose
from homeroom.standard.read import load_model
from homeroom.store.conditions import InSections
from homeroom.store.predicates import Parameters
from homeroom.store.queries import query
from homeroom.store.tables import compile_tables
from homeroom.trust.actors import StaffMember
from homeroom.trust.grant import Action, Decision, Grant, Refusal

TABLES = compile_tables(load_model("5.2"))
MEMBER = StaffMember(1, "T-1", "teacher")
REFUSED = Refusal("test", "No.")


def grant(resource: str, *, hidden: frozenset[str] = frozenset()) -> Grant:
    taught = InSections("id", "T-1")
    return Grant(MEMBER, Purpose.INSTRUCTION, Action.READ, resource, (taught,), hidden, "test")


def bind(text: str, *resources: str) -> tuple[str, Parameters]:
    parameters = Parameters("first")
    return bind_grants(
        text, {r: grant(r) for r in resources}, tables=TABLES, parameters=parameters
    ), parameters


def test_the_conditions_come_into_the_statement_with_their_values() -> None:
    text, parameters = bind("select n.id from edfi.student n where granted(Student, n)", "Student")
    assert "granted" not in text
    assert 'n."id" in (' in text
    assert parameters.values == ["first", "T-1"]
    assert "$2::text" in text


@pytest.mark.parametrize(
    "text",
    [
        "select n.id from edfi.student n",
        "select n.id from edfi.student n where granted(Student, m)",
        "select n.id from edfi.school s join edfi.grade g on true where granted(Student, n)",
        "select 1 from edfi.student n where granted(Student, n) union select 1 from\n  edfi.student\n  x",
    ],
)
def test_a_table_about_people_without_its_grant_is_refused(text: str) -> None:
    with pytest.raises(UngrantedError):
        bind(text, "Student", "Grade")


def test_an_alias_that_a_condition_hides_is_refused() -> None:
    with pytest.raises(UngrantedError):
        bind("select p.id from edfi.student p where granted(Student, p)", "Student")


def test_without_a_grant_no_row_meets_the_condition() -> None:
    text, _ = bind("select n.id from edfi.student n where granted(Student, n)")
    assert text.endswith("where false")


def test_a_refusal_of_what_is_needed_refuses_the_whole() -> None:
    view = View(
        "x", "Student", {"Student": frozenset({"firstName"}), "Grade": frozenset()}, frozenset({"Student"})
    )

    def ask(_: Action, resource: str) -> Decision:
        return REFUSED if resource == "Student" else grant(resource)

    assert decide_view(ask, view) is REFUSED


def test_what_is_not_needed_stays_out_when_it_is_refused() -> None:
    view = View("x", "Student", {"Student": frozenset(), "Grade": frozenset()}, frozenset({"Student"}))

    def ask(_: Action, resource: str) -> Decision:
        return REFUSED if resource == "Grade" else grant(resource)

    found = decide_view(ask, view)
    assert not isinstance(found, Refusal)
    assert set(found) == {"Student"}


def test_a_hidden_member_keeps_its_resource_out() -> None:
    members = {"Student": frozenset({"firstName"}), "Grade": frozenset({"letterGradeEarned"})}

    def ask(hidden: str) -> object:
        view = View("x", "Student", members, frozenset({"Student"}))
        return decide_view(lambda _, r: grant(r, hidden=frozenset({hidden})), view)

    assert isinstance(ask("firstName"), Refusal)
    found = ask("letterGradeEarned")
    assert isinstance(found, dict)
    assert set(found) == {"Student"}


@pytest.mark.parametrize("view", [SECTION_PROGRESS, SECTIONS_REACHED], ids=lambda v: v.name)
def test_each_view_stands_under_the_grants_it_asks_for(view: View) -> None:
    text = query("homeroom.records.views", view.name)
    assert {resource for resource, _ in granted._SLOT.findall(text)} == set(view.members)
    bind(text, *view.members)


def test_every_statement_says_what_it_asks() -> None:
    folder = Path(granted.__file__).parent
    for file in folder.glob("*.sql"):
        assert file.read_text().startswith("-- "), file.name
        assert "?" in file.read_text().partition("\n")[0], file.name
