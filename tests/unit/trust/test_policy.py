"""Decisions: what each actor gets, and that everything no rule names is refused."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.standard.classify import load_classification
from homeroom.standard.read import VERSIONS, load_model
from homeroom.store.conditions import (
    AnyRelationship,
    Condition,
    InSections,
    InView,
    NamespaceStarts,
    OwnedBy,
    Person,
    Relationship,
    Subject,
    Through,
)
from homeroom.trust.actors import Actor, ApiClient, Operator, StaffMember
from homeroom.trust.claims import Claim, ClaimBook, claim_set_key, load_claim_book
from homeroom.trust.grant import Action, Decision, Grant, Refusal
from homeroom.trust.policy import PolicyCache, Rulebook, decide
from homeroom.trust.purposes import Purpose, default_purpose, purposes_of

MODEL = load_model("5.2")
RULES = Rulebook(MODEL, load_claim_book("5.2"), load_classification("5.2"))
CLIENT = ApiClient(
    1, "key", "SISVendor", namespace_prefixes=("uri://ed-fi.org",), organizations=(255901,), ownership=(7,)
)
TEACHER = StaffMember(2, "207219", "teacher", (255901001,))
PRINCIPAL = replace(TEACHER, id=3, role="principal")
MANAGER = StaffMember(4, "207220", "data_manager", (255901,))
STUDENT = Subject("student_ref", "StudentUniqueId", Person.STUDENT)
SCHOOL = Subject("school_id", "SchoolId")


def ask(
    actor: Actor,
    resource: str,
    action: Action = Action.READ,
    *,
    purpose: Purpose | None = None,
    rules: Rulebook = RULES,
) -> Decision:
    purpose = purpose or default_purpose(actor) or Purpose.INSTRUCTION
    return decide(rules, actor, purpose=purpose, action=action, resource=resource)


def grant(actor: Actor, resource: str, action: Action = Action.READ, **rest: Any) -> Grant:
    decision = ask(actor, resource, action, **rest)
    assert isinstance(decision, Grant), decision
    return decision


def refusal(actor: Actor, resource: str, action: Action = Action.READ, **rest: Any) -> Refusal:
    decision = ask(actor, resource, action, **rest)
    assert isinstance(decision, Refusal), decision
    return decision


def rules_with(resource: str, *strategies: str, claim_set: str = "SISVendor") -> Rulebook:
    """A rulebook in which the claim set may do everything with one resource, under these strategies."""
    claim = Claim(
        MODEL.resources[resource].claim,
        default=dict.fromkeys(Action, strategies),
        granted={claim_set_key(claim_set): dict.fromkeys(Action, ())},
    )
    return replace(RULES, claims=ClaimBook((claim,), ()))


def related(
    *subjects: Subject, strategy: str = "RelationshipsWithEdOrgsAndPeople", **rest: Any
) -> Relationship:
    return Relationship(strategy, subjects, (255901,), **rest)


def test_a_client_reads_what_its_organisations_are_related_to() -> None:
    found = grant(CLIENT, "StudentSchoolAssociation")
    assert found.conditions == (AnyRelationship((related(SCHOOL, STUDENT),)),)
    assert found.hidden == frozenset()
    assert "SISVendor" in found.basis
    assert "RelationshipsWithEdOrgsAndPeople" in found.basis


def test_creating_a_student_asks_for_no_relationship_and_reading_it_does() -> None:
    assert grant(CLIENT, "Student", Action.CREATE).conditions == ()
    student = Subject("id", "StudentUniqueId", Person.STUDENT)
    assert grant(CLIENT, "Student").conditions == (AnyRelationship((related(student),)),)


def test_change_queries_follow_associations_that_were_deleted() -> None:
    sandbox = replace(CLIENT, claim_set="Ed-Fi Sandbox")
    (condition,) = grant(sandbox, "StudentSchoolAssociation", Action.READ_CHANGES).conditions
    assert isinstance(condition, AnyRelationship)
    assert [a.includes_deleted for a in condition.alternatives] == [True]


def test_several_relationships_are_alternatives() -> None:
    (condition,) = grant(CLIENT, "StudentSpecialEducationProgramEligibilityAssociation").conditions
    assert isinstance(condition, AnyRelationship)
    assert [a.through for a in condition.alternatives] == [Through.ENROLLMENT, Through.RESPONSIBILITY]


def test_inverted_relationships_are_marked() -> None:
    rules = rules_with("Course", "RelationshipsWithEdOrgsOnly", "RelationshipsWithEdOrgsOnlyInverted")
    (condition,) = grant(CLIENT, "Course", rules=rules).conditions
    assert isinstance(condition, AnyRelationship)
    assert [a.is_inverted for a in condition.alternatives] == [False, True]


def test_every_other_strategy_must_hold_too_and_comes_first() -> None:
    rules = rules_with(
        "StudentAssessment",
        "RelationshipsWithStudentsOnly",
        "NamespaceBased",
        "OwnershipBased",
        "StudentWithCTECourseEnrollments",
    )
    assert grant(CLIENT, "StudentAssessment", rules=rules).conditions == (
        NamespaceStarts("namespace", ("uri://ed-fi.org",)),
        OwnedBy((7,)),
        InView("StudentWithCTECourseEnrollments", "student_ref", ("StudentUniqueId",), "Student"),
        AnyRelationship((related(STUDENT, strategy="RelationshipsWithStudentsOnly"),)),
    )


def test_no_further_authorization_adds_nothing_and_takes_nothing_away() -> None:
    rules = rules_with("School", "NoFurtherAuthorizationRequired")
    assert grant(CLIENT, "School", rules=rules).conditions == ()
    rules = rules_with("School", "NoFurtherAuthorizationRequired", "RelationshipsWithEdOrgsOnly")
    assert len(grant(CLIENT, "School", rules=rules).conditions) == 1


def test_strategy_names_compare_in_any_case() -> None:
    rules = rules_with(
        "School", "relationshipswithedorgsonly", "NAMESPACEBASED", "nofurtherauthorizationrequired"
    )
    assert refusal(CLIENT, "School", rules=rules).code == "system:configuration:security"
    rules = rules_with("Assessment", "namespacebased")
    assert grant(CLIENT, "Assessment", rules=rules).conditions == (
        NamespaceStarts("namespace", ("uri://ed-fi.org",)),
    )


@pytest.mark.parametrize("prefixes", [(), ("",), ("  ",)])
def test_a_client_without_namespaces_is_told_so(prefixes: tuple[str, ...]) -> None:
    client = replace(CLIENT, namespace_prefixes=prefixes)
    code = refusal(client, "Assessment", Action.CREATE).code
    assert code == "security:authorization:namespace:invalid-client:no-namespaces"


def test_a_client_without_organisations_reaches_no_row() -> None:
    (condition,) = grant(replace(CLIENT, organizations=()), "StudentSchoolAssociation").conditions
    assert isinstance(condition, AnyRelationship)
    assert condition.alternatives[0].organizations == ()


@pytest.mark.parametrize(
    ("resource", "strategy", "word"),
    [
        ("School", "Luck", "Could not find authorization strategy implementations"),
        ("School", "StudentWithLuck", "Unable to find a property"),
        ("Student", 'StudentWith"; drop table edfi.student; --', "Could not find"),
        ("Student", "StudentWith" + "x" * 60, "Could not find"),
        ("School", "NamespaceBased", "no properties"),
        ("School", "RelationshipsWithStudentsOnly", "no properties"),
        ("Assessment", "RelationshipsWithEdOrgsAndPeople", "no properties"),
    ],
)
def test_strategies_that_cannot_be_followed_let_nobody_in(resource: str, strategy: str, word: str) -> None:
    found = refusal(CLIENT, resource, rules=rules_with(resource, strategy))
    assert (found.code, found.status) == ("system:configuration:security", 500)
    assert word in found.errors[0]


def test_one_strategy_that_cannot_be_followed_spoils_the_others() -> None:
    rules = rules_with("StudentSchoolAssociation", "RelationshipsWithEdOrgsAndPeople", "Luck")
    assert refusal(CLIENT, "StudentSchoolAssociation", rules=rules).status == 500


def test_a_custom_view_on_what_tombstones_lack_is_refused_for_changes() -> None:
    rules = rules_with("DisciplineAction", "SchoolWithExams")
    assert len(grant(CLIENT, "DisciplineAction", rules=rules).conditions) == 1
    found = refusal(CLIENT, "DisciplineAction", Action.READ_CHANGES, rules=rules)
    assert "Change Queries" in found.errors[0]


def test_claim_set_refusals_name_the_set_as_registered() -> None:
    client = replace(CLIENT, claim_set="Roster Vendor")
    resource = refusal(client, "Grade")
    assert resource.code.endswith("access-denied:resource")
    assert "'Roster Vendor'" in resource.errors[0]
    assert "'http://ed-fi.org/ods/identity/claims/ed-fi/grade'" in resource.errors[0]
    assert refusal(client, "Student", Action.DELETE).code.endswith("access-denied:action")
    assert refusal(replace(CLIENT, claim_set="No Such"), "Student").code.endswith("access-denied:resource")


def test_a_resource_without_claims_is_a_misconfiguration() -> None:
    rules = replace(RULES, claims=ClaimBook((), ()))
    assert refusal(CLIENT, "Student", rules=rules).code == "system:configuration:security"


@pytest.mark.parametrize(
    ("resource", "condition"),
    [
        ("Section", InSections("id", "207219", is_section=True)),
        ("StudentSectionAssociation", InSections("section_ref", "207219", is_section=True)),
        ("Student", InSections("id", "207219")),
        ("Grade", InSections("student_unique_id_person_ref", "207219")),
        ("StudentSchoolAttendanceEvent", InSections("student_ref", "207219")),
    ],
)
def test_a_teacher_reads_the_sections_they_teach_and_the_students_in_them(
    resource: str, condition: Condition
) -> None:
    found = grant(TEACHER, resource)
    assert found.conditions == (condition,)
    assert found.basis.startswith("role teacher")


def test_everyone_on_the_staff_reads_what_is_public() -> None:
    for actor, resource in product(
        (TEACHER, PRINCIPAL, MANAGER), ("School", "Session", "GradeLevelDescriptor")
    ):
        assert grant(actor, resource).conditions == ()


@pytest.mark.parametrize("member", ["birthSexDescriptor", "citizenshipStatusDescriptor"])
def test_staff_do_not_get_sensitive_members(member: str) -> None:
    for actor in (TEACHER, PRINCIPAL, MANAGER):
        assert member in grant(actor, "Student").hidden
        assert not {"studentUniqueId", "firstName", "lastSurname"} & grant(actor, "Student").hidden


@pytest.mark.parametrize("actor", [TEACHER, PRINCIPAL, MANAGER])
@pytest.mark.parametrize("resource", ["StudentHealth", "DisciplineAction", "SurveyResponse", "StaffLeave"])
def test_sensitive_records_are_off_for_all_staff(actor: StaffMember, resource: str) -> None:
    assert refusal(actor, resource).code == "security:authorization:access-denied:role"


@pytest.mark.parametrize(
    "resource", ["Staff", "Contact", "StudentEducationOrganizationAssociation", "Cohort"]
)
def test_a_teacher_gets_nothing_that_is_not_listed(resource: str) -> None:
    assert refusal(TEACHER, resource).code == "security:authorization:access-denied:role"


@pytest.mark.parametrize(
    ("actor", "actions"),
    [
        (TEACHER, {Action.READ}),
        (PRINCIPAL, {Action.READ}),
        (MANAGER, {Action.READ, Action.READ_CHANGES, Action.CREATE, Action.UPDATE}),
        (Operator("load"), {Action.CREATE, Action.READ, Action.UPDATE, Action.DELETE}),
        (Operator("export"), {Action.READ, Action.READ_CHANGES}),
        (Operator("suggest"), {Action.READ}),
    ],
)
def test_each_role_and_task_does_its_own_actions_only(actor: Actor, actions: set[Action]) -> None:
    granted = {a for a in Action if isinstance(ask(actor, "StudentSchoolAssociation", a), Grant)}
    assert granted == actions


def test_a_principal_reads_by_relationship_to_the_school() -> None:
    (condition,) = grant(PRINCIPAL, "StudentSchoolAssociation").conditions
    assert isinstance(condition, AnyRelationship)
    assert condition.alternatives[0].organizations == (255901001,)


@pytest.mark.parametrize("actor", [PRINCIPAL, MANAGER])
def test_assignments_are_reached_through_the_school_of_their_section(actor: StaffMember) -> None:
    (condition,) = grant(actor, "GradebookEntry", purpose=Purpose.ENROLMENT_AND_TRANSFER).conditions
    assert isinstance(condition, AnyRelationship)
    (alternative,) = condition.alternatives
    assert [subject.column for subject in alternative.subjects] == ["school_id"]
    assert alternative.organizations == actor.organizations


def test_a_tests_result_is_tied_by_its_student_and_not_by_the_school_that_it_may_leave_out() -> None:
    (condition,) = grant(MANAGER, "StudentAssessment", purpose=Purpose.ENROLMENT_AND_TRANSFER).conditions
    assert isinstance(condition, AnyRelationship)
    assert [subject.column for subject in condition.alternatives[0].subjects] == ["student_ref"]


@pytest.mark.parametrize("resource", ["Credential", "Person"])
def test_what_nothing_ties_to_an_organisation_stays_closed_to_staff(resource: str) -> None:
    for actor in (TEACHER, PRINCIPAL, MANAGER):
        assert refusal(actor, resource).code == "security:authorization:access-denied:role"


def test_a_data_manager_writes_within_the_district_and_adds_people() -> None:
    assert grant(MANAGER, "Student", Action.CREATE).conditions == ()
    assert grant(MANAGER, "GradeLevelDescriptor", Action.CREATE).conditions == ()
    (condition,) = grant(MANAGER, "School", Action.UPDATE).conditions
    assert condition == AnyRelationship((related(SCHOOL),))


def test_staff_without_an_organisation_reach_no_one() -> None:
    for actor in (PRINCIPAL, MANAGER):
        assert isinstance(ask(replace(actor, organizations=()), "Student"), Refusal)


def test_a_purpose_that_the_data_does_not_serve_is_refused() -> None:
    assert isinstance(ask(MANAGER, "Grade", purpose=Purpose.ENROLMENT_AND_TRANSFER), Grant)
    found = refusal(MANAGER, "Grade", purpose=Purpose.PLATFORM_OPERATION)
    assert found.code == "security:authorization:access-denied:purpose"


def test_a_load_may_write_everything_and_says_so() -> None:
    found = grant(Operator("load"), "StudentHealth", Action.CREATE)
    assert (found.conditions, found.hidden, found.basis) == ((), frozenset(), "task load")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"actor": replace(TEACHER, role="superintendent")}, "access-denied:actor"),
        ({"actor": Operator("curiosity")}, "access-denied:actor"),
        ({"actor": "root"}, "access-denied:actor"),
        ({"actor": None}, "access-denied:actor"),
        ({"purpose": Purpose.APPROVED_RESEARCH}, "access-denied:purpose"),
        ({"purpose": "marketing"}, "access-denied:purpose"),
        ({"purpose": None}, "access-denied:purpose"),
        ({"action": "Borrow"}, "system:configuration:security"),
        ({"resource": "Dragon"}, "system:configuration:security"),
    ],
)
def test_whatever_is_unknown_is_refused(change: dict[str, Any], code: str) -> None:
    question: dict[str, Any] = {
        "actor": CLIENT,
        "purpose": Purpose.PLATFORM_OPERATION,
        "action": Action.READ,
        "resource": "Student",
    }
    actor = (question | change).pop("actor")
    rest = {name: value for name, value in (question | change).items() if name != "actor"}
    assert isinstance(decide(RULES, CLIENT, **{k: v for k, v in question.items() if k != "actor"}), Grant)
    decision = decide(RULES, actor, **rest)
    assert isinstance(decision, Refusal)
    assert decision.code.endswith(code)


ACTORS: tuple[Actor, ...] = (CLIENT, TEACHER, PRINCIPAL, MANAGER, Operator("load"), Operator("export"))


def test_no_actor_gets_a_grant_for_a_purpose_that_is_not_its_own() -> None:
    for actor, purpose in product(ACTORS, Purpose):
        if purpose not in purposes_of(actor):
            assert isinstance(ask(actor, "School", purpose=purpose), Refusal)


def test_every_question_about_the_standard_has_an_answer() -> None:
    for actor, resource, action in product(ACTORS, MODEL.resources, Action):
        assert isinstance(ask(actor, resource, action), Grant | Refusal)


@pytest.mark.parametrize("version", VERSIONS)
def test_no_shipped_claim_set_is_misconfigured(version: str) -> None:
    rules = Rulebook(load_model(version), load_claim_book(version), load_classification(version))
    for claim_set, resource, action in product(rules.claims.claim_sets, rules.model.resources, Action):
        decision = ask(replace(CLIENT, claim_set=claim_set.name), resource, action, rules=rules)
        assert not (isinstance(decision, Refusal) and decision.status == 500), (
            claim_set.name,
            resource,
            action,
        )


def test_the_cache_answers_as_the_policy_does_and_keeps_its_limit() -> None:
    cache = PolicyCache(RULES, limit=2)
    for resource in ("Student", "School", "Section", "Student"):
        found = cache.decide(CLIENT, purpose=Purpose.INSTRUCTION, action=Action.READ, resource=resource)
        assert found == ask(CLIENT, resource, purpose=Purpose.INSTRUCTION)
    same = {"purpose": Purpose.INSTRUCTION, "action": Action.READ, "resource": "Student"}
    assert cache.decide(CLIENT, **same) is cache.decide(CLIENT, **same)


NARROWING = st.lists(
    st.sampled_from(
        ["NamespaceBased", "OwnershipBased", "StudentWithLuck", "SchoolWithLuck", "NoSuchStrategy"]
    ),
    max_size=4,
)


@given(
    base=st.lists(st.sampled_from(["RelationshipsWithEdOrgsAndPeople", "OwnershipBased"]), min_size=1),
    more=NARROWING,
    resource=st.sampled_from(["StudentAssessment", "Student", "School", "Grade"]),
)
def test_more_strategies_beside_relationships_never_widen(
    base: list[str], more: list[str], resource: str
) -> None:
    before = ask(CLIENT, resource, rules=rules_with(resource, *base))
    after = ask(CLIENT, resource, rules=rules_with(resource, *base, *more))
    if isinstance(after, Grant):
        assert isinstance(before, Grant)
        assert set(before.conditions) <= set(after.conditions)
