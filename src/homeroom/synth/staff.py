"""The people who work in the district: the cast first, everybody else hired under an invented name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from homeroom.synth import cast
from homeroom.synth.cast import CastMember
from homeroom.synth.chance import chance_for
from homeroom.synth.curriculum import SCHOOLS
from homeroom.synth.names import NAME_LISTS
from homeroom.synth.school_year import SchoolYear


@dataclass(frozen=True, slots=True)
class Post:
    """A place to fill; classification is a code value of StaffClassificationDescriptor."""

    position_title: str
    classification: str
    education_organization_id: int


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One member of staff; teaching_effect is how far this teacher's marks lie from the mean."""

    staff_unique_id: str
    first_name: str
    last_surname: str
    sex: str
    post: Post
    electronic_mail_address: str
    hired_on: date
    years_of_teaching: int
    teaching_effect: float


class Hiring:
    """Fills posts in the order asked, always the same way for the same seed."""

    def __init__(self, seed: int, *, year: SchoolYear) -> None:
        """Nobody is hired yet; hire dates lie before the year begins."""
        self._seed = seed
        self._year = year
        self._hired: list[StaffMember] = []

    def hire(self, post: Post) -> StaffMember:
        """A new member of staff under an invented name."""
        unique_id = f"S-{2001 + len(self._hired)}"
        chance = chance_for(self._seed, "staff", unique_id)
        names = chance.choices(NAME_LISTS, [names.weight for names in NAME_LISTS])[0]
        sex = chance.choice(("Female", "Female", "Male"))
        first_name = chance.choice(names.feminine if sex == "Female" else names.masculine)
        mail = f"{unique_id}@{cast.STAFF_MAIL_DOMAIN}".lower()
        return self._settle(unique_id, (first_name, chance.choice(names.surnames), sex, mail), post=post)

    def hire_once(self, member: CastMember) -> StaffMember | None:
        """The named member of the cast in the post the cast gives; None when already hired."""
        if any(hired.staff_unique_id == member.staff_unique_id for hired in self._hired):
            return None
        post = Post(member.position_title, member.staff_classification, member.education_organization_id)
        person = (member.first_name, member.last_surname, member.sex, member.electronic_mail_address)
        return self._settle(member.staff_unique_id, person, post=post)

    def everybody(self) -> tuple[StaffMember, ...]:
        """All that were hired, in order."""
        return tuple(self._hired)

    def _settle(self, unique_id: str, person: tuple[str, str, str, str], *, post: Post) -> StaffMember:
        chance = chance_for(self._seed, "career", unique_id)
        years = min(30, int(chance.expovariate(1 / 7)))
        first_name, last_surname, sex, mail = person
        member = StaffMember(
            staff_unique_id=unique_id,
            first_name=first_name,
            last_surname=last_surname,
            sex=sex,
            post=post,
            electronic_mail_address=mail,
            hired_on=date(self._year.ending_year - 1 - years, 8, 1) + timedelta(days=chance.randrange(7)),
            years_of_teaching=years + chance.randrange(4),
            teaching_effect=chance.gauss(0, 1),
        )
        self._hired.append(member)
        return member


def hire_offices(hiring: Hiring) -> None:
    """Fill the posts that are not a classroom's: the district office, and each school's."""
    hiring.hire(Post("Superintendent", "Superintendent", cast.DISTRICT_ID))
    hiring.hire_once(cast.DEMO_DATA_MANAGER)
    hiring.hire(Post("Coordinator of Student Programs", "LEA Specialist", cast.DISTRICT_ID))
    for school in SCHOOLS:
        for post in _office_posts(school.school_id):
            if (post.classification, school.school_id) == ("Principal", cast.HIGH_SCHOOL_ID):
                hiring.hire_once(cast.DEMO_PRINCIPAL)
            else:
                hiring.hire(post)


def _office_posts(school_id: int) -> Iterator[Post]:
    yield Post("Principal", "Principal", school_id)
    yield Post("Counselor", "School Counselor", school_id)
    yield Post("School Secretary", "School Administrative Support Staff", school_id)
    yield Post(SPECIAL_EDUCATION_TEACHER, "Support Services Staff", school_id)


SPECIAL_EDUCATION_TEACHER = "Special Education Teacher"
