"""Refusals: the exact types and texts of the Ed-Fi API, one by one."""

from __future__ import annotations

import pytest

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
from homeroom.trust import profile_refusals, refusals
from homeroom.trust.grant import Action, Refusal
from homeroom.trust.refusals import Phase

DENIED = "Access to the requested data could not be authorized."
STUDENT = Subject("student_ref", "StudentUniqueId", Person.STUDENT)
STAFF = Subject("staff_ref", "StaffUniqueId", Person.STAFF)
CONTACT = Subject("contact_ref", "ContactUniqueId", Person.CONTACT)
SCHOOL = Subject("school_id", "SchoolId")
NOT_OWNED = f"{DENIED} The item is not owned by the caller."


def relationship(
    *subjects: Subject, claims: tuple[int, ...] = (255902, 255901), through: Through = Through.ENROLLMENT
) -> Relationship:
    return Relationship("RelationshipsWithEdOrgsAndPeople", subjects, claims, through=through)


def view(strategy: str = "StudentWithCTECourseEnrollments", *subjects: str) -> InView:
    return InView(strategy, "student_ref", subjects or ("StudentUniqueId",), "Student")


def test_a_claim_set_without_the_resource() -> None:
    assert refusals.refuse_resource("SIS Vendor", ["http://x/student", "http://x/people"]) == Refusal(
        "security:authorization:access-denied:resource",
        f"{DENIED} You do not have permissions to access this data.",
        (
            (
                "The API client's assigned claim set (currently 'SIS Vendor') must include one of the "
                "following resource claims to provide access to this resource: 'http://x/student', 'http://x/people'."
            ),
        ),
    )


def test_a_claim_set_without_the_action() -> None:
    assert refusals.refuse_action("SIS Vendor", Action.READ_CHANGES, ["http://x/student"]) == Refusal(
        "security:authorization:access-denied:action",
        f"{DENIED} You do not have permissions to perform the requested operation on the data.",
        (
            (
                "The API client's assigned claim set (currently 'SIS Vendor') must grant permission of the "
                "'http://ed-fi.org/odsapi/actions/readChanges' action on one of the following resource "
                "claims: 'http://x/student'."
            ),
        ),
    )


def test_a_misconfiguration_is_the_servers_fault() -> None:
    refusal = refusals.refuse_without_metadata()
    assert (refusal.status, refusal.title) == (500, "Security Configuration Error")
    assert refusal.code == "system:configuration:security"
    assert refusal.words == "A security configuration problem was detected. The request cannot be authorized."
    assert refusal.errors == ("No security metadata has been configured for this resource.",)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (
            refusals.refuse_without_strategies(Action.READ, ["http://x/student", "http://x/p"], "http://x/p"),
            (
                "No authorization strategies were defined for the requested action "
                "'http://ed-fi.org/odsapi/actions/read' against resource URIs ['http://x/student'] matched "
                "by the caller's claim 'http://x/p'."
            ),
        ),
        (
            refusals.refuse_unknown_strategies(["Luck", "Charm"]),
            (
                "Could not find authorization strategy implementations for the following strategy names: "
                "'Luck', 'Charm'."
            ),
        ),
        (
            refusals.refuse_unusable_view("Course", "Student", "StudentUniqueId"),
            (
                "Unable to find a property on the authorization subject entity type 'Course' corresponding "
                "to the 'StudentUniqueId' property on the custom authorization view's basis entity type "
                "'Student' in order to perform authorization. Should a different authorization strategy be "
                "used?"
            ),
        ),
    ],
)
def test_misconfigurations_say_what_to_repair(refusal: Refusal, error: str) -> None:
    assert refusal.errors == (error,)


def test_one_subject_out_of_reach_names_claims_in_order_and_the_hint() -> None:
    failed = [relationship(SCHOOL, STUDENT)]
    assert refusals.refuse_relationships(failed, subjects={"StudentUniqueId"}) == Refusal(
        "security:authorization",
        f"{DENIED} Hint: You may need to create a corresponding 'StudentSchoolAssociation' item.",
        (
            (
                "No relationships have been established between the caller's education organization id "
                "claims (255901, 255902) and the resource item's 'StudentUniqueId' value."
            ),
        ),
    )


def test_several_subjects_are_listed_in_alphabetical_order() -> None:
    refusal = refusals.refuse_relationships([relationship(STUDENT, SCHOOL, claims=(7,))])
    assert refusal.errors == (
        (
            "No relationships have been established between the caller's education organization id claim (7) "
            "and one or more of the following properties of the resource item: 'SchoolId', 'StudentUniqueId'."
        ),
    )


@pytest.mark.parametrize(
    ("claims", "text"),
    [
        ((), "claims (none)"),
        ((5,), "claim (5)"),
        ((10, 9), "claims (9, 10)"),
        ((6, 5, 4, 3, 2, 1), "claims (1, 2, 3, 4, 5, ...)"),
    ],
)
def test_claims_are_counted_sorted_and_cut_after_five(claims: tuple[int, ...], text: str) -> None:
    error = refusals.refuse_relationships([relationship(SCHOOL, claims=claims)]).errors[0]
    assert f"education organization id {text} and the resource item's 'SchoolId' value." in error


@pytest.mark.parametrize(
    ("failed", "hint"),
    [
        (
            [relationship(STAFF)],
            (
                "You may need to create corresponding 'StaffEducationOrganizationEmploymentAssociation' or "
                "'StaffEducationOrganizationAssignmentAssociation' items."
            ),
        ),
        (
            [relationship(CONTACT)],
            (
                "You may need to create corresponding 'StudentSchoolAssociation' and "
                "'StudentContactAssociation' items."
            ),
        ),
        (
            [relationship(STUDENT), relationship(STUDENT, through=Through.RESPONSIBILITY)],
            (
                "You may need to create a corresponding 'StudentSchoolAssociation' item. You may need to "
                "create a corresponding 'StudentEducationOrganizationResponsibilityAssociation' item."
            ),
        ),
    ],
)
def test_hints_of_all_failing_paths_are_joined(failed: list[Relationship], hint: str) -> None:
    assert refusals.refuse_relationships(failed).words == f"{DENIED} Hint: {hint}"


def test_an_organisation_out_of_reach_has_no_hint() -> None:
    assert refusals.refuse_relationships([relationship(SCHOOL)]).words == DENIED


@pytest.mark.parametrize("is_view", [False, True])
def test_a_missing_element_differs_by_phase(is_view: bool) -> None:
    family = "custom-view" if is_view else "relationships"
    proposed = refusals.refuse_missing_element(["SchoolId"], phase=Phase.PROPOSED, is_view=is_view)
    assert proposed == Refusal(
        f"security:authorization:{family}:access-denied:element-required",
        f"{DENIED} The 'SchoolId' value is required for authorization purposes.",
    )
    existing = refusals.refuse_missing_element(
        ["SchoolId"], phase=Phase.EXISTING, strategies=["X"], is_view=is_view
    )
    assert existing == Refusal(
        f"security:authorization:{family}:invalid-data:element-uninitialized",
        f"{DENIED} The existing 'SchoolId' value is required for authorization purposes.",
        ("The existing resource item is inaccessible to clients using the 'X' authorization strategy.",),
    )


def test_several_missing_elements_are_listed() -> None:
    refusal = refusals.refuse_missing_element(["A", "B"], phase=Phase.EXISTING)
    assert refusal.words == (
        f"{DENIED} The existing values of one or more of the following properties are required for "
        "authorization purposes: 'A', 'B'."
    )


@pytest.mark.parametrize(("phase", "word"), [(Phase.PROPOSED, ""), (Phase.EXISTING, "existing ")])
def test_a_namespace_of_another_vendor(phase: Phase, word: str) -> None:
    assert refusals.refuse_namespace(["uri://ed-fi.org", "uri://b.org"], phase=phase) == Refusal(
        "security:authorization:namespace:access-denied:namespace-mismatch",
        f"{DENIED} The {word}'Namespace' value of the data does not start with any of the caller's "
        "associated namespace prefixes ('uri://ed-fi.org', 'uri://b.org').",
    )


def test_a_missing_namespace_differs_by_phase() -> None:
    assert refusals.refuse_missing_namespace(phase=Phase.PROPOSED) == Refusal(
        "security:authorization:namespace:access-denied:namespace-required",
        f"{DENIED} The 'Namespace' value has not been assigned but is required for authorization purposes.",
    )
    existing = refusals.refuse_missing_namespace(phase=Phase.EXISTING)
    assert existing.code == "security:authorization:namespace:invalid-data:namespace-uninitialized"
    assert "The existing 'Namespace' value has not been assigned" in existing.words
    assert existing.errors == (
        (
            "The existing resource item is inaccessible to clients using the 'NamespaceBased' authorization "
            "strategy because the 'Namespace' value has not been assigned."
        ),
    )


def test_a_client_without_namespaces() -> None:
    assert refusals.refuse_client_without_namespaces() == Refusal(
        "security:authorization:namespace:invalid-client:no-namespaces",
        "There was a problem authorizing the request. The caller has not been configured correctly for "
        "accessing resources authorized by Namespace.",
        (
            (
                "The API client has been given permissions on a resource that uses the 'NamespaceBased' "
                "authorization strategy but the client doesn't have any namespace prefixes assigned."
            ),
        ),
    )


def test_another_clients_item_and_nobodys() -> None:
    assert refusals.refuse_ownership() == Refusal(
        "security:authorization:ownership:access-denied:ownership-mismatch", NOT_OWNED
    )
    assert refusals.refuse_without_owner() == Refusal(
        "security:authorization:ownership:invalid-data:ownership-uninitialized",
        NOT_OWNED,
        (
            (
                "The existing resource item has no 'CreatedByOwnershipTokenId' value assigned and thus will "
                "never be accessible to clients using the 'OwnershipBased' authorization strategy."
            ),
        ),
    )


def test_a_custom_view_that_does_not_list_the_item() -> None:
    assert refusals.refuse_view(view(), phase=Phase.PROPOSED) == Refusal(
        "security:authorization",
        f"{DENIED} Hint: You may need a Student with CTE Course Enrollments.",
        (
            (
                "The caller is not authorized to perform the requested operation on the item based on the "
                "proposed value of the 'StudentUniqueId' property of the item."
            ),
        ),
    )
    several = refusals.refuse_view(view("AcademicWeekWithExams", "WeekId", "SchoolId"), phase=Phase.EXISTING)
    assert several.words.endswith("Hint: You may need an Academic Week with Exams.")
    assert several.errors[0].endswith(
        "based on the existing values of one or more of the following properties of the item: "
        "'SchoolId', 'WeekId'."
    )


@pytest.mark.parametrize(
    ("condition", "unmet", "missing"),
    [
        (
            AnyRelationship((relationship(SCHOOL),)),
            "security:authorization",
            "security:authorization:relationships:invalid-data:element-uninitialized",
        ),
        (
            NamespaceStarts("namespace", ("uri://a",)),
            "security:authorization:namespace:access-denied:namespace-mismatch",
            "security:authorization:namespace:invalid-data:namespace-uninitialized",
        ),
        (
            OwnedBy((1,)),
            "security:authorization:ownership:access-denied:ownership-mismatch",
            "security:authorization:ownership:invalid-data:ownership-uninitialized",
        ),
        (
            view(),
            "security:authorization",
            "security:authorization:custom-view:invalid-data:element-uninitialized",
        ),
        (InSections("student_ref", "s1"), "security:authorization", "security:authorization"),
    ],
)
def test_every_condition_has_its_refusals(condition: Condition, unmet: str, missing: str) -> None:
    assert refusals.refuse_unmet(condition, phase=Phase.EXISTING).code == unmet
    assert refusals.refuse_missing(condition, ["SchoolId"], phase=Phase.EXISTING).code == missing


def test_profile_refusals_carry_their_status() -> None:
    usage = profile_refusals.refuse_profile_usage("why", status=406)
    assert (usage.code, usage.status, usage.title) == (
        "profile:invalid-profile-usage",
        406,
        "Invalid Profile Usage",
    )
    method = profile_refusals.refuse_profile_method("Student", "Thin", "writable")
    assert (method.code, method.status) == ("profile:method-usage", 405)
    assert method.errors == ("Resource class 'Student' is not writable using API profile 'Thin'.",)
    unassigned = profile_refusals.refuse_unassigned_profile(["a+json", "b+json"])
    assert unassigned.code == "security:data-policy:incorrect-usage"
    assert unassigned.errors[0].endswith("when requesting this resource: 'a+json', 'b+json'")
    root = profile_refusals.refuse_uncreatable("Thin")
    assert (root.code, root.status) == ("bad-request:data-policy-enforced", 400)
    assert root.errors == (
        (
            "The Profile definition for 'Thin' excludes (or does not include) one or more required data "
            "elements needed to create the resource."
        ),
    )
    child = profile_refusals.refuse_uncreatable("Thin", ["SchoolAddress"])
    assert child.errors[0].endswith("needed to create a child item of type 'SchoolAddress' in the resource.")
