"""Two files that tell of the same made-up people with mistakes, and the truth: the labelled test of matching.

Where the rates come from. Every kind of mistake has figures of its own, so that the mix decides the overall ones
alone; the mix follows published studies of linked records:
- Just, Marc, Munns, Sandefur: "Why Patient Matching Is a Challenge: Research on Master Patient Index (MPI) Data
  Discrepancies in Key Identifying Fields", Perspectives in Health Information Management 13 (Spring 2016) 1e,
  PMC4832129: of the mismatches in 398,939 records with confirmed duplicates, 53.14 % of those in first names and
  33.62 % of those in last names are misspellings; swapped names, nicknames, compound and other names make the rest.
- Harron, Hagger-Johnson, Gilbert, Goldstein: "Utilising identifier error variation in linkage of large administrative
  data sources", BMC Medical Research Methodology 17 (2017) 23: sex and birth date disagree or are missing in 0.11 %
  of linked records, the postcode in 53 %.
- Twins: 31 of 1,000 births in the United States (National Vital Statistics Reports, births of 2022).
Birth dates, sex and numbers go wrong here about ten times as often as Harron found, so that there are enough of each
to measure, and every second person has another school or address.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from homeroom.matching.nicknames import FORMAL_NAMES
from homeroom.matching.people import Person
from homeroom.synth.names import NAME_LISTS

_TWIN_FAMILIES: Final = 0.0155
_APART: Final = 0.3
_BOTH, _ONLY_INCOMING = 0.8, 0.1
_MOVED: Final = 0.53
_EARLIEST: Final = date(2008, 9, 1)
_BIRTH_DAYS: Final = 13 * 365
_SCHOOL_SIZE: Final = 600
_HAS_STATE_ID: Final = 0.5
_HAS_MIDDLE_NAME: Final = 0.7
_LEAVES_OUT: Final = 0.05
_ACCENTS: Final = str.maketrans("aeioun", "áéíóúñ")
_FIRST_SYLLABLES: Final = (
    "Ba Be Bo Ca Co Da De Do Fa Fe Ga Go Ha Ho Ka Ke La Le Lo Ma Mi Mo Na Ne Pa Pe Ra Ri Ro Sa"
)
_SYLLABLES: Final = (
    "ba be bri ca chi da de do fa fe ga go hu ka ke la le li lo ma me mi na ne pa ra ri ro sa se ta to"
)
_ENDINGS: Final = "n r s t l m nd rt ck son man ley ton er ez os in ski berg well"


@dataclass(frozen=True, slots=True)
class Labelled:
    """Somebody of the incoming file. kind: of the mistake; truth: row among the known, None for nobody."""

    person: Person
    kind: str
    truth: int | None


@dataclass(frozen=True, slots=True)
class Likenesses:
    """Two files and the truth."""

    known: Sequence[Person]
    incoming: Sequence[Labelled]


def make_likenesses(people: int, *, seed: int) -> Likenesses:
    """A made-up population of so many people; nine of ten of them are in each file, four of five in both."""
    return _Maker(people, random.Random(seed)).make()  # noqa: S311 - made-up people


class _Names:
    """Names of which a few are borne by many: the invented lists first, then made of syllables."""

    def __init__(self, first: Sequence[str], size: int, chance: random.Random) -> None:
        names = list(first)
        chance.shuffle(names)
        made = dict.fromkeys(names)
        while len(made) < size:
            made[_word(chance)] = None
        self._names = list(made)
        self._weights = [1 / (rank + 20) for rank in range(len(self._names))]

    def draw(self, chance: random.Random, size: int) -> list[str]:
        return chance.choices(self._names, self._weights, k=size)


def _word(chance: random.Random) -> str:
    middle = "".join(chance.choice(_SYLLABLES.split()) for _ in range(chance.choice((0, 1, 1, 2))))
    return chance.choice(_FIRST_SYLLABLES.split()) + middle + chance.choice(_ENDINGS.split())


class _Maker:
    def __init__(self, people: int, chance: random.Random) -> None:
        self._chance = chance
        self._people = people
        feminine = [name for names in NAME_LISTS for name in names.feminine]
        masculine = [name for names in NAME_LISTS for name in names.masculine]
        formal = sorted({name.title() for names in FORMAL_NAMES.values() for name in names})
        self._given = {
            "F": _Names(feminine + formal[::2], 1_500, chance),
            "M": _Names(masculine + formal[1::2], 1_500, chance),
        }
        self._surnames = _Names([name for names in NAME_LISTS for name in names.surnames], 12_000, chance)

    def make(self) -> Likenesses:
        known: list[Person] = []
        incoming: list[Labelled] = []
        for family in self._families():
            if len(family) > 1 and self._chance.random() < _APART:
                known.append(family[0])
                incoming.append(Labelled(self._retold(family[1]), "twin of a known one", None))
                continue
            for person in family:
                where = self._chance.random()
                if where < _BOTH:
                    incoming.append(self._mistaken(person, len(known), is_twin=len(family) > 1))
                    known.append(person)
                elif where < _BOTH + _ONLY_INCOMING:
                    incoming.append(self._stranger(person, known))
                else:
                    known.append(person)
        self._chance.shuffle(incoming)
        return Likenesses(known, incoming)

    def _families(self) -> Iterator[list[Person]]:
        made = 0
        while made < self._people:
            size = 2 if self._chance.random() < _TWIN_FAMILIES else 1
            yield self._family(made, size)
            made += size

    def _family(self, serial: int, size: int) -> list[Person]:
        chance = self._chance
        surname = "-".join(self._surnames.draw(chance, 2 if chance.random() < 0.12 else 1))
        born = _EARLIEST + timedelta(days=chance.randrange(_BIRTH_DAYS))
        school, address = self._school(), self._address()
        family: list[Person] = []
        while len(family) < size:
            sex = chance.choice("FM")
            given, middle = self._given[sex].draw(chance, 2)
            if all(given != sibling.given_name for sibling in family):
                family.append(
                    Person(
                        given_name=given,
                        middle_name=middle if chance.random() < _HAS_MIDDLE_NAME else "",
                        surname=surname,
                        birth_date=born,
                        sex=sex,
                        school=school,
                        grade=str((born - _EARLIEST).days // 365),
                        contact_points=(address,),
                        known_ids=(("state", f"{10**9 + serial * 2 + len(family)}"),)
                        if chance.random() < _HAS_STATE_ID
                        else (),
                    )
                )
        return family

    def _school(self) -> str:
        return str(self._chance.randrange(1 + self._people // _SCHOOL_SIZE))

    def _address(self) -> str:
        return f"555{self._chance.randrange(10**7):07d}"

    def _retold(self, person: Person) -> Person:
        """As another source tells of the same person without a mistake: it leaves out, and people move."""
        chance = self._chance
        if chance.random() < _MOVED:
            person = replace(person, school=self._school(), contact_points=(self._address(),))
        for member, nothing in (("middle_name", ""), ("sex", ""), ("school", ""), ("grade", "")):
            if chance.random() < _LEAVES_OUT:
                person = replace(person, **{member: nothing})  # type: ignore[arg-type]  # each its own type
        if chance.random() < _HAS_STATE_ID:
            person = replace(person, known_ids=())
        return person

    def _stranger(self, person: Person, known: Sequence[Person]) -> Labelled:
        other = self._chance.choice(known) if known else person
        if other.known_ids and self._chance.random() < 0.1:
            return Labelled(
                replace(self._retold(person), known_ids=other.known_ids), "number of another", None
            )
        return Labelled(self._retold(person), "nobody", None)

    def _mistaken(self, person: Person, row: int, *, is_twin: bool) -> Labelled:
        kind = self._chance.choices(list(MISTAKES), [share for share, _ in MISTAKES.values()])[0]
        told = MISTAKES[kind][1](self, self._retold(person))
        if told is None:
            told, kind = self._retold(person), "none"
        return Labelled(told, "twin, " + kind if is_twin and kind == "none" else kind, row)

    # Each mistake gives what the other source says, or None where the person gives no occasion for it.

    def unchanged(self, person: Person) -> Person | None:
        return person

    def given_typo(self, person: Person) -> Person | None:
        return replace(person, given_name=self._typo(person.given_name))

    def surname_typo(self, person: Person) -> Person | None:
        return replace(person, surname=self._typo(person.surname))

    def nickname(self, person: Person) -> Person | None:
        forms = _FORMS.get(person.given_name.casefold())
        return replace(person, given_name=self._chance.choice(forms).title()) if forms else None

    def spelling(self, person: Person) -> Person | None:
        surname = person.surname.casefold().translate(_ACCENTS).replace("-", " ")
        return replace(person, surname=surname.upper(), given_name=person.given_name.upper())

    def one_of_two(self, person: Person) -> Person | None:
        parts = person.surname.split("-")
        return replace(person, surname=self._chance.choice(parts)) if len(parts) > 1 else None

    def married(self, person: Person) -> Person | None:
        surname = self._surnames.draw(self._chance, 1)[0]
        earlier = (person.surname,) if self._chance.random() < 0.3 else ()
        return replace(
            person,
            surname=surname,
            other_names=earlier,
            school=self._school(),
            contact_points=(self._address(),),
        )

    def names_swapped(self, person: Person) -> Person | None:
        return replace(person, given_name=person.surname, surname=person.given_name)

    def middle_as_given(self, person: Person) -> Person | None:
        return replace(person, given_name=person.middle_name, middle_name="") if person.middle_name else None

    def day_and_month(self, person: Person) -> Person | None:
        born = person.birth_date
        if born is None or born.day > 12 or born.day == born.month:
            return None
        return replace(person, birth_date=date(born.year, born.day, born.month))

    def birth_slip(self, person: Person) -> Person | None:
        born = person.birth_date
        if born is None:
            return None
        day = born.day + self._chance.choice((-1, 1, 10, -10))
        if not 1 <= day <= 28:
            return replace(person, birth_date=date(born.year + 1, born.month, min(born.day, 28)))
        return replace(person, birth_date=date(born.year, born.month, day))

    def no_birth_date(self, person: Person) -> Person | None:
        return replace(person, birth_date=None)

    def other_sex(self, person: Person) -> Person | None:
        return replace(person, sex="M" if person.sex == "F" else "F")

    def two_mistakes(self, person: Person) -> Person | None:
        first = self.surname_typo(person)
        return first and (self.day_and_month(first) or self.given_typo(first))

    def _typo(self, name: str) -> str:
        chance, place = self._chance, self._chance.randrange(len(name))
        letter = chance.choice(string.ascii_lowercase)
        match chance.randrange(4):
            case 0:
                return name[:place] + letter + name[place:]
            case 1 if len(name) > 2:
                return name[:place] + name[place + 1 :]
            case 2 if place + 1 < len(name):
                return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
            case _:
                return name[:place] + letter + name[place + 1 :]


def _short_forms() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for form, formal in sorted(FORMAL_NAMES.items()):
        for name in formal:
            found.setdefault(name, []).append(form)
    return MappingProxyType({name: tuple(forms) for name, forms in found.items()})


_FORMS: Final = _short_forms()

MISTAKES: Final[Mapping[str, tuple[float, Callable[[_Maker, Person], Person | None]]]] = MappingProxyType(
    {
        "none": (80.0, _Maker.unchanged),
        # First names: 53 % of the mismatches are misspellings.
        "given name misspelt": (3.0, _Maker.given_typo),
        "short form": (1.8, _Maker.nickname),
        "middle name used": (0.9, _Maker.middle_as_given),
        # Last names: 34 %.
        "surname misspelt": (2.0, _Maker.surname_typo),
        "one of two surnames": (2.0, _Maker.one_of_two),
        "moved and other surname": (1.5, _Maker.married),
        "names swapped": (0.5, _Maker.names_swapped),
        "other spelling": (3.0, _Maker.spelling),
        "day and month swapped": (1.0, _Maker.day_and_month),
        "birth date slip": (1.0, _Maker.birth_slip),
        "no birth date": (1.0, _Maker.no_birth_date),
        "other sex": (1.0, _Maker.other_sex),
        "two mistakes": (1.0, _Maker.two_mistakes),
    }
)
"""Kind of mistake to its share in percent and how it is made."""
