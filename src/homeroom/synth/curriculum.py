"""What the schools are and teach: their grades, the bell, and the courses of each grade."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from homeroom.synth import cast

HOMEROOM = "Homeroom"
MATHEMATICS = "Mathematics"
LANGUAGE_ARTS = "English Language Arts"
ARTS = "Fine and Performing Arts"
PHYSICAL_EDUCATION = "Physical, Health, and Safety Education"
SCIENCE, SOCIAL_STUDIES = "Science", "Social Studies"
LANGUAGES = "Foreign Language and Literature"


@dataclass(frozen=True, slots=True)
class Course:
    """A course of the district; subject is a code value of AcademicSubjectDescriptor, or HOMEROOM."""

    code: str
    title: str
    subject: str
    grade: int


@dataclass(frozen=True, slots=True)
class School:
    """One school; category is a code value of SchoolCategoryDescriptor.

    periods: name, start and end of each class period; section_size: the students aimed at per section.
    has_semesters: whether the year is two sessions (secondary) or one.
    """

    school_id: int
    name: str
    short_name: str
    category: str
    grades: tuple[int, ...]
    periods: tuple[tuple[str, time, time], ...]
    section_size: int
    has_semesters: bool
    street: str

    @property
    def is_elementary(self) -> bool:
        """Whether one teacher has a class of children for most of the day."""
        return not self.has_semesters


def _periods(
    first_start: time, names: tuple[str, ...], *, minutes: int, pause: int
) -> Iterator[tuple[str, time, time]]:
    start = first_start.hour * 60 + first_start.minute
    for name in names:
        end = start + minutes
        yield name, time(*divmod(start, 60)), time(*divmod(end, 60))
        start = end + pause


_BLOCKS = (HOMEROOM, *(f"Block {number}" for number in range(1, 7)))
_PERIODS = tuple(f"Period {number}" for number in range(1, 8))
_ELEMENTARY_DAY = tuple(_periods(time(8, 10), _BLOCKS, minutes=55, pause=5))
_SECONDARY_DAY = tuple(_periods(time(8, 0), _PERIODS, minutes=52, pause=6))

SCHOOLS = (
    School(
        cast.NORTH_ELEMENTARY_ID,
        "Heron Hill Elementary School",
        "Heron Hill",
        "Elementary School",
        tuple(range(6)),
        _ELEMENTARY_DAY,
        19,
        has_semesters=False,
        street="120 Heron Lane",
    ),
    School(
        cast.SOUTH_ELEMENTARY_ID,
        "Millrace Elementary School",
        "Millrace",
        "Elementary School",
        tuple(range(6)),
        _ELEMENTARY_DAY,
        19,
        has_semesters=False,
        street="8 Millrace Road",
    ),
    School(
        cast.MIDDLE_SCHOOL_ID,
        "Juniper Middle School",
        "Juniper",
        "Middle School",
        (6, 7, 8),
        _SECONDARY_DAY,
        26,
        has_semesters=True,
        street="300 Juniper Way",
    ),
    School(
        cast.HIGH_SCHOOL_ID,
        "Willow Creek High School",
        "Willow Creek High",
        "High School",
        (9, 10, 11, 12),
        _SECONDARY_DAY,
        28,
        has_semesters=True,
        street="1 Cottonwood Street",
    ),
)

# Students per thousand in a grade: the upper grades also draw from the farms around.
GRADE_WEIGHTS = (72,) * 6 + (76,) * 3 + (85,) * 4

_ELEMENTARY_COURSES = (
    ("HR", "Homeroom", HOMEROOM),
    ("ELA", "Reading and Language Arts", LANGUAGE_ARTS),
    ("MATH", "Mathematics", MATHEMATICS),
    ("SCI", "Science", SCIENCE),
    ("SOC", "Social Studies", SOCIAL_STUDIES),
    ("ART", "Art and Music", ARTS),
    ("PE", "Physical Education", PHYSICAL_EDUCATION),
)
_MIDDLE_COURSES = (
    ("ELA", "English Language Arts", LANGUAGE_ARTS),
    ("MATH", "Mathematics", MATHEMATICS),
    ("SCI", "Science", SCIENCE),
    ("SOC", "Social Studies", SOCIAL_STUDIES),
    ("ART", "Band, Choir and Art", ARTS),
    ("PE", "Health and Physical Education", PHYSICAL_EDUCATION),
    ("LANG", "Exploring Spanish", LANGUAGES),
)
_HIGH_COURSES = {
    LANGUAGE_ARTS: ("English 9", "English 10", "English 11", "English 12"),
    MATHEMATICS: ("Algebra I", "Geometry", "Algebra II", "Precalculus"),
    SCIENCE: ("Biology", "Chemistry", "Physics", "Environmental Science"),
    SOCIAL_STUDIES: ("World Geography", "World History", "United States History", "Government and Economics"),
    ARTS: ("Art I", "Theater", "Digital Photography", "Concert Band"),
    PHYSICAL_EDUCATION: ("Health and Fitness", "Team Sports", "Lifetime Fitness", "Strength Training"),
    LANGUAGES: ("Spanish I", "Spanish II", "Spanish III", "Spanish IV"),
}
_HIGH_PREFIXES = dict(
    zip(_HIGH_COURSES, ("ENG", "MATH", "SCI", "SOC", "ART", "PE", "SPAN"), strict=True),
)


def courses_of(grade: int) -> tuple[Course, ...]:
    """The courses a student of the grade takes, one per class period."""
    if grade <= 8:
        stem = "E" if grade <= 5 else "M"
        rows = _ELEMENTARY_COURSES if grade <= 5 else _MIDDLE_COURSES
        return tuple(_graded_course(stem, grade, row) for row in rows)
    return tuple(
        Course(f"H-{_HIGH_PREFIXES[subject]}-{grade:02}", titles[grade - 9], subject, grade)
        for subject, titles in _HIGH_COURSES.items()
    )


def _graded_course(stem: str, grade: int, row: tuple[str, str, str]) -> Course:
    prefix, title, subject = row
    return Course(f"{stem}-{prefix}-{grade:02}", f"{title}, {grade_words(grade)}", subject, grade)


def grade_words(grade: int) -> str:
    """The grade as a page says it, such as Kindergarten or Grade 4."""
    return f"Grade {grade}" if grade else "Kindergarten"
