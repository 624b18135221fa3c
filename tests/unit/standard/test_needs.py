"""Which members a set of purposes needs: the rest may go, but never what a record cannot be without."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeroom.standard.classification_rules import Tier
from homeroom.standard.classify import load_classification
from homeroom.standard.model import Part, Property, Reference, Resource
from homeroom.standard.needs import ALWAYS_PURSUED, unneeded_members
from homeroom.standard.purposes import Purpose
from homeroom.standard.read import load_model

VERSIONS = ("5.2", "6.1")
ALL = frozenset(Purpose)


def unneeded(version: str, purposes: frozenset[Purpose]) -> dict[str, list[str]]:
    model, table = load_model(version), load_classification(version)
    found = {r.name: [u.path for u in unneeded_members(table, r, purposes)] for r in model.documents}
    return {name: paths for name, paths in found.items() if paths}


@pytest.mark.parametrize("version", VERSIONS)
def test_all_purposes_together_need_everything(version: str) -> None:
    assert unneeded(version, ALL) == {}


def test_a_members_last_purpose_takes_it_along() -> None:
    survey = unneeded("5.2", ALL - {Purpose.APPROVED_RESEARCH, Purpose.PROGRAMME_EVALUATION})
    assert set(survey) == {"SurveyQuestionResponse", "SurveyResponse", "SurveySectionResponse"}
    assert unneeded("5.2", ALL - {Purpose.APPROVED_RESEARCH}) == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_record_cannot_be_without_is_needed_whatever_the_purposes(version: str) -> None:
    model, table = load_model(version), load_classification(version)
    for name, paths in unneeded(version, frozenset()).items():
        roots = {path.removeprefix("$.") for path in paths if path.count(".") == 1}
        assert not roots & table.fixed[name], name
        assert not roots & _required(model.resources[name]), name
        assert not any(table.of(name, path).tier in {Tier.T0, Tier.T4} for path in paths), name


@settings(deadline=None)  # reading the standard takes longer than a case may
@given(st.frozensets(st.sampled_from(Purpose)), st.frozensets(st.sampled_from(Purpose)))
def test_more_purposes_never_need_less(some: frozenset[Purpose], more: frozenset[Purpose]) -> None:
    model, table = load_model("5.2"), load_classification("5.2")
    resource = model.resources["StudentEducationOrganizationAssociation"]
    few = {u.path for u in unneeded_members(table, resource, some)}
    assert {u.path for u in unneeded_members(table, resource, some | more)} <= few
    assert few == {u.path for u in unneeded_members(table, resource, some | ALWAYS_PURSUED)}


def _required(resource: Resource) -> frozenset[str]:
    members: tuple[Property | Reference | Part, ...] = (
        *resource.properties,
        *resource.references,
        *resource.parts,
    )
    return frozenset(m.name for m in members if m.is_required)
