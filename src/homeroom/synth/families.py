"""The households of the district: the adults in them, and what their children share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from homeroom.synth.cast import FAMILY_MAIL_DOMAIN
from homeroom.synth.chance import weighted
from homeroom.synth.names import NAME_LISTS, STREETS, NameList


@dataclass(frozen=True, slots=True)
class Contact:
    """An adult of a family; relation is a code value of RelationDescriptor."""

    contact_unique_id: str
    first_name: str
    last_surname: str
    relation: str
    telephone_number: str
    electronic_mail_address: str
    lives_with: bool


@dataclass(frozen=True, slots=True)
class Family:
    """A household: what its children share, belonging included (standard deviations from the mean)."""

    number: int
    surname: str
    name_list: NameList
    street: str
    home_language: str
    races: tuple[str, ...]
    lunch: str | None
    belonging: float
    lives_north: bool
    contacts: tuple[Contact, ...]


# Shares as in a mixed small American district; drawn apart from names, so that no name tells a race.
_RACES = {
    "White": 0.52,
    "Black or African American": 0.15,
    "Asian": 0.09,
    "American Indian or Alaska Native": 0.03,
    "Native Hawaiian or Pacific Islander": 0.02,
    "Other": 0.07,
    "Choose Not to Respond": 0.12,
}
_LUNCH = {"Free Lunch": 0.27, "Reduced Price Lunch": 0.09, "": 0.64}


def plan_family(chance: Random, number: int) -> Family:
    """One household, drawn from the chance given; number makes its identifiers."""
    name_list = chance.choices(NAME_LISTS, [names.weight for names in NAME_LISTS])[0]
    surname = chance.choice(name_list.surnames)
    races = [weighted(chance, _RACES)]
    if chance.random() < 0.06:
        races = sorted({*races, weighted(chance, _RACES)} - {"Choose Not to Respond"}) or races
    return Family(
        number=number,
        surname=surname,
        name_list=name_list,
        street=f"{chance.randrange(2, 400)} {chance.choice(STREETS)}",
        home_language=weighted(chance, dict(name_list.languages)),
        races=tuple(races),
        lunch=weighted(chance, _LUNCH) or None,
        belonging=chance.gauss(0, 1),
        lives_north=chance.random() < 0.5,
        contacts=tuple(_plan_contacts(chance, number, surname=surname, name_list=name_list)),
    )


def _plan_contacts(chance: Random, number: int, *, surname: str, name_list: NameList) -> Iterator[Contact]:
    relations = chance.choices(
        (("Mother", "Father"), ("Mother",), ("Father",), ("Grandmother",), ("Mother", "Father, step")),
        (0.58, 0.22, 0.08, 0.05, 0.07),
    )[0]
    for place, relation in enumerate(relations, 1):
        is_feminine = relation in {"Mother", "Grandmother"}
        first_name = chance.choice(name_list.feminine if is_feminine else name_list.masculine)
        last_surname = surname if chance.random() < 0.8 else chance.choice(name_list.surnames)
        # 555-0100 to 555-0199 is kept for fiction, so no number ever rings anywhere.
        yield Contact(
            contact_unique_id=f"DEMO-C{number:05}{place}",
            first_name=first_name,
            last_surname=last_surname,
            relation=relation,
            telephone_number=f"(255) 555-01{chance.randrange(100):02}",
            electronic_mail_address=f"family{number}.{place}@{FAMILY_MAIL_DOMAIN}",
            lives_with=place == 1 or chance.random() < 0.8,
        )
