"""A person as two sources may tell of them: what is compared, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Person:
    """What one source says of a person; what it does not say stays empty, and is then not compared.

    other_names: earlier or preferred surnames and given names. sex: its first letter counts, in any case.
    school: an id. grade: any code, compared as text. contact_points: telephone numbers, e-mail and postal
    addresses. known_ids: (system, id) of numbers that others gave. related: unique ids of the students of
    a contact.
    """

    given_name: str = ""
    middle_name: str = ""
    surname: str = ""
    suffix: str = ""
    other_names: tuple[str, ...] = ()
    birth_date: date | None = None
    sex: str = ""
    school: str = ""
    grade: str = ""
    contact_points: tuple[str, ...] = ()
    known_ids: tuple[tuple[str, str], ...] = ()
    related: tuple[str, ...] = ()


def either_way(day: date) -> tuple[date, ...]:
    """A birth date, and the one with day and month exchanged where there is such a day."""
    return (day,) if day.day > 12 else (day, date(day.year, day.day, day.month))
