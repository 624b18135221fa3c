"""Names, dates and short forms: what counts as the same, and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.matching.dates import are_slips, swapped
from homeroom.matching.names import are_parts, are_short_forms, parse_name, sound_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("García-López", "GARCIA LOPEZ"),
        ("O'Brien", "OBrien"),
        ("De La Cruz", "Delacruz"),
        ("Smith Jr.", "smith"),
        ("Łukasz", "lukasz"),
        ("Nuñez", "NUN\u0303EZ"),
    ],
)
def test_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert parse_name(one).whole == parse_name(other).whole


@pytest.mark.parametrize(
    ("one", "other"), [("Thomson", "Tomson"), ("Katharina", "Catarina"), ("Phelps", "Felps")]
)
def test_names_that_sound_alike_share_a_sound(one: str, other: str) -> None:
    assert sound_of(one.lower()) == sound_of(other.lower())


@pytest.mark.parametrize(("one", "other"), [("Bill", "William"), ("Liam", "Will"), ("Pepe", "José")])
def test_short_forms_are_known(one: str, other: str) -> None:
    assert are_short_forms(parse_name(one), parse_name(other))


def test_formal_names_with_one_short_form_are_not_each_others() -> None:
    assert not are_short_forms(parse_name("Alexander"), parse_name("Alexandra"))


def test_one_of_two_surnames_is_a_part_and_two_different_pairs_are_not() -> None:
    assert are_parts(parse_name("Garcia"), parse_name("Garcia Lopez"))
    assert not are_parts(parse_name("Garcia Ruiz"), parse_name("Garcia Lopez"))


@given(st.text(max_size=40))
def test_any_text_is_a_name_and_taking_it_apart_twice_changes_nothing(text: str) -> None:
    parsed = parse_name(text)
    assert parse_name(" ".join(parsed.parts)).parts == parsed.parts
    assert len(sound_of(parsed.whole)) <= 6


@pytest.mark.parametrize(
    ("one", "other", "is_slip"),
    [
        (20110305, 20110306, True),
        (20110305, 20100305, True),
        (20110312, 20110321, True),
        (20110305, 20110503, False),
        (20110305, 20121110, False),
    ],
)
def test_a_slip_is_one_digit_or_two_neighbours(one: int, other: int, *, is_slip: bool) -> None:
    days = np.array([one], dtype=np.int32), np.array([other], dtype=np.int32)
    assert bool(are_slips(*days)[0]) is is_slip


def test_day_and_month_change_places() -> None:
    assert swapped(np.array([20110305], dtype=np.int32)).tolist() == [20110503]
