"""Why two people are taken for one, or not: permanent codes without a value of either."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """What the comparison found; the pages and docs/reference/matching.md say each in words."""

    DECIDED_BEFORE = "decided_before"
    SAME_UNIQUE_ID = "same_unique_id"
    SAME_KNOWN_ID = "same_known_id"
    OTHER_KNOWN_ID = "other_known_id"
    ID_REUSED = "id_reused"
    GIVEN_NAME_SAME = "given_name_same"
    GIVEN_NAME_SHORT_FORM = "given_name_short_form"
    GIVEN_NAME_PART = "given_name_part"
    GIVEN_NAME_SIMILAR = "given_name_similar"
    GIVEN_NAME_OTHER = "given_name_other"
    SURNAME_SAME = "surname_same"
    SURNAME_PART = "surname_part"
    SURNAME_EARLIER = "surname_earlier"
    SURNAME_SIMILAR = "surname_similar"
    SURNAME_OTHER = "surname_other"
    NAMES_SWAPPED = "names_swapped"
    MIDDLE_NAME_SAME = "middle_name_same"
    MIDDLE_NAME_OTHER = "middle_name_other"
    SUFFIX_SAME = "suffix_same"
    SUFFIX_OTHER = "suffix_other"
    BIRTH_DATE_SAME = "birth_date_same"
    BIRTH_DATE_SWAPPED = "birth_date_swapped"
    BIRTH_DATE_SLIP = "birth_date_slip"
    BIRTH_DATE_OTHER = "birth_date_other"
    SEX_SAME = "sex_same"
    SEX_OTHER = "sex_other"
    SCHOOL_SAME = "school_same"
    SCHOOL_OTHER = "school_other"
    GRADE_SAME = "grade_same"
    GRADE_OTHER = "grade_other"
    CONTACT_POINT_SAME = "contact_point_same"
    CONTACT_POINT_OTHER = "contact_point_other"
    STUDENT_SAME = "student_same"
    STUDENT_OTHER = "student_other"
    MAY_BE_TWINS = "may_be_twins"
    SEVERAL_CANDIDATES = "several_candidates"
    CLAIMED_TWICE = "claimed_twice"
    NOBODY_ALIKE = "nobody_alike"
    ALL_RULED_OUT = "all_ruled_out"
    DOUBTED = "doubted"


Reasons = tuple[Reason, ...]
"""In the order in which a person would look at them."""

NEEDS_A_PERSON: frozenset[Reason] = frozenset(
    {Reason.MAY_BE_TWINS, Reason.ID_REUSED, Reason.SEVERAL_CANDIDATES, Reason.CLAIMED_TWICE}
)
"""The rules that no likeness overrides."""
