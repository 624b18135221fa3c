"""The children of the district, each with a few steady traits that all of the child's records follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from homeroom.synth.chance import chance_for, weighted
from homeroom.synth.curriculum import GRADE_WEIGHTS, SCHOOLS, School, courses_of
from homeroom.synth.families import Family, plan_family
from homeroom.synth.school_year import SchoolYear


@dataclass(frozen=True, slots=True)
class Student:
    """A child and the truth behind the child's records.

    grade: 0 (Kindergarten) to 12. ability and attachment are standard deviations from the mean; bent is how
    far each subject lies from ability. exits_on is None for a child who is still here; disability is None or
    a code value of DisabilityDescriptor; is_english_learner and is_gifted say which programs the child is in.
    """

    student_unique_id: str
    first_name: str
    last_surname: str
    middle_name: str | None
    sex: str
    birth_date: date
    grade: int
    school: School
    family: Family
    ability: float
    attachment: float
    bent: Mapping[str, float]
    enters_on: date
    exits_on: date | None
    disability: str | None
    is_english_learner: bool
    is_gifted: bool

    def attends_on(self, day: date) -> bool:
        """Whether the child is enrolled on the day."""
        return self.enters_on <= day and (self.exits_on is None or day <= self.exits_on)


_DISABILITIES = {
    "Specific Learning Disability": 0.36,
    "Speech or Language Impairment": 0.2,
    "Other Health Impairment": 0.17,
    "Autism Spectrum Disorders": 0.14,
    "Serious Emotional Disability": 0.06,
    "Intellectual Disability": 0.05,
    "Hearing Impairment, including Deafness": 0.02,
}
_LATE_ENTRY_SHARE, _EXIT_SHARE, _SETTLING_DAYS = 0.03, 0.02, 10


@dataclass(frozen=True, slots=True)
class _Traits:
    ability: float
    attachment: float
    bent: Mapping[str, float]


def plan_students(seed: int, *, count: int, year: SchoolYear, today: date) -> tuple[Student, ...]:
    """All children in order of their identifier, siblings next to one another."""
    chance = chance_for(seed, "families")
    days_so_far = year.school_days(year.begins_on, today)
    students: list[Student] = []
    for number, grades in enumerate(_households(chance, count), 1):
        family = plan_family(chance, number)
        for grade in grades:
            unique_id = f"DEMO-{len(students) + 1:06}"
            own = chance_for(seed, "student", unique_id)
            student = _plan_student(own, unique_id, grade=grade, family=family, year=year)
            students.append(_with_moves(student, own, days_so_far))
    return tuple(students)


def _households(chance: Random, count: int) -> Iterator[list[int]]:
    """The grades of each household's children; siblings are at least two grades apart."""
    waiting = _grades_of(count)
    chance.shuffle(waiting)
    while waiting:
        grades = [waiting.pop()]
        for _ in range(int(weighted(chance, {"0": 0.68, "1": 0.26, "2": 0.06}))):
            fitting = (
                place for place in range(len(waiting) - 1, -1, -1) if _is_apart(waiting[place], grades)
            )
            place = next(fitting, None)
            if place is not None:
                grades.append(waiting.pop(place))
        yield grades


def _is_apart(grade: int, others: list[int]) -> bool:
    return all(abs(grade - other) >= 2 for other in others)


def _grades_of(count: int) -> list[int]:
    """count grades in the proportion of GRADE_WEIGHTS, by the largest remainder."""
    total = sum(GRADE_WEIGHTS)
    shares = [divmod(count * weight, total) for weight in GRADE_WEIGHTS]
    missing = count - sum(whole for whole, _ in shares)
    rounded_up = set(sorted(range(len(shares)), key=lambda grade: -shares[grade][1])[:missing])
    return [grade for grade, (whole, _) in enumerate(shares) for _ in range(whole + (grade in rounded_up))]


def _plan_student(
    chance: Random, student_unique_id: str, *, grade: int, family: Family, year: SchoolYear
) -> Student:
    sex = weighted(chance, {"Female": 0.489, "Male": 0.503, "Non-binary": 0.008})
    names = _names_for(chance, sex, family)
    first_name, middle_name = chance.sample(names, 2)
    traits = _draw_traits(chance, grade, family)
    is_learner = family.home_language != "eng" and chance.random() < 0.75 - 0.05 * grade
    return Student(
        student_unique_id=student_unique_id,
        first_name=first_name,
        last_surname=family.surname,
        middle_name=middle_name if chance.random() < 0.4 else None,
        sex=sex,
        birth_date=_birth_date(chance, grade, year=year),
        grade=grade,
        school=_school_of(grade, family),
        family=family,
        ability=traits.ability,
        attachment=traits.attachment,
        bent=traits.bent,
        enters_on=year.begins_on,
        exits_on=None,
        disability=weighted(chance, _DISABILITIES)
        if chance.random() < 0.13 - 0.04 * traits.ability
        else None,
        is_english_learner=is_learner,
        is_gifted=grade >= 2 and traits.ability > 1.3 and chance.random() < 0.6,
    )


def _names_for(chance: Random, sex: str, family: Family) -> tuple[str, ...]:
    match sex:
        case "Female":
            return family.name_list.feminine
        case "Male":
            return family.name_list.masculine
        case _:
            return chance.choice((family.name_list.feminine, family.name_list.masculine))


def _draw_traits(chance: Random, grade: int, family: Family) -> _Traits:
    """Attachment is partly the family's; ability leans on it a little, so that marks and absences meet."""
    attachment = 0.55 * family.belonging + 0.835 * chance.gauss(0, 1)
    ability = 0.3 * attachment + 0.95 * chance.gauss(0, 1)
    return _Traits(
        ability, attachment, {course.subject: chance.gauss(0, 0.4) for course in courses_of(grade)}
    )


def _birth_date(chance: Random, grade: int, *, year: SchoolYear) -> date:
    """A day that makes the child five on 1 September of Kindergarten; one in twenty is a year older."""
    fifth_birthday_by = date(year.ending_year - 6 - grade - (chance.random() < 0.05), 9, 1)
    return fifth_birthday_by - timedelta(days=chance.randrange(365))


def _school_of(grade: int, family: Family) -> School:
    open_schools = [school for school in SCHOOLS if grade in school.grades]
    return open_schools[0 if family.lives_north else -1]


def _with_moves(student: Student, chance: Random, days: Sequence[date]) -> Student:
    """The student, or one of the few who came late or left; days are the school days so far."""
    enters_on, exits_on = student.enters_on, None
    if len(days) > 2 * _SETTLING_DAYS:
        if chance.random() < _LATE_ENTRY_SHARE:
            enters_on = chance.choice(days[_SETTLING_DAYS:-_SETTLING_DAYS])
        elif chance.random() < _EXIT_SHARE:
            exits_on = chance.choice(days[_SETTLING_DAYS:])
    return replace(student, enters_on=enters_on, exits_on=exits_on)
